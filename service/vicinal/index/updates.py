"""New rows that may be neighbours of rows seen before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric
from vicinal.index.candidates import Candidates, exact_similarities
from vicinal.index.kernels import Rows
from vicinal.index.ranking import better, no_neighbours, similarities_of

# More than what `nearness` is wrong by.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class ReverseUpdates:
    """New rows to take up as neighbours, one in each place.

    Attributes:
        rows: (n,) seen before, whom it is offered to.
        keys: (n,) the new row.
        similarities: (n,) of the two, above that of the row's farthest neighbour.
    """

    rows: Rows
    keys: Rows
    similarities: NDArray[np.float32]


def find_reverse_updates(
    pool: Vectors, candidates: Candidates, floors: NDArray[np.float32], metric: Metric
) -> ReverseUpdates:
    """Offers of new rows to those of their candidates that were seen before and are near enough.

    Args:
        pool: (N, d) prepared vectors.
        candidates: of new rows.
        floors: similarity of the farthest neighbour of each row seen before.
        metric: of the pool.
    """
    known = (candidates.keys >= 0) & (candidates.keys < len(floors))
    place, column = np.nonzero(known)
    rows, keys, near = candidates.keys[place, column], candidates.rows[place], candidates.near[place, column]
    rough = near if metric is Metric.COSINE else similarities_of(-near, metric)
    near_enough = rough > floors[rows] - _ROUNDING
    rows, keys = rows[near_enough], keys[near_enough]
    similarities = exact_similarities(pool, keys, rows, metric)
    nearer = similarities > floors[rows]
    return ReverseUpdates(rows[nearer], keys[nearer], similarities[nearer])


def apply_reverse_updates(lists: Neighbours, updates: Sequence[ReverseUpdates]) -> None:
    """Lets lists in place take up the best of what they were offered, whatever order it came in."""
    rows = np.concatenate([some.rows for some in updates])
    if len(rows) == 0:
        return
    keys = np.concatenate([some.keys for some in updates])
    similarities = np.concatenate([some.similarities for some in updates])
    order = np.lexsort((keys, -similarities, rows))
    touched, first, of_touched = np.unique(rows[order], return_index=True, return_inverse=True)
    place = np.arange(len(order)) - first[of_touched]
    kept = place < lists.keys.shape[1]
    best = no_neighbours(len(touched), lists.keys.shape[1], np.int32)
    best.keys[of_touched[kept], place[kept]] = keys[order][kept]
    best.similarities[of_touched[kept], place[kept]] = similarities[order][kept]
    better(lists, touched, best)
