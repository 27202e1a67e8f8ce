"""Rows of CSV and JSONL files, read from wherever one begins."""

import csv
import gzip
import json
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, cast

from vicinal.core.errors import InvalidInput
from vicinal.jobs.table_kinds import PACKED_SUFFIX, is_csv

# As much as a server takes in one message; Python's own limit is 128 KiB.
csv.field_size_limit(64 * 1024 * 1024)

TextRow = Mapping[str, object] | str
"""What a row holds by column, or why it cannot be read."""

_ROWS_LOOKED_AT = 100
_MARK = b"\xef\xbb\xbf"  # what some programs begin UTF-8 files with


class _Lines(Iterator[str]):
    """Lines of a file, with the place that has been come to; what is not UTF-8 becomes lone surrogates."""

    def __init__(self, stream: IO[bytes], position: int, seen: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._seen = seen
        self.position = position

    def __next__(self) -> str:
        line = self._stream.readline()
        if not line:
            raise StopIteration
        self._seen(line)
        shown = line.removeprefix(_MARK) if self.position == 0 else line
        self.position += len(line)
        return shown.decode(errors="surrogateescape")


@contextmanager
def open_bytes(file: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked.

    Raises:
        InvalidInput: it cannot be read; names it.
    """
    try:
        packed = file.suffix.lower() == PACKED_SUFFIX
        with cast(IO[bytes], gzip.open(file)) if packed else file.open("rb") as stream:
            yield stream
    except (EOFError, zlib.error) as error:
        raise InvalidInput.at(str(file), f"is no whole gzip file ({error}); pack it anew") from error
    except OSError as error:
        raise InvalidInput.at(str(file), f"cannot be read ({error.strerror or error})") from error


def counted_rows(file: Path, stream: IO[bytes], seen: Callable[[bytes], None]) -> Iterator[int]:
    """Where each row begins, in bytes of the unpacked file.

    Args:
        file: for messages, and by its name the kind.
        stream: of `open_bytes`, at its beginning.
        seen: called with all bytes, in order.

    Raises:
        InvalidInput: it is no CSV; names the line.
    """
    lines = _Lines(stream, 0, seen)
    rows: Iterator[object] = lines
    if is_csv(file):
        rows = _csv_records(file, lines)
        next(rows, None)  # the names of the columns
    while True:
        start = lines.position
        row = next(rows, None)
        if row is None:
            return
        if row and not (isinstance(row, str) and row.isspace()):
            yield start


def text_rows(file: Path, start_byte: int, count: int) -> Iterator[TextRow]:
    """Some rows of a file, from a place that `counted_rows` told.

    Raises:
        InvalidInput: the file cannot be read, or is no CSV any more.
    """
    with open_bytes(file) as stream:
        names = _names(file, stream) if is_csv(file) else []
        stream.seek(start_byte)
        lines = _Lines(stream, start_byte, _unseen)
        if is_csv(file):
            records = (record for record in _csv_records(file, lines) if record)
            yield from (_named(names, record) for record in islice(records, count))
        else:
            yield from map(_parsed, islice((line for line in lines if not line.isspace()), count))


def all_rows(file: Path) -> Iterator[TextRow]:
    """All rows of a file.

    Raises:
        InvalidInput: the file cannot be read, or is no CSV.
    """
    rows = text_rows(file, 0, sys.maxsize)
    if is_csv(file):
        next(rows, None)  # the names of the columns
    return rows


def _unseen(_line: bytes) -> None:
    """Nobody counts these bytes."""


def column_names(file: Path) -> list[str]:
    """Names of the columns of a CSV, or of the fields of the first good row of a JSONL.

    Raises:
        InvalidInput: the file cannot be read.
    """
    with open_bytes(file) as stream:
        if is_csv(file):
            return _names(file, stream)
    objects = (row for row in text_rows(file, 0, _ROWS_LOOKED_AT) if not isinstance(row, str))
    return list(next(objects, {}))


def _names(file: Path, stream: IO[bytes]) -> list[str]:
    return next(_csv_records(file, _Lines(stream, 0, _unseen)), [])


def _csv_records(file: Path, lines: _Lines) -> Iterator[list[str]]:
    reader = csv.reader(lines, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise InvalidInput.at(
            str(file), f"is no CSV near byte {lines.position} ({error}); mend or leave out that line"
        ) from error


def _named(names: list[str], record: list[str]) -> TextRow:
    if len(record) != len(names):
        return f"the row has {len(record)} columns, the first line {len(names)}; mend the row"
    return dict(zip(names, record, strict=True))


def _parsed(line: str) -> TextRow:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"the line is not JSON ({error}); mend it"
    return row if isinstance(row, dict) else "the line holds no JSON object; make it one"
