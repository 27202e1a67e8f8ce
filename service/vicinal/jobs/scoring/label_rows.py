"""Rows of files of labels."""

import csv
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput

SUFFIXES = (".csv", ".json", ".jsonl", ".parquet")
ID_NAMES = ("id", "item_id")
EXAMPLE_ID, EXAMPLE_VECTOR = "example_id", "vector"
_NAMES = frozenset(
    {*ID_NAMES, EXAMPLE_ID, "label", "kind", "annotator", "arm", "holdout", "state", "carried_from"}
)
# A column that is not read may hold long texts: as long as a server takes them in one message.
csv.field_size_limit(64 * 1024 * 1024)


def label_rows(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows by column, each with its number 1, 2, ...

    Raises:
        InvalidInput: the file cannot be read, or has no column of ids; names it.
    """
    read = {".csv": _csv, ".json": _json, ".jsonl": _jsonl, ".parquet": _parquet}.get(file.suffix.lower())
    if read is None:
        known = ", ".join(SUFFIXES)
        raise InvalidInput.at(str(file), f"is no file of labels; give one of {known}")
    try:
        yield from enumerate(read(file), start=1)
    except FileNotFoundError as error:
        raise InvalidInput.at(str(file), "there is no such file of labels; check the name") from error
    except (OSError, ValueError, csv.Error, arrow.ArrowException) as error:
        raise InvalidInput.at(str(file), f"cannot be read ({error}); check the file") from error


def _csv(file: Path) -> Iterator[Mapping[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        _check_columns(file, reader.fieldnames or ID_NAMES)
        yield from reader


def _jsonl(file: Path) -> Iterator[Mapping[str, Any]]:
    with file.open(encoding="utf-8") as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield _record(_parsed(number, line))


def _parsed(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is not JSON: {error.msg} at column {error.colno}") from error


def _json(file: Path) -> Iterator[Mapping[str, Any]]:
    held = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(held, list):
        raise ValueError("it is no list of rows")
    yield from map(_record, held)


def _parquet(file: Path) -> Iterator[Mapping[str, Any]]:
    with parquet.ParquetFile(file) as table:
        there = table.schema_arrow.names
        _check_columns(file, there)
        # The vectors of a pool's items are no business of a file of labels.
        wanted = _NAMES | ({EXAMPLE_VECTOR} if EXAMPLE_ID in there else set())
        for batch in table.iter_batches(columns=[name for name in there if name in wanted]):
            yield from batch.to_pylist()


def _check_columns(file: Path, there: Collection[str]) -> None:
    if not {*ID_NAMES, EXAMPLE_ID} & set(there):
        known = ", ".join(map(str, there))
        raise InvalidInput.at(
            str(file), f"has no column of ids; name it {' or '.join(ID_NAMES)}; there are: {known}"
        )


def _record(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a row is no object with an id and a label")
    return value
