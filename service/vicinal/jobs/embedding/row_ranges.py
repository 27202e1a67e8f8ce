"""An input cut into row ranges, each of which becomes one shard; their rows as contents to embed."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.core.records import RawContent
from vicinal.data.tables.columns import is_parquet
from vicinal.data.tables.rows import TextRow, batch_rows, counted_rows, text_rows
from vicinal.data.tables.text_files import open_bytes
from vicinal.data.tables.values import ValueFault, is_missing, name_of, text_of
from vicinal.data.vectors.parquet import READ_BYTES
from vicinal.jobs.files import LISTING
from vicinal.jobs.vectors_in import RepeatedRow

# Of a Parquet file, after its footer: the footer's length, and four letters.
_ENDING_BYTES = 8


@dataclass(frozen=True)
class InputRowRange:
    """Some rows of a file, one after the other.

    Attributes:
        file: a table.
        name: of the file, within the input.
        digest: of what the file holds: other contents are another input.
        first_row: rows of the file before these.
        rows: of the piece.
        start_byte: where in a file of text, as `open_bytes` gives it, its first row begins; 0 for Parquet.
        repeated: its rows whose id an earlier row of the input has.
    """

    file: Path
    name: str
    digest: str
    first_row: int
    rows: int
    start_byte: int = 0
    repeated: tuple[RepeatedRow, ...] = ()

    @property
    def key(self) -> str:
        """Tells this piece from all others, wherever the input lies."""
        key = f"{self.name}:{self.digest}:{self.first_row}+{self.rows}"
        if not self.repeated:
            return key
        # These depend on other files as well.
        return f"{key}-{hashlib.sha256(repr(self.repeated).encode()).hexdigest()}"


def split_file(
    file: Path, name: str, most_rows: int, repeated: Sequence[RepeatedRow] = ()
) -> list[InputRowRange]:
    """The pieces of a file; a file of text is read once, of a Parquet file the footer alone.

    Args:
        file: a table, packed by gzip or not.
        name: of the file, within the input.
        most_rows: of a piece.
        repeated: rows of the file whose id an earlier row of the input has, in order.

    Raises:
        InvalidInput: the file cannot be read; names it.
    """
    split = _split_parquet if is_parquet(file) else _split_text
    row_ranges = list(split(file.absolute(), name, most_rows))
    return (
        [replace(row_range, repeated=_select_repeated(row_range, repeated)) for row_range in row_ranges]
        if repeated
        else row_ranges
    )


def _select_repeated(row_range: InputRowRange, repeated: Sequence[RepeatedRow]) -> tuple[RepeatedRow, ...]:
    begin, end = (
        bisect_right(repeated, last, key=lambda row: row.place)
        for last in (row_range.first_row, row_range.first_row + row_range.rows)
    )
    return tuple(repeated[begin:end])


def _split_parquet(file: Path, name: str, most_rows: int) -> Iterator[InputRowRange]:
    try:
        with parquet.ParquetFile(file) as opened:
            rows = opened.metadata.num_rows
        digest = _footer_digest(file)
    except (OSError, arrow.ArrowException) as error:
        raise InvalidInput.at(
            str(file), f"cannot be read as Parquet ({error}); write it again, and run the job again"
        ) from error
    for start in range(0, rows, most_rows):
        yield InputRowRange(file, name, digest, start, min(most_rows, rows - start))


def _footer_digest(file: Path) -> str:
    """Of the size and the footer of a Parquet file, which says where each column's pages lie."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(size - _ENDING_BYTES)
        footer_bytes = int.from_bytes(stream.read(4), "little")
        stream.seek(size - _ENDING_BYTES - footer_bytes)
        return hashlib.sha256(f"{size}:".encode() + stream.read(footer_bytes)).hexdigest()


def _split_text(file: Path, name: str, most_rows: int) -> Iterator[InputRowRange]:
    starts, rows, digest = list[int](), 0, hashlib.sha256()
    with open_bytes(file) as stream:
        for start in counted_rows(file, stream, digest.update):
            if rows % most_rows == 0:
                starts.append(start)
            rows += 1
    for number, start in enumerate(starts):
        first = number * most_rows
        yield InputRowRange(file, name, digest.hexdigest(), first, min(most_rows, rows - first), start)


_READ_ROWS = 64


class ColumnKind(StrEnum):
    """What a column's values are."""

    TEXT = "text"
    IMAGE = "image"
    PATH = "path"


@dataclass(frozen=True)
class Columns:
    """Where in a table contents and ids are.

    Attributes:
        content: the column's name.
        holds: what it holds: texts, bytes of image files, or paths of image files.
        id: of ids; empty makes ids of row numbers from 1.
        folder: that paths begin in.
        name_files: whether ids made of row numbers begin with the file's name, since there are several.
    """

    content: str
    holds: ColumnKind
    id: str
    folder: Path
    name_files: bool


@dataclass(frozen=True)
class ContentRow:
    """A row to embed.

    Attributes:
        item_id: its id; for a row that cannot be read, what comes nearest to one.
        content: None where it cannot be read.
        why: it cannot; empty where it can.
    """

    item_id: str
    content: RawContent | None
    why: str = ""


def read_row_range(row_range: InputRowRange, columns: Columns) -> Iterator[ContentRow]:
    """The rows of a piece, those that cannot be read among them.

    Raises:
        InvalidInput: the file cannot be read, or has fewer rows than the piece; names it.
    """
    raw = _parquet_rows(row_range, columns) if is_parquet(row_range.file) else _text_rows(row_range)
    number, repeated = row_range.first_row, dict(row_range.repeated)
    for number, values in enumerate(raw, start=row_range.first_row + 1):
        row = _row(row_range, columns, number, values)
        yield ContentRow(row.item_id, None, repeated[number]) if number in repeated else row
    if number != row_range.first_row + row_range.rows:
        raise InvalidInput.at(
            str(row_range.file),
            f"ends after row {number}, and had more when the job began; leave it unchanged",
        )


def _text_rows(row_range: InputRowRange) -> Iterator[TextRow]:
    return text_rows(row_range.file, row_range.start_byte, row_range.rows)


def _parquet_rows(row_range: InputRowRange, columns: Columns) -> Iterator[TextRow]:
    wanted = [name for name in (columns.id, columns.content) if name]
    begin, end = row_range.first_row, row_range.first_row + row_range.rows
    try:
        with parquet.ParquetFile(row_range.file, buffer_size=READ_BYTES, pre_buffer=False) as file:
            groups, at = _groups_over(file.metadata, begin, end)
            for batch in file.iter_batches(_READ_ROWS, row_groups=groups, columns=wanted):
                first, last = max(begin - at, 0), min(end - at, len(batch))
                yield from batch_rows(batch.slice(first, max(0, last - first)))
                at += len(batch)
                if at >= end:
                    return
    except (OSError, arrow.ArrowException) as error:
        raise InvalidInput.at(
            str(row_range.file),
            f"cannot be read as Parquet ({error}); write it again, and run the job again",
        ) from error


def _groups_over(metadata: object, begin: int, end: int) -> tuple[list[int], int]:
    """The row groups that hold rows begin to end, and the first one's first row."""
    groups, first, at = list[int](), 0, 0
    for group in range(metadata.num_row_groups):  # type: ignore[attr-defined]
        rows = metadata.row_group(group).num_rows  # type: ignore[attr-defined]
        if at < end and at + rows > begin:
            first = first if groups else at
            groups.append(group)
        at += rows
    return groups, first


def _row(row_range: InputRowRange, columns: Columns, number: int, values: TextRow) -> ContentRow:
    made = f"{row_range.name}:{number}" if columns.name_files else str(number)
    if isinstance(values, str):
        return ContentRow(made, None, values)
    if row_range.name == LISTING and "why" in values:
        return ContentRow(str(values[columns.id]), None, str(values["why"]))
    item_id = made
    if columns.id:
        given = values.get(columns.id)
        if is_missing(given):
            return ContentRow(made, None, f"there is no id in column {columns.id!r}; give the row one")
        try:
            item_id = name_of(given)
        except ValueFault:
            return ContentRow(_printable(str(given)), None, "its id or file name is not UTF-8; rename it")
    return _content(item_id, columns, values)


def _content(item_id: str, columns: Columns, values: Mapping[str, object]) -> ContentRow:
    value, where = values.get(columns.content), f"column {columns.content!r}"
    if isinstance(value, dict) and columns.holds is ColumnKind.IMAGE:
        value = value.get("bytes")  # as data sets on the Hugging Face Hub lay out images
    if value is None:
        return ContentRow(item_id, None, f"{where} is empty; fill it or leave the row out")
    if columns.holds is ColumnKind.TEXT:
        return _text(item_id, value, where)
    if not isinstance(value, bytes if columns.holds is ColumnKind.IMAGE else str):
        kind = type(value).__name__
        return ContentRow(item_id, None, f"{where} holds {kind}, and no {columns.holds}; name another column")
    return (
        _file(item_id, columns.folder / str(value))
        if columns.holds is ColumnKind.PATH
        else ContentRow(item_id, value)
    )


def _text(item_id: str, value: object, where: str) -> ContentRow:
    try:
        return ContentRow(item_id, text_of(value, where))
    except ValueFault as error:
        return ContentRow(item_id, None, str(error))


def _file(item_id: str, path: Path) -> ContentRow:
    try:
        return ContentRow(item_id, path.read_bytes())
    except (OSError, ValueError) as error:
        return ContentRow(
            item_id, None, f"{_printable(str(path))}: {getattr(error, 'strerror', '') or error}"
        )


def _printable(text: str) -> str:
    return text.encode(errors="surrogateescape").decode(errors="replace") if _escapes(text) else repr(text)


def _escapes(text: str) -> bool:
    return all(not "\ud800" <= sign <= "\udfff" or "\udc80" <= sign <= "\udcff" for sign in text)
