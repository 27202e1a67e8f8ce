"""Shards of vectors, checked and brought into one file that a scoring job can map."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.density import Spot, spot_of
from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import prepare_rows
from vicinal.data.shard import Shard
from vicinal.jobs.engines.protocol import ReportRows, Worker
from vicinal.jobs.scoring.plan import ScoringPlan
from vicinal.jobs.scoring.scratch import Scratch
from vicinal.jobs.vectors_in import shard_batches

_BATCH_ROWS = 8192
_IDS = arrow.schema([("id", arrow.string())])


@dataclass(frozen=True)
class ShardTask:
    """One shard to be taken in.

    Attributes:
        number: of the shard, from 0.
        shard: the file.
        first_row: where its rows begin in the pool.
    """

    number: int
    shard: Shard
    first_row: int

    def __str__(self) -> str:
        return str(self.shard.path)

    @property
    def rows(self) -> int:
        """Of the shard."""
        return self.shard.rows

    @property
    def name(self) -> str:
        """Of what is kept of it."""
        return f"shard-{self.number:05d}"


@dataclass(frozen=True)
class ShardReader:
    """Takes shards in.

    Attributes:
        folder: of the job's `Scratch`.
        plan: for the metric.
        wanted: ids whose rows the job asks for.
    """

    folder: Path
    plan: ScoringPlan
    wanted: frozenset[str]
    threads, apart = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.Work.begin`."""
        return self._take_in

    def _take_in(self, task: ShardTask, report: ReportRows) -> None:
        """Writes a shard's prepared vectors and ids, and what it tells of itself.

        Raises:
            InvalidInput: it cannot be read, or a vector is not finite or (cosine) zero; names file and row.
        """
        scratch, shard = Scratch(self.folder), task.shard
        found: dict[str, int] = {}
        spot, row = Spot(0, np.zeros(shard.dimension), 0.0), task.first_row
        target = os.open(scratch.vector_file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            with _IdWriter(self.folder / f"{task.name}.ids", self.plan.range_rows) as ids:
                for named, vectors in shard_batches(shard, _BATCH_ROWS):
                    prepared = self._prepared(shard, vectors, row - task.first_row)
                    _write_all(target, prepared.tobytes(), row * 4 * shard.dimension)
                    ids.write(named)
                    found |= {each: row + at for at, each in enumerate(named) if each in self.wanted}
                    spot, row = spot.joined(spot_of(prepared)), row + len(named)
                    report(len(named))
        finally:
            os.close(target)
        if row - task.first_row != shard.rows:
            raise InvalidInput.at(str(shard.path), f"has {row - task.first_row} rows, not {shard.rows}")
        facts = {"rows": spot.rows, "mean": spot.mean.tolist(), "square": spot.square, "found": found}
        scratch.put_facts(task.name, facts)

    def _prepared(self, shard: Shard, vectors: Any, first: int) -> Any:
        prepared, errors = prepare_rows(vectors, shard.dimension, self.plan.metric)
        if errors:
            at, error = min(errors.items())
            raise InvalidInput.at(
                str(shard.path), f"the vector in row {first + at + 1} {error.violations[0].description}"
            )
        return prepared


class _IdWriter:
    """Ids of a shard, a row group for each stretch of rows; the file appears when it is whole."""

    def __init__(self, path: Path, group_rows: int) -> None:
        self._path, self._group_rows = path, group_rows
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        self._waiting: list[str] = []

    def __enter__(self) -> "_IdWriter":
        self._writer = parquet.ParquetWriter(self._unfinished, _IDS, compression="zstd")
        return self

    def write(self, ids: list[str]) -> None:
        """Takes ids in."""
        self._waiting += ids
        while len(self._waiting) >= self._group_rows:
            self._flush(self._waiting[: self._group_rows])
            self._waiting = self._waiting[self._group_rows :]

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._waiting:
            self._flush(self._waiting)
        self._writer.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)

    def _flush(self, ids: list[str]) -> None:
        self._writer.write_table(
            arrow.table([arrow.array(ids, arrow.string())], schema=_IDS), self._group_rows
        )


def ids_of(scratch: Scratch, shard: int, group: int) -> list[str]:
    """Ids of one stretch of rows of a shard that was taken in."""
    with parquet.ParquetFile(scratch.folder / f"shard-{shard:05d}.ids") as file:
        ids: list[str] = file.read_row_group(group).column("id").to_pylist()
    return ids


def _write_all(target: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(target, view, offset)
        view, offset = view[written:], offset + written
