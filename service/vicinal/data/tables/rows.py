"""Rows of tables: CSV, TSV, JSON lists, JSON lines and Parquet, packed by gzip or not.

One row that is wrong is one row that is wrong: it comes with the reason, and the others are read. Memory is
bounded by a row, whatever the size of the file.
"""

import io
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

from vicinal.core.errors import InvalidInput
from vicinal.data.tables.columns import TableKind, no_column, quoted, table_kind
from vicinal.data.tables.json_lists import list_elements
from vicinal.data.tables.text_files import (
    BYTE_ORDER_MARK,
    Dialect,
    Lines,
    dialect_of,
    ignore_bytes,
    open_bytes,
    records,
    skip_bytes,
)
from vicinal.data.tables.values import located, printable

TextRow = Mapping[str, object] | str
"""What a row holds by column, or why it cannot be read."""

_ROWS_LOOKED_AT = 100
_PARQUET_ROWS = 1024
_HEAD_BYTES = 1 << 18


@dataclass(slots=True)  # not frozen: that takes three times as long to make, and tables have many rows
class Row:
    """A row of a table.

    Attributes:
        number: as a person counts rows in the file: the header of a CSV is row 1, and blank lines count.
        index: of the rows that hold something, from 1, the header left out.
        values: by column; empty where the row cannot be read.
        fault: why it cannot be read; empty where it can.
    """

    number: int
    index: int
    values: Mapping[str, Any]
    fault: str = ""

    @property
    def described_fault(self) -> str:
        """The fault with the row's number in it."""
        return located(self.fault, self.number)


@dataclass(frozen=True)
class Table:
    """A table that can be read, more than once.

    Attributes:
        path: of the file.
        kind: how it is written.
        names: of its columns, blanks around them left out; of JSON those of the first rows that can be read.
        notes: what a reader took otherwise than it is written, a sentence each.
        dialect: of a delimited file.
    """

    path: Path
    kind: TableKind
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    dialect: Dialect | None = None

    @property
    def has_all_names(self) -> bool:
        """Whether `names` are all there are: objects of JSON may have other names further on."""
        return self.kind in {TableKind.DELIMITED, TableKind.PARQUET}

    @property
    def repeated(self) -> frozenset[str]:
        """Names that several columns have."""
        return frozenset(name for name, count in Counter(self.names).items() if count > 1)

    def rows(self, columns: Collection[str] | None = None) -> Iterator[Row]:
        """All rows, those that cannot be read among them.

        Args:
            columns: to read of a Parquet file; None for all.

        Raises:
            InvalidInput: the file cannot be read, or cannot be read any further; names it.
        """
        if self.kind is TableKind.PARQUET:
            yield from _parquet_rows(self.path, columns)
            return
        with open_bytes(self.path) as stream:
            if self.dialect is not None:
                yield from _delimited_rows(self, stream, self.dialect)
                return
            raw = _raw_rows(self, stream, 0, ignore_bytes)
            for index, each in enumerate(raw, start=1):
                yield _row(each.number, index, _parsed(each.content, self.names))

    def check_column(self, name: str) -> None:
        """Sees to it that a column is there, and once.

        Raises:
            InvalidInput: it is not, or several columns have its name.
        """
        if name in self.repeated:
            raise InvalidInput.at(
                str(self.path), f"has {self.names.count(name)} columns named {name!r}; rename all but one"
            )
        if self.names and name not in self.names:
            raise no_column(self.path, name, self.names)


def open_table(path: Path) -> Table:
    """A table, with the names of its columns.

    Raises:
        InvalidInput: it is no table by its name, or cannot be read; names the file.
    """
    table = _unnamed(path)
    if table.kind is TableKind.PARQUET:
        return replace(table, names=_parquet_names(path))
    if table.dialect is not None:
        return replace(table, names=table.dialect.names, notes=_notes(table.dialect))
    return replace(table, names=_json_names(table))


def read_rows(path: Path) -> Iterator[Row]:
    """All rows of a table, those that cannot be read among them.

    Raises:
        InvalidInput: it is no table by its name, or cannot be read; names the file.
    """
    yield from open_table(path).rows()


def counted_rows(file: Path, stream: IO[bytes], seen: Callable[[bytes], None]) -> Iterator[int]:
    """Where each row begins, in bytes of the file as `open_bytes` gives them.

    Args:
        file: for messages, and by its name the kind.
        stream: of `open_bytes`, at its beginning.
        seen: called with all bytes, in order.

    Raises:
        InvalidInput: what follows cannot be cut into rows; names the place.
    """
    yield from (each.start for each in _raw_rows(_unnamed(file), stream, 0, seen))


def text_rows(file: Path, start_byte: int, count: int) -> Iterator[TextRow]:
    """Some rows of a file, from a place that `counted_rows` gave.

    Raises:
        InvalidInput: the file cannot be read, or cannot be read any further.
    """
    table = _unnamed(file)
    names = table.dialect.names if table.dialect is not None else ()
    with open_bytes(file) as stream:
        skip_bytes(stream, start_byte)
        raw = _raw_rows(table, stream, start_byte, ignore_bytes)
        yield from (_parsed(each.content, names) for each in islice(raw, count))


def all_rows(file: Path) -> Iterator[TextRow]:
    """All rows of a file of text.

    Raises:
        InvalidInput: the file cannot be read.
    """
    yield from (row.fault or row.values for row in open_table(file).rows())


def column_names(file: Path) -> list[str]:
    """Names of the columns of a table.

    Raises:
        InvalidInput: the file cannot be read.
    """
    return list(open_table(file).names)


def _row(number: int, index: int, values: TextRow) -> Row:
    return Row(number, index, {}, values) if isinstance(values, str) else Row(number, index, values)


class _Json(NamedTuple):
    """A row that is JSON still, and what to call it."""

    text: str
    subject: str


class _RawRow(NamedTuple):
    """A row as it is cut out of a file: a record, a line or an element, or a record's fault."""

    start: int
    number: int
    content: list[str] | _Json | str


def _raw_rows(
    table: Table, stream: IO[bytes], position: int, seen: Callable[[bytes], None]
) -> Iterator[_RawRow]:
    """The rows of a stream that begins at a position of the file, blank ones left out."""
    if table.kind is TableKind.JSON_LIST:
        for number, element in enumerate(list_elements(table.path, stream, position, seen), start=1):
            yield _RawRow(element.start, number, _Json(element.text, "row"))
    elif table.dialect is not None:
        yield from _raw_records(table.path, Lines(stream, position, seen), table.dialect)
    else:
        yield from _raw_lines(Lines(stream, position, seen))


def _raw_lines(lines: Lines) -> Iterator[_RawRow]:
    number, start = 1, lines.position
    for line in lines:
        if not line.isspace():
            yield _RawRow(start, number, _Json(line, "line"))
        number, start = number + 1, lines.position


def _raw_records(file: Path, lines: Lines, dialect: Dialect) -> Iterator[_RawRow]:
    is_past_header = lines.position > 0
    number, start = 1, lines.position
    if dialect.names_delimiter and not is_past_header:
        next(lines)
        number, start = 2, lines.position
    for record in records(file, lines, dialect, number):
        if record and is_past_header:
            yield _RawRow(start, number, record)
        is_past_header = is_past_header or bool(record)
        number, start = number + 1, lines.position


def _delimited_rows(table: Table, stream: IO[bytes], dialect: Dialect) -> Iterator[Row]:
    """As `_raw_records` finds them, but with nothing counted in bytes: that is several times as fast."""
    lines = io.TextIOWrapper(cast(BinaryIO, stream), "utf-8-sig", "surrogateescape", newline="\n")
    names, number = table.names, 1
    usual_length = None if table.repeated else len(names)
    if dialect.names_delimiter:
        next(lines)
        number = 2
    index = -1  # of the header 0
    for at, record in enumerate(records(table.path, lines, dialect, number), number):
        if not record:
            continue
        index += 1
        if not index:
            continue
        if len(record) == usual_length and type(record) is list:
            yield Row(at, index, dict(zip(names, record)))  # noqa: B905 - as long as one another
        else:
            yield _row(at, index, _parsed(record, names))


def _parsed(content: list[str] | _Json | str, names: tuple[str, ...]) -> TextRow:
    if isinstance(content, str):
        return content
    if isinstance(content, _Json):
        return _json_row(content)
    if len(content) != len(names):
        return f"the row has {len(content)} columns, the first line {len(names)}; mend the row"
    return _by_name(names, content)


def _by_name(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Values by column; of columns that share a name the first."""
    row = dict(zip(names, values, strict=True))
    if len(row) < len(names):
        row |= dict(zip(reversed(names), reversed(values), strict=True))
    return row


def _json_row(content: _Json) -> TextRow:
    repeated = list[str]()

    def kept(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        repeated[:] = [] if len(row) == len(pairs) else [_first_repeated([name for name, _ in pairs])]
        return row

    try:
        row = json.loads(content.text, object_pairs_hook=kept)
    except (ValueError, RecursionError) as error:
        return f"the {content.subject} is not JSON ({_why(error)}); mend it"
    if not isinstance(row, dict):
        return f"the {content.subject} holds no JSON object; make it one"
    if repeated:  # of the outermost object, which is made last
        return f"the {content.subject} has the key {printable(repeated[0])!r} twice; keep one"
    return row


def _first_repeated(names: list[str]) -> str:
    return next(name for name, count in Counter(names).items() if count > 1)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


def _unnamed(file: Path) -> Table:
    kind = _kind(file)
    return Table(file, kind, (), dialect=dialect_of(file) if kind is TableKind.DELIMITED else None)


def _kind(file: Path) -> TableKind:
    """The kind by the name; what is called .json may hold one object a line."""
    kind = table_kind(file)
    if kind is not TableKind.JSON_LIST:
        return kind
    with open_bytes(file) as stream:
        head = stream.read(_HEAD_BYTES).removeprefix(BYTE_ORDER_MARK).lstrip()
        while not head and (block := stream.read(_HEAD_BYTES)):
            head = block.lstrip()
        has_more = bool(stream.read(1))
    if not head.startswith(b"{"):
        return kind
    first, line_feed, _ = head.partition(b"\n")
    # A first line that goes on after the head is not read to its end: it may be all of a big file.
    goes_on = not line_feed and has_more
    is_object = goes_on or not isinstance(
        _json_row(_Json(first.decode(errors="surrogateescape"), "line")), str
    )
    return TableKind.JSON_LINES if is_object else kind


def _json_names(table: Table) -> tuple[str, ...]:
    """Names of the first rows that can be read, in the order in which they come."""
    rows = (row.values for row in islice(table.rows(), _ROWS_LOOKED_AT))
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _notes(dialect: Dialect) -> tuple[str, ...]:
    if not dialect.stripped:
        return ()
    shown = quoted(dialect.stripped)
    return (f"blanks around the names of columns are left out: {shown}",)


def _parquet_names(path: Path) -> tuple[str, ...]:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - for Parquet alone; takes a while

    try:
        return tuple(parquet.read_schema(path).names)
    except (OSError, ArrowException) as error:
        raise _no_parquet(path, error) from error


def _parquet_rows(path: Path, columns: Collection[str] | None) -> Iterator[Row]:
    from pyarrow import ArrowException, parquet  # noqa: PLC0415 - for Parquet alone; takes a while

    try:
        with parquet.ParquetFile(path) as file:
            there = file.schema_arrow.names
            wanted = None if columns is None else [name for name in there if name in columns]
            batches = file.iter_batches(_PARQUET_ROWS, columns=wanted)
            rows = chain.from_iterable(map(batch_rows, batches))
            for number, values in enumerate(rows, start=1):
                yield _row(number, number, values)
    except (OSError, ArrowException) as error:
        raise _no_parquet(path, error) from error


def batch_rows(batch: Any) -> Iterator[TextRow]:
    """The rows of a batch of Arrow by column; of columns that share a name the first."""
    names = batch.schema.names
    try:
        columns = [column.to_pylist() for column in batch.columns]
    except (ValueError, OverflowError):  # among them bytes that are no UTF-8: one row is to blame
        yield from (_cells(batch, at) for at in range(len(batch)))
        return
    for values in zip(*columns, strict=True):
        yield _by_name(names, values)


def _cells(batch: Any, at: int) -> TextRow:
    values = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            values.append(column[at].as_py())
        except (ValueError, OverflowError) as error:
            return f"the row holds in column {name!r} what cannot be read ({error}); mend it"
    return _by_name(batch.schema.names, values)


def _no_parquet(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput.at(str(path), f"cannot be read as Parquet ({error}); write it again")
