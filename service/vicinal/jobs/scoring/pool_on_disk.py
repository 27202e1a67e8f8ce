"""A pool on disk as a job sees it: shards checked and brought into one mapped file, with ids and labels."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.density import VectorMoments, moments_of
from vicinal.core.similarity import prepare_rows
from vicinal.core.votes import LabelledVector
from vicinal.data.labels import GivenLabels
from vicinal.data.vectors.parquet import Shard
from vicinal.jobs.engines.protocol import ReportRows, Worker
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan
from vicinal.jobs.scoring.scratch import ScratchFolder
from vicinal.jobs.vectors_in import read_shard_batches
from vicinal.records.pool_options import Metric

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
        folder: of the job's `ScratchFolder`.
        plan: for the metric.
        wanted: ids whose rows the job asks for.
    """

    folder: Path
    plan: ScoringPlan
    wanted: frozenset[str]
    threads, needs_own_process = 1, False

    def begin(self) -> Worker:
        """See `engines.protocol.WorkerFactory.begin`."""
        return self._read_shard

    def _read_shard(self, task: ShardTask, report: ReportRows) -> None:
        """Writes a shard's prepared vectors and ids, and what it tells of itself.

        Raises:
            InvalidInput: it cannot be read, or a vector is not finite or (cosine) zero; names file and row.
        """
        scratch, shard = ScratchFolder(self.folder), task.shard
        found: dict[str, int] = {}
        moments, row = VectorMoments(0, np.zeros(shard.dimension), 0.0), task.first_row
        target = os.open(scratch.vector_file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            with _IdWriter(self.folder / f"{task.name}.ids", self.plan.range_rows) as ids:
                for named, vectors in read_shard_batches(shard, _BATCH_ROWS):
                    prepared = self._prepared(shard, vectors, row - task.first_row)
                    _write_all(target, prepared.tobytes(), row * 4 * shard.dimension)
                    ids.write(named)
                    found |= {each: row + at for at, each in enumerate(named) if each in self.wanted}
                    moments, row = moments.joined(moments_of(prepared)), row + len(named)
                    report(len(named))
        finally:
            os.close(target)
        if row - task.first_row != shard.rows:
            raise InvalidInput.at(str(shard.path), f"has {row - task.first_row} rows, not {shard.rows}")
        facts = {
            "rows": moments.rows,
            "mean": moments.mean.tolist(),
            "square": moments.square,
            "found": found,
        }
        scratch.write_facts(task.name, facts)

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


def read_range_ids(scratch: ScratchFolder, shard: int, group: int) -> list[str]:
    """Ids of one stretch of rows of a shard that was taken in."""
    with parquet.ParquetFile(scratch.folder / f"shard-{shard:05d}.ids") as file:
        ids: list[str] = file.read_row_group(group).column("id").to_pylist()
    return ids


def _write_all(target: int, content: bytes, offset: int) -> None:
    view = memoryview(content)
    while view:
        written = os.pwrite(target, view, offset)
        view, offset = view[written:], offset + written


CHECKED_ROWS = 8_000_000
"""In pools of up to so many items all ids are compared with one another, in larger ones those labelled."""

_NAMED = 3


@dataclass(frozen=True, eq=False)
class PoolOnDisk:
    """Vectors and ids in a scratch folder, and what is labelled.

    Attributes:
        scratch: where they lie.
        rows: of the pool.
        spot: where its vectors lie.
        labels: by row, ascending.
        carried: labels that copies vote with, by row, ascending; they are no labels of their own.
        examples: what votes besides the pool's items, by their keys.
        passed_over: examples that have no vector.
        aside: rows that neither vote nor can be chosen, ascending.
        never_filter: rows that are never filtered, ascending.
        row_ranges: of all rows.
        files: that the pool's shards were read from.
    """

    scratch: ScratchFolder
    rows: int
    moments: VectorMoments
    labels: dict[int, str]
    carried: dict[int, str]
    examples: tuple[LabelledVector, ...]
    passed_over: int
    aside: NDArray[np.int64]
    never_filter: NDArray[np.int64]
    row_ranges: tuple[RowRange, ...]
    files: tuple[str, ...]

    @property
    def vectors(self) -> Vectors:
        """(rows, d) prepared, mapped."""
        return self.scratch.map_vectors(self.rows, len(self.moments.mean))

    @property
    def label_count(self) -> int:
        """Labels that votes have to go by: those of items, and examples."""
        return len(self.labels) + len(self.examples)

    def labelled_vectors(self, labels: Mapping[int, str]) -> Vectors:
        """(m, d) of labelled rows."""
        return np.ascontiguousarray(self.vectors[np.fromiter(labels, dtype=np.int64, count=len(labels))])

    def collect_voters(self) -> tuple[Vectors, tuple[str, ...]]:
        """(m, d) vectors of all that votes, by row and examples last, and m labels."""
        voting = dict(sorted({**self.labels, **self.carried}.items()))
        beside = [each.vector for each in self.examples]
        vectors = np.concatenate(
            [self.labelled_vectors(voting), np.reshape(beside, (-1, len(self.moments.mean)))]
        )
        labels = (*voting.values(), *(each.label for each in self.examples))
        return vectors.astype(np.float32, copy=False), labels

    def read_ids(self, row_range: RowRange) -> list[str]:
        """Of a stretch of rows."""
        return read_range_ids(self.scratch, row_range.shard, row_range.group)

    def read_all_ids(self) -> list[str]:
        """Of all rows.

        Raises:
            InvalidInput: two rows have the same.
        """
        ids = [each for row_range in self.row_ranges for each in self.read_ids(row_range)]
        if len(set(ids)) < len(ids):
            twice = next(each for each, count in Counter(ids).items() if count > 1)
            first = ids.index(twice)
            raise _repeated_id_error(
                twice, self._describe_row(first), self._describe_row(ids.index(twice, first + 1))
            )
        return ids

    def _describe_row(self, row: int) -> str:
        """Where a row came from, in words."""
        row_range = next(each for each in self.row_ranges if row < each.stop)
        begin = min(each.start for each in self.row_ranges if each.shard == row_range.shard)
        return f"row {row - begin + 1} of {self.files[row_range.shard]}"

    def eligible_mask(self, start: int = 0, stop: int | None = None) -> NDArray[np.bool_]:
        """Which rows of a stretch may be chosen: neither labelled nor aside."""
        last = self.rows if stop is None else stop
        eligible = np.ones(last - start, dtype=np.bool_)
        for taken in (np.fromiter(self.labels, dtype=np.int64, count=len(self.labels)), self.aside):
            eligible[taken[(taken >= start) & (taken < last)] - start] = False
        return eligible


def open_pool(
    scratch: ScratchFolder,
    tasks: list[ShardTask],
    given: GivenLabels,
    labels_file: Path,
    row_ranges: list[RowRange],
    *,
    metric: Metric,
) -> PoolOnDisk:
    """The pool whose shards were taken in.

    Raises:
        InvalidInput: a label is of an item that the pool does not have, or that it has twice, or an
            example's vector is none of this pool's kind.
    """
    shard_facts = [scratch.read_facts(task.name) for task in tasks]
    shard_moments = [
        VectorMoments(each["rows"], np.array(each["mean"]), each["square"]) for each in shard_facts
    ]
    row_of = _find_rows(tasks, shard_facts)
    _check_known(labels_file, given, row_of)
    labels, carried = (
        dict(sorted((row_of[item], label) for item, label in each.items() if item in row_of))
        for each in (given.labels, given.carried)
    )
    aside, kept = (
        np.array(sorted(row_of[item] for item in each if item in row_of), dtype=np.int64)
        for each in (given.aside, given.never_filter)
    )
    moments = reduce(VectorMoments.joined, shard_moments)
    examples = _examples(labels_file, given, len(moments.mean), metric)
    votes = labels, carried, examples, given.passed_over
    files = tuple(map(str, tasks))
    pool = PoolOnDisk(scratch, moments.rows, moments, *votes, aside, kept, tuple(row_ranges), files)
    if pool.rows <= CHECKED_ROWS:
        pool.read_all_ids()
    return pool


def _find_rows(tasks: list[ShardTask], shard_facts: list[dict[str, Any]]) -> dict[str, int]:
    row_of: dict[str, int] = {}
    for task, each in zip(tasks, shard_facts, strict=True):
        for item, row in each["found"].items():
            if item in row_of:
                earlier = next(before for before in reversed(tasks) if before.first_row <= row_of[item])
                places = ((earlier, row_of[item]), (task, row))
                raise _repeated_id_error(item, *(f"row {at - of.first_row + 1} of {of}" for of, at in places))
            row_of[item] = row
    return row_of


def _check_known(labels_file: Path, given: GivenLabels, row_of: Mapping[str, int]) -> None:
    unknown = [item for item in given.labels if item not in row_of]
    if unknown:
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        named = ", ".join(map(repr, unknown[:_NAMED])) + more
        raise InvalidInput.at(
            str(labels_file),
            f"labels items that the pool does not have: {named}; leave them out, or name them as examples "
            "in a column example_id",
        )


def _examples(
    labels_file: Path, given: GivenLabels, dimension: int, metric: Metric
) -> tuple[LabelledVector, ...]:
    examples = []
    for name, example in sorted(given.examples.items()):
        held = len(example.vector)
        if held != dimension:
            why = f"the vector of example {name!r} has dimension {held}, the pool's have {dimension}"
            raise InvalidInput.at(str(labels_file), why)
        rows, errors = prepare_rows(np.array([example.vector], dtype=np.float32), dimension, metric)
        if errors:
            why = f"the vector of example {name!r} {errors[0].violations[0].description}"
            raise InvalidInput.at(str(labels_file), why)
        examples.append(LabelledVector(name, rows[0], example.label))
    return tuple(examples)


def _repeated_id_error(item_id: str, first: str, second: str) -> InvalidInput:
    return InvalidInput.at(
        f"id {item_id!r}", f"is there twice in the pool, in {first} and in {second}; ids must differ"
    )
