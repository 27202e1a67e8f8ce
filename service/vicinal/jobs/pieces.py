"""An input cut into pieces, each of which becomes one shard."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.data.byte_streams import open_bytes
from vicinal.data.rows import counted_rows
from vicinal.data.tables import is_parquet

# Of a Parquet file, after its footer: the footer's length, and four letters.
_ENDING_BYTES = 8


@dataclass(frozen=True)
class Piece:
    """Some rows of a file, one after the other.

    Attributes:
        file: a table.
        name: of the file, within the input.
        digest: of what the file holds: other contents are another input.
        first_row: rows of the file before these.
        rows: of the piece.
        start_byte: where in a file of text, as `open_bytes` gives it, its first row begins; 0 for Parquet.
    """

    file: Path
    name: str
    digest: str
    first_row: int
    rows: int
    start_byte: int = 0

    @property
    def key(self) -> str:
        """Tells this piece from all others, wherever the input lies."""
        return f"{self.name}:{self.digest}:{self.first_row}+{self.rows}"


def pieces_of(file: Path, name: str, most_rows: int) -> list[Piece]:
    """The pieces of a file; a file of text is read once, of a Parquet file the footer alone.

    Args:
        file: a table, packed by gzip or not.
        name: of the file, within the input.
        most_rows: of a piece.

    Raises:
        InvalidInput: the file cannot be read; names it.
    """
    cut = _parquet_pieces if is_parquet(file) else _text_pieces
    return list(cut(file.absolute(), name, most_rows))


def _parquet_pieces(file: Path, name: str, most_rows: int) -> Iterator[Piece]:
    try:
        with parquet.ParquetFile(file) as opened:
            rows = opened.metadata.num_rows
        digest = _footer_digest(file)
    except (OSError, arrow.ArrowException) as error:
        raise InvalidInput.at(
            str(file), f"cannot be read as Parquet ({error}); write it anew, and run the job again"
        ) from error
    for start in range(0, rows, most_rows):
        yield Piece(file, name, digest, start, min(most_rows, rows - start))


def _footer_digest(file: Path) -> str:
    """Of the size and the footer of a Parquet file, which says where each column's pages lie."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(size - _ENDING_BYTES)
        footer_bytes = int.from_bytes(stream.read(4), "little")
        stream.seek(size - _ENDING_BYTES - footer_bytes)
        return hashlib.sha256(f"{size}:".encode() + stream.read(footer_bytes)).hexdigest()


def _text_pieces(file: Path, name: str, most_rows: int) -> Iterator[Piece]:
    starts, rows, digest = list[int](), 0, hashlib.sha256()
    with open_bytes(file) as stream:
        for start in counted_rows(file, stream, digest.update):
            if rows % most_rows == 0:
                starts.append(start)
            rows += 1
    for number, start in enumerate(starts):
        first = number * most_rows
        yield Piece(file, name, digest.hexdigest(), first, min(most_rows, rows - first), start)
