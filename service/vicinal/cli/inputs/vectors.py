"""Files and shards of vectors as items."""

import glob
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure, extra_needed, reading
from vicinal.cli.inputs.source import DataKind, Source
from vicinal.cli.inputs.texts import RowItem
from vicinal.client import NewItem
from vicinal.data.left_out import LeftOut, Unreadable
from vicinal.data.repeated_ids import RepeatedIds
from vicinal.data.tables.columns import PARQUET_SUFFIX, quoted
from vicinal.data.tables.values import ValueFault, name_of
from vicinal.data.vectors.arrays import (
    ARRAY_SUFFIXES,
    ID_NAMES,
    array_batches,
    array_columns,
    list_unread_arrays,
    open_arrays,
)
from vicinal.data.vectors.parquet import RowSelection, Shard

_BATCH_ROWS = 4096


def open_vectors(path: Path, needed: Sequence[str] = ()) -> Source:
    """The vectors of a file.

    Ids are those of the array `ids`, `item_ids`, `id`, `item_id` or `names` of an NPZ, else row numbers
    from 1. The vectors of an NPZ are in `vectors`, `X`, `embeddings`, or its only array.

    Args:
        path: of the file.
        needed: further arrays with one value for each row, such as one of labels.

    Raises:
        Failure: the file is not what it should be.
    """
    with reading():
        shard = _open(path)
        columns = array_columns(path, needed, shard.rows)
    unreadable: list[Unreadable] = []
    items = _items(shard, columns, unreadable)
    return Source(shard.rows, items, unreadable, DataKind.VECTORS, _notes(shard, columns), shard.dimension)


def read_vectors(path: Path) -> tuple[NDArray[np.float32], list[str], list[Unreadable], tuple[str, ...]]:
    """The (n, d) vectors of a file, their n ids, what was left out, and what a reader should know.

    Raises:
        Failure: the file is not what it should be.
    """
    unreadable: list[Unreadable] = []
    ids, kept = list[str](), list[NDArray[np.float32]]()
    with reading():
        shard = _open(path)
        batches = _numbered_batches(shard, unreadable)
        for named, rows in once(batches, RepeatedIds(), str(path), unreadable):
            ids += named
            kept.append(rows)
    return np.concatenate(kept), ids, unreadable, _notes(shard)


NumberedBatch = tuple[list[int], list[str], NDArray[np.float32]]
"""Numbers of rows as a person counts, their ids, and their vectors."""


def once(
    batches: Iterable[NumberedBatch], there: RepeatedIds, file: str, unreadable: list[Unreadable]
) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Ids and vectors of the rows whose id is new; the others are added to `unreadable`."""
    for numbers, ids, rows in batches:
        repeats = [there.check(item_id, file, number) for number, item_id in zip(numbers, ids, strict=True)]
        new = [at for at, repeat in enumerate(repeats) if repeat is None]
        unreadable += [repeat for repeat in repeats if repeat is not None]
        yield [ids[at] for at in new], rows if len(new) == len(ids) else rows[new]


def _notes(shard: Shard, read: Collection[str] = ()) -> tuple[str, ...]:
    """Sentences about the arrays that are not read; they may be meant as ids."""
    unread = [name for name in list_unread_arrays(shard) if name not in read]
    if not unread:
        return ()
    notes = (f"the array {shard.vector_name!r} is read as vectors; not read: {quoted(unread)}",)
    if shard.id_name:
        return notes
    return (*notes, f"ids are row numbers, since no array is named {quoted(ID_NAMES)}")


def _open(path: Path) -> Shard:
    shard = open_arrays(path)
    if not shard.rows:
        raise Failure(f"{path}: holds no vectors: it has no rows")
    return shard


def _items(shard: Shard, columns: dict[str, list[Any]], unreadable: list[Unreadable]) -> Iterator[NewItem]:
    with reading():
        for numbers, ids, vectors in _numbered_batches(shard, unreadable):
            for row, item_id, vector in zip(numbers, ids, vectors, strict=True):
                try:
                    needed = {name: name_of(values[row - 1]) for name, values in columns.items()}
                except ValueFault as error:
                    unreadable.append(Unreadable(item_id, str(error), str(shard.path), row))
                    continue
                yield RowItem(item_id, vector, file=str(shard.path), row=row, needed=needed)


def _numbered_batches(shard: Shard, unreadable: list[Unreadable]) -> Iterator[NumberedBatch]:
    kept = RowSelection()

    def leave_out(_shard: Shard, row: int, why: str) -> None:
        kept.leave_out(row)
        unreadable.append(Unreadable(f"row {row}", why, str(shard.path), row))

    for ids, vectors in array_batches(shard, _BATCH_ROWS, leave_out):
        yield kept.numbers(len(ids)), ids, vectors


_SUFFIXES = ARRAY_SUFFIXES | {PARQUET_SUFFIX}


def are_shards(path: Path) -> bool:
    """Whether this is a folder or glob of files of vectors, by names."""
    # Unlike the methods of Path, these say no of what is too long for a name.
    if os.path.isdir(path):
        # Arrow takes a second to come in: folders of images do without.
        try:
            is_recognised = any(
                each.suffix.lower() in _SUFFIXES or each.name == ".job" for each in path.iterdir()
            )
        except OSError:
            return False  # what reads images says why
    else:
        is_recognised = not os.path.exists(path) and glob.has_magic(str(path))
    if not is_recognised:
        return False
    with extra_needed("jobs"):
        from vicinal.jobs import holds_vectors  # noqa: PLC0415
    return holds_vectors(path)


def read_shards(
    path: Path, left_out: LeftOut, only: Collection[str] | None = None
) -> tuple[list[str], NDArray[np.float32]]:
    """Ids and (n, d) vectors of a folder, glob or file.

    Args:
        path: as the jobs take it.
        left_out: takes in what else is in the folder or glob, and rows without a vector or an own id.
        only: ids to keep; None keeps all.

    Raises:
        Failure: a file is missing, damaged or not as the others.
    """
    with extra_needed("jobs"):
        from vicinal.jobs import open_vectors, read_shard_batches  # noqa: PLC0415
    with reading():
        shards = open_vectors(path)
        left_out.add(shards.left_out)

        def numbered_batches(shard: Shard) -> Iterator[NumberedBatch]:
            kept_rows = RowSelection()

            def leave_out(_shard: Shard, row: int, why: str) -> None:
                kept_rows.leave_out(row)
                left_out.failures.append(Unreadable(f"row {row}", why, str(shard.path), row))

            for named, rows in read_shard_batches(shard, leave_out=leave_out):
                yield kept_rows.numbers(len(named)), named, rows

        there, ids = RepeatedIds(), list[str]()
        kept = [np.zeros((0, shards.dimension), dtype=np.float32)]
        for shard in shards.shards:
            for named, rows in once(numbered_batches(shard), there, str(shard.path), left_out.failures):
                at = [row for row, item_id in enumerate(named) if only is None or item_id in only]
                ids += [named[row] for row in at]
                kept.append(rows[at])
    return ids, np.concatenate(kept)
