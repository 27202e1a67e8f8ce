"""Duplicates among vectors, by their distances alone."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import OnProgress
from vicinal.core.errors import InvalidInput
from vicinal.core.records import Neighbours
from vicinal.core.search import nearest_among
from vicinal.core.similarity import prepare_rows
from vicinal.duplicates.grouping import Findings, UncomparedItem, named
from vicinal.duplicates.vectors.finder import VectorDuplicateFinder
from vicinal.records.pool_options import Metric


def find_duplicates(
    ids: Sequence[str],
    vectors: ArrayLike,
    neighbours: Callable[[Vectors, Metric], Neighbours],
    on_progress: OnProgress,
    *,
    metric: Metric = Metric.COSINE,
    known: int = 0,
) -> Findings:
    """Groups the vectors that are nearer to one another than chance would put them.

    Args:
        ids: n names.
        vectors: (n, d) real numbers.
        neighbours: the nearest other rows of each of (m, d) prepared vectors.
        on_progress: called after each step.
        metric: what is near.
        known: so many at the beginning are those that the others are compared with: they are the
            representatives of what is a duplicate of them.

    Raises:
        InvalidInput: the vectors are not (n, d) numbers.
    """
    given = np.asarray(vectors)
    if given.ndim != 2 or len(given) != len(ids):
        raise InvalidInput.at(
            "vectors", f"have the shape {given.shape}; give ({len(ids)}, dimension) numbers"
        )
    prepared, errors = prepare_rows(given, given.shape[1], metric)
    good = [row for row in range(len(ids)) if row not in errors]
    rows, there = prepared[good], sum(row < known for row in good)
    lists = neighbours(rows, metric)
    finder = VectorDuplicateFinder(
        lambda positions: [rows[each].astype("<f4").tobytes() for each in positions],
        lambda: lists,
        lambda queries, count: _nearest(queries, rows, count, metric),
        metric,
    )
    for done, row in enumerate(rows, start=1):
        finder.grow([finder.sketch(row)])
        on_progress("reading", done, len(rows))
    groups = finder.groups(range(len(rows)), range(there), on_progress)
    left_out = [
        UncomparedItem(ids[row], error.violations[0].description) for row, error in sorted(errors.items())
    ]
    return Findings(len(rows) - there, named(groups, [ids[row] for row in good], there), left_out)


def _nearest(queries: Vectors, rows: Vectors, count: int, metric: Metric) -> Neighbours:
    similarities, keys = nearest_among(queries, rows, count, metric)
    return Neighbours(keys, similarities)
