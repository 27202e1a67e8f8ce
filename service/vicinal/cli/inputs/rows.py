"""Rows of CSV and JSONL files."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from vicinal.cli.failures import Failure

ROW_SUFFIXES = frozenset({".csv", ".jsonl", ".ndjson"})

# As much as a server takes in one message; Python's own limit is 128 KiB.
csv.field_size_limit(64 * 1024 * 1024)


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows as texts by column, each with its number 1, 2, ...; JSON null is an empty text.

    Raises:
        Failure: the file cannot be read; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _csv_rows(path, file) if path.suffix.lower() == ".csv" else _jsonl_rows(path, file)
            yield from enumerate(rows, start=1)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{path}: is not UTF-8 (byte {error.start} of a block); convert it first") from error


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
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def column(path: Path, number: int, row: Mapping[str, str], name: str) -> str:
    """The row's text in that column.

    Raises:
        Failure: there is no such column; the message lists those there are.
    """
    if name not in row:
        known = ", ".join(row) or "none"
        raise Failure(f"{path}: row {number} has no column {name!r}; there are: {known}")
    return row[name]
