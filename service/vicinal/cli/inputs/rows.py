"""Rows of CSV, JSONL and Parquet files."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from vicinal.cli.failures import Failure, extra_needed

PARQUET_SUFFIX = ".parquet"
ROW_SUFFIXES = frozenset({".csv", ".jsonl", ".ndjson", PARQUET_SUFFIX})
PACKED_SUFFIX = ".gz"

# As much as a server takes in one message; Python's own limit is 128 KiB.
csv.field_size_limit(64 * 1024 * 1024)


def kind_of(path: Path) -> str:
    """The suffix that tells what is in the file, in small letters and without that of gzip.

    >>> kind_of(Path("reviews.CSV.gz"))
    '.csv'
    """
    inner = path.with_suffix("") if path.suffix.lower() == PACKED_SUFFIX else path
    return inner.suffix.lower()


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows as texts by column, each with its number 1, 2, ...; what is null is an empty text.

    Raises:
        Failure: the file cannot be read; the message names the line.
    """
    if kind_of(path) == PARQUET_SUFFIX:
        yield from enumerate(_parquet_rows(path), start=1)
        return
    try:
        with _opened(path) as file:
            rows = _csv_rows(path, file) if kind_of(path) == ".csv" else _jsonl_rows(path, file)
            yield from enumerate(rows, start=1)
    except (EOFError, zlib.error) as error:
        raise Failure(f"{path}: is no whole gzip file: {error}") from error
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: is not UTF-8 (byte {error.start} of a block); convert it first") from error


def _opened(path: Path) -> TextIO:
    if path.suffix.lower() == PACKED_SUFFIX:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _parquet_rows(path: Path) -> Iterator[Mapping[str, str]]:
    with extra_needed("evaluation"):
        import pyarrow as arrow  # noqa: PLC0415 - for Parquet alone
        from pyarrow import parquet  # noqa: PLC0415
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from ({key: _text(value) for key, value in row.items()} for row in batch.to_pylist())
    except (OSError, arrow.ArrowException) as error:
        raise Failure(f"{path}: cannot be read as Parquet: {error}") from error


def _csv_rows(path: Path, file: Iterator[str]) -> Iterator[Mapping[str, str]]:
    reader = csv.DictReader(file, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                columns = len(reader.fieldnames or ())
                raise Failure(
                    f"{path}:{reader.line_num}: this row has not the {columns} columns of the first line"
                )
            yield row
    except csv.Error as error:
        raise Failure(f"{path}:{reader.line_num}: is not CSV: {error}") from error


def _jsonl_rows(path: Path, file: Iterator[str]) -> Iterator[Mapping[str, str]]:
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise Failure(f"{path}:{number}: is not JSON: {error.msg} at column {error.colno}") from error
        if not isinstance(row, dict):
            raise Failure(f"{path}:{number}: each line must hold one JSON object")
        yield {key: _text(value) for key, value in row.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def column(path: Path, number: int, row: Mapping[str, str], name: str) -> str:
    """The row's text in that column.

    Raises:
        Failure: there is no such column; the message lists those there are.
    """
    if name not in row:
        known = ", ".join(row) or "none"
        raise Failure(f"{path}: row {number} has no column {name!r}; there are: {known}")
    return row[name]
