"""A pool that was taken in: its rows, ids and labels, as a job sees it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.density import Spot
from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import Metric, prepare_rows
from vicinal.core.votes import Example
from vicinal.data.label_log import GivenLabels
from vicinal.jobs.scoring.plan import RowRange
from vicinal.jobs.scoring.scratch import Scratch
from vicinal.jobs.scoring.shard_reading import ShardTask, ids_of

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

    scratch: Scratch
    rows: int
    spot: Spot
    labels: dict[int, str]
    carried: dict[int, str]
    examples: tuple[Example, ...]
    passed_over: int
    aside: NDArray[np.int64]
    never_filter: NDArray[np.int64]
    row_ranges: tuple[RowRange, ...]
    files: tuple[str, ...]

    @property
    def vectors(self) -> Vectors:
        """(rows, d) prepared, mapped."""
        return self.scratch.vectors(self.rows, len(self.spot.mean))

    @property
    def label_count(self) -> int:
        """Labels that votes have to go by: those of items, and examples."""
        return len(self.labels) + len(self.examples)

    def vectors_of(self, labels: Mapping[int, str]) -> Vectors:
        """(m, d) of labelled rows."""
        return np.ascontiguousarray(self.vectors[np.fromiter(labels, dtype=np.int64, count=len(labels))])

    def voters(self) -> tuple[Vectors, tuple[str, ...]]:
        """(m, d) vectors of all that votes, by row and examples last, and m labels."""
        voting = dict(sorted({**self.labels, **self.carried}.items()))
        beside = [each.vector for each in self.examples]
        vectors = np.concatenate([self.vectors_of(voting), np.reshape(beside, (-1, len(self.spot.mean)))])
        labels = (*voting.values(), *(each.label for each in self.examples))
        return vectors.astype(np.float32, copy=False), labels

    def ids(self, row_range: RowRange) -> list[str]:
        """Of a stretch of rows."""
        return ids_of(self.scratch, row_range.shard, row_range.group)

    def all_ids(self) -> list[str]:
        """Of all rows.

        Raises:
            InvalidInput: two rows have the same.
        """
        ids = [each for row_range in self.row_ranges for each in self.ids(row_range)]
        if len(set(ids)) < len(ids):
            twice = next(each for each, count in Counter(ids).items() if count > 1)
            first = ids.index(twice)
            raise _twice(twice, self._place(first), self._place(ids.index(twice, first + 1)))
        return ids

    def _place(self, row: int) -> str:
        """Where a row came from, in words."""
        row_range = next(each for each in self.row_ranges if row < each.stop)
        begin = min(each.start for each in self.row_ranges if each.shard == row_range.shard)
        return f"row {row - begin + 1} of {self.files[row_range.shard]}"

    def eligible(self, start: int = 0, stop: int | None = None) -> NDArray[np.bool_]:
        """Which rows of a stretch may be chosen: neither labelled nor aside."""
        last = self.rows if stop is None else stop
        eligible = np.ones(last - start, dtype=np.bool_)
        for taken in (np.fromiter(self.labels, dtype=np.int64, count=len(self.labels)), self.aside):
            eligible[taken[(taken >= start) & (taken < last)] - start] = False
        return eligible


def pool_on_disk(
    scratch: Scratch,
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
    told = [scratch.facts(task.name) for task in tasks]
    spots = [Spot(each["rows"], np.array(each["mean"]), each["square"]) for each in told]
    row_of = _rows_by_id(tasks, told)
    _check_known(labels_file, given, row_of)
    labels, carried = (
        dict(sorted((row_of[item], label) for item, label in each.items() if item in row_of))
        for each in (given.labels, given.carried)
    )
    aside, kept = (
        np.array(sorted(row_of[item] for item in each if item in row_of), dtype=np.int64)
        for each in (given.aside, given.never_filter)
    )
    spot = reduce(Spot.joined, spots)
    examples = _examples(labels_file, given, len(spot.mean), metric)
    votes = labels, carried, examples, given.passed_over
    files = tuple(map(str, tasks))
    pool = PoolOnDisk(scratch, spot.rows, spot, *votes, aside, kept, tuple(row_ranges), files)
    if pool.rows <= CHECKED_ROWS:
        pool.all_ids()
    return pool


def _rows_by_id(tasks: list[ShardTask], told: list[dict[str, Any]]) -> dict[str, int]:
    row_of: dict[str, int] = {}
    for task, each in zip(tasks, told, strict=True):
        for item, row in each["found"].items():
            if item in row_of:
                earlier = next(before for before in reversed(tasks) if before.first_row <= row_of[item])
                places = ((earlier, row_of[item]), (task, row))
                raise _twice(item, *(f"row {at - of.first_row + 1} of {of}" for of, at in places))
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


def _examples(labels_file: Path, given: GivenLabels, dimension: int, metric: Metric) -> tuple[Example, ...]:
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
        examples.append(Example(name, rows[0], example.label))
    return tuple(examples)


def _twice(item_id: str, first: str, second: str) -> InvalidInput:
    return InvalidInput.at(
        f"id {item_id!r}", f"is there twice in the pool, in {first} and in {second}; ids must differ"
    )
