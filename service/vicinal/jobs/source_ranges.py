"""An input cut into pieces, each of which becomes one shard."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.data.byte_streams import open_bytes
from vicinal.data.rows import counted_rows
from vicinal.data.tables import is_parquet
from vicinal.jobs.distinct import RepeatedRow

# Of a Parquet file, after its footer: the footer's length, and four letters.
_ENDING_BYTES = 8


@dataclass(frozen=True)
class SourceRange:
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
) -> list[SourceRange]:
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
    source_ranges = list(split(file.absolute(), name, most_rows))
    return (
        [replace(source_range, repeated=_of_piece(source_range, repeated)) for source_range in source_ranges]
        if repeated
        else source_ranges
    )


def _of_piece(source_range: SourceRange, repeated: Sequence[RepeatedRow]) -> tuple[RepeatedRow, ...]:
    begin, end = (
        bisect_right(repeated, last, key=lambda row: row.place)
        for last in (source_range.first_row, source_range.first_row + source_range.rows)
    )
    return tuple(repeated[begin:end])


def _split_parquet(file: Path, name: str, most_rows: int) -> Iterator[SourceRange]:
    try:
        with parquet.ParquetFile(file) as opened:
            rows = opened.metadata.num_rows
        digest = _footer_digest(file)
    except (OSError, arrow.ArrowException) as error:
        raise InvalidInput.at(
            str(file), f"cannot be read as Parquet ({error}); write it again, and run the job again"
        ) from error
    for start in range(0, rows, most_rows):
        yield SourceRange(file, name, digest, start, min(most_rows, rows - start))


def _footer_digest(file: Path) -> str:
    """Of the size and the footer of a Parquet file, which says where each column's pages lie."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(size - _ENDING_BYTES)
        footer_bytes = int.from_bytes(stream.read(4), "little")
        stream.seek(size - _ENDING_BYTES - footer_bytes)
        return hashlib.sha256(f"{size}:".encode() + stream.read(footer_bytes)).hexdigest()


def _split_text(file: Path, name: str, most_rows: int) -> Iterator[SourceRange]:
    starts, rows, digest = list[int](), 0, hashlib.sha256()
    with open_bytes(file) as stream:
        for start in counted_rows(file, stream, digest.update):
            if rows % most_rows == 0:
                starts.append(start)
            rows += 1
    for number, start in enumerate(starts):
        first = number * most_rows
        yield SourceRange(file, name, digest.hexdigest(), first, min(most_rows, rows - first), start)
