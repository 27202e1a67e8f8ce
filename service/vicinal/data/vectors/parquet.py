"""Parquet files of vectors: what they hold, which rows have an id, and the rows batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import check_resolution
from vicinal.data.tables.columns import VECTOR_COLUMNS, quoted
from vicinal.data.tables.values import ValueFault, located, name_of
from vicinal.records.pool_options import Metric

DIGEST_KEY = b"vicinal.fingerprint_digest"
"""In the metadata of a Parquet schema: what its vectors were made with."""

ID_NAMES = ("id", "item_id", "ids", "item_ids")
# Bytes that are read of a column at once: without it a whole row group's column comes into memory.
READ_BYTES = 1 << 20
_FIRST_ROWS = 64


@dataclass(frozen=True)
class Shard:
    """A file of vectors.

    Attributes:
        path: of the file.
        rows: vectors in it.
        dimension: of each of them.
        fingerprint_digest: what they were made with; empty where the file does not tell.
        vector_name: of the column or array of vectors.
        id_name: of that of ids; empty where there is none: ids are then row numbers from 1.
        sha256: of the file, by the manifest that names it; empty without one.
        exported: whether its ids are in the file of items next to it, as `vicinal export --all` writes them.
    """

    path: Path
    rows: int
    dimension: int
    fingerprint_digest: str
    vector_name: str
    id_name: str
    sha256: str = ""
    exported: bool = False

    @property
    def has_ids(self) -> bool:
        """Whether the file names its rows."""
        return bool(self.id_name) or self.exported


LeaveOut = Callable[[Shard, int, str], None]
"""Called with the file, the row's number from 1, and why it is left out."""


class RowSelection:
    """Numbers of the rows that a reader gives, which skips those that it calls `LeaveOut` with."""

    def __init__(self) -> None:
        self._last = 0
        self._left_out: set[int] = set()

    def leave_out(self, row: int) -> None:
        """Takes note of a row that is not given."""
        self._left_out.add(row)

    def numbers(self, count: int) -> list[int]:
        """Numbers of the rows that are given next."""
        numbers = list[int]()
        while len(numbers) < count:
            self._last += 1
            if self._last in self._left_out:
                self._left_out.remove(self._last)
            else:
                numbers.append(self._last)
        return numbers


def refuse_row(shard: Shard, row: int, why: str) -> None:
    """What to do about a wrong row where all rows are needed.

    Raises:
        InvalidInput: always; names file and row.
    """
    raise InvalidInput.at(str(shard.path), located(why, row))


def drop_bad_rows(
    shard: Shard, values: Iterable[object], start: int, leave_out: LeaveOut
) -> tuple[list[str], list[int]]:
    """The ids of some rows, and the places of those rows that have one.

    Args:
        shard: that the rows are of.
        values: its ids as they were read.
        start: rows before these.
        leave_out: called with the others.
    """
    ids, places = list[str](), list[int]()
    for at, value in enumerate(values):
        try:
            name = value if type(value) is str and value.isascii() else name_of(value)
        except ValueFault as error:
            leave_out(shard, start + at + 1, f"the id in {shard.id_name!r}: {error}")
            continue
        if name:
            ids.append(name)
            places.append(at)
        else:
            leave_out(shard, start + at + 1, f"the row has no id in {shard.id_name!r}; give it one")
    return ids, places


def open_parquet(path: Path) -> Shard:
    """What a Parquet file of vectors holds, read from its footer and its first row.

    Raises:
        InvalidInput: it cannot be read, or has no column of vectors.
    """
    try:
        with parquet.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            vector_name = _vector_name(path, schema)
            dimension = _dimension(path, file, vector_name)
    except (OSError, arrow.ArrowException) as error:
        raise _unreadable(path, error) from error
    digest = (schema.metadata or {}).get(DIGEST_KEY, b"").decode()
    id_name = next((name for name in ID_NAMES if name in schema.names), "")
    return Shard(path, rows, dimension, digest, vector_name, id_name)


def parquet_batches(
    shard: Shard, batch_rows: int, leave_out: LeaveOut = refuse_row
) -> Iterator[tuple[list[str], Vectors]]:
    """Ids and (n, dimension) float32 vectors of a Parquet file, at most `batch_rows` at a time.

    Args:
        shard: of `open_parquet`.
        batch_rows: most rows of a batch.
        leave_out: called with each row that has no id or no vector; without it such a row is refused.

    Raises:
        InvalidInput: it cannot be read, or a vector is of another length.
    """
    columns = [name for name in (shard.id_name, shard.vector_name) if name]
    try:
        with parquet.ParquetFile(shard.path, buffer_size=READ_BYTES, pre_buffer=False) as file:
            start = 0
            for batch in file.iter_batches(batch_rows, columns=columns):
                named = _ids(shard, batch, start, leave_out)
                ids, kept = _with_vector(shard, batch, start, named, leave_out)
                good = batch if len(kept) == len(batch) else batch.take(arrow.array(kept, arrow.int64()))
                yield ids, _vectors(shard, good, [start + at + 1 for at in kept])
                start += len(batch)
    except (OSError, arrow.ArrowException) as error:
        raise _unreadable(shard.path, error) from error


def holds_vectors(path: Path) -> bool:
    """Whether a Parquet file has a column of vectors, by its name and type.

    Raises:
        InvalidInput: it is no Parquet file.
    """
    try:
        schema = parquet.read_schema(path)
    except (OSError, arrow.ArrowException) as error:
        raise _unreadable(path, error) from error
    return any(name in schema.names and _holds_numbers(schema.field(name).type) for name in VECTOR_COLUMNS)


def _vector_name(path: Path, schema: Any) -> str:
    for name in VECTOR_COLUMNS:
        if name in schema.names and _holds_numbers(schema.field(name).type):
            return name
    known, there = ", ".join(VECTOR_COLUMNS), quoted(schema.names)
    raise InvalidInput.at(str(path), f"has no column of vectors; name it one of {known}; there are: {there}")


def _holds_numbers(kind: Any) -> bool:
    types = arrow.types
    lists = types.is_fixed_size_list(kind) or types.is_list(kind) or types.is_large_list(kind)
    return bool(lists and (types.is_floating(kind.value_type) or types.is_integer(kind.value_type)))


def _dimension(path: Path, file: Any, name: str) -> int:
    kind = file.schema_arrow.field(name).type
    if arrow.types.is_fixed_size_list(kind):
        return int(kind.list_size)
    for batch in file.iter_batches(_FIRST_ROWS, columns=[name]):
        lengths = batch.column(0).value_lengths().drop_null()
        if len(lengths):
            return int(lengths[0].as_py())
    if file.metadata.num_rows:
        raise InvalidInput.at(str(path), f"no row has a vector in column {name!r}; leave the file out")
    raise InvalidInput.at(str(path), "has no row, and so no dimension; leave the file out")


def _ids(shard: Shard, batch: Any, start: int, leave_out: LeaveOut) -> tuple[list[str], list[int]]:
    if not shard.id_name:
        return [str(row) for row in range(start + 1, start + len(batch) + 1)], list(range(len(batch)))
    return drop_bad_rows(shard, batch.column(shard.id_name).to_pylist(), start, leave_out)


def _with_vector(
    shard: Shard, batch: Any, start: int, named: tuple[list[str], list[int]], leave_out: LeaveOut
) -> tuple[list[str], list[int]]:
    """The ids and places of those rows that have a vector."""
    column = batch.column(shard.vector_name)
    if not column.null_count:
        return named
    ids, places = named
    missing = column.is_null().to_pylist()
    for at in filter(missing.__getitem__, places):
        leave_out(shard, start + at + 1, f"the row has no vector in {shard.vector_name!r}; give it one")
    kept = [(item_id, at) for item_id, at in zip(ids, places, strict=True) if not missing[at]]
    return [item_id for item_id, _ in kept], [at for _, at in kept]


def _vectors(shard: Shard, batch: Any, numbers: Sequence[int]) -> Vectors:
    """The vectors of rows of these numbers, none of which is missing."""
    column = batch.column(shard.vector_name)
    if not arrow.types.is_fixed_size_list(column.type):
        lengths = column.value_lengths().to_numpy(zero_copy_only=False)
        wrong = np.flatnonzero(lengths != shard.dimension)
        if wrong.size:
            at, length = numbers[int(wrong[0])], int(lengths[wrong[0]])
            raise InvalidInput.at(
                str(shard.path), f"row {at} has a vector of {length} numbers, not of {shard.dimension}"
            )
    values = column.flatten()
    if values.null_count:
        raise InvalidInput.at(
            str(shard.path), f"a vector from row {numbers[0]} on lacks a number; leave it out"
        )
    rows = np.asarray(values.to_numpy(zero_copy_only=False)).reshape(len(batch), shard.dimension)
    check_resolution(rows, Metric.EUCLIDEAN, str(shard.path))
    with np.errstate(over="ignore"):
        return rows.astype(np.float32, copy=False)


def _unreadable(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput.at(str(path), f"cannot be read as Parquet ({error}); write it again or leave it out")
