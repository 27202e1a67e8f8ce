"""Vectors at rest, as `vicinal embed` writes them, all in memory."""

import glob
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import extra_needed, reading
from vicinal.cli.inputs.vectors import NumberedBatch, once
from vicinal.data.arrays import ARRAY_SUFFIXES
from vicinal.data.left_out import LeftOut, Unreadable
from vicinal.data.repeated_ids import RepeatedIds
from vicinal.data.shard import KeptRows, Shard
from vicinal.data.tables import PARQUET_SUFFIX

_SUFFIXES = ARRAY_SUFFIXES | {PARQUET_SUFFIX}


def are_shards(path: Path) -> bool:
    """Whether this is a folder or glob of files of vectors, by names."""
    # Unlike the methods of Path, these say no of what is too long for a name.
    if os.path.isdir(path):
        # Arrow takes a second to come in: folders of images do without.
        try:
            told = any(each.suffix.lower() in _SUFFIXES or each.name == ".job" for each in path.iterdir())
        except OSError:
            return False  # what reads images says why
    else:
        told = not os.path.exists(path) and glob.has_magic(str(path))
    if not told:
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
        from vicinal.jobs import open_vectors, shard_batches  # noqa: PLC0415
    with reading():
        shards = open_vectors(path)
        left_out.add(shards.left_out)

        def numbered_batches(shard: Shard) -> Iterator[NumberedBatch]:
            kept_rows = KeptRows()

            def leave_out(_shard: Shard, row: int, why: str) -> None:
                kept_rows.leave_out(row)
                left_out.failures.append(Unreadable(f"row {row}", why, str(shard.path), row))

            for named, rows in shard_batches(shard, leave_out=leave_out):
                yield kept_rows.numbers(len(named)), named, rows

        there, ids = RepeatedIds(), list[str]()
        kept = [np.zeros((0, shards.dimension), dtype=np.float32)]
        for shard in shards.shards:
            for named, rows in once(numbered_batches(shard), there, str(shard.path), left_out.failures):
                at = [row for row, item_id in enumerate(named) if only is None or item_id in only]
                ids += [named[row] for row in at]
                kept.append(rows[at])
    return ids, np.concatenate(kept)
