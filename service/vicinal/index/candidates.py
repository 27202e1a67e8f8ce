"""The nearest of some candidates, told by the vectors themselves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric, pair_similarity
from vicinal.index.kernels import Rows, dot_products, squared_distances
from vicinal.index.ranking import NO_KEY, NO_SIMILARITY, ranked

_GATHERED_BYTES = 1 << 19


@dataclass(frozen=True)
class Candidates:
    """Rows that may be the nearest to some rows of a pool.

    Attributes:
        rows: (n,) whose neighbours are sought.
        keys: (n, m) each at most once, and never the row itself; -1 where there is none.
        near: (n, m) larger is nearer, right to rounding: the dot product (cosine), or minus the squared
            distance; -inf where there is none.
    """

    rows: Rows
    keys: Rows
    near: NDArray[np.float32]


def compared(pool: Vectors, rows: Rows, keys: Rows, metric: Metric) -> Candidates:
    """Compares each of (n,) rows with its (n, m) candidates, which may come twice or be the row itself."""
    ordered = np.sort(keys, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = NO_KEY
    ordered[ordered == rows[:, np.newaxis]] = NO_KEY
    return Candidates(rows, ordered, nearness(pool, rows, ordered, metric))


def nearness(pool: Vectors, rows: Rows, keys: Rows, metric: Metric) -> NDArray[np.float32]:
    """`Candidates.near` of (n, m) keys."""
    if metric is Metric.COSINE:
        return dot_products(pool, rows, keys)
    found: NDArray[np.float32] = -squared_distances(pool, rows, keys)
    return found


def nearest_of(pool: Vectors, candidates: Candidates, count: int, metric: Metric) -> Neighbours:
    """The `count` nearest of each row's candidates, with exact similarities; equal ones by smaller key."""
    keys = candidates.keys
    if keys.shape[1] > count:
        best = np.argpartition(-candidates.near, count - 1, axis=1)[:, :count]
        keys = np.take_along_axis(keys, best, axis=1)
    exact = exact_similarities(pool, np.repeat(candidates.rows, keys.shape[1]), keys.ravel(), metric)
    return ranked(keys, exact.reshape(keys.shape), count)


def exact_similarities(pool: Vectors, rows: Rows, others: Rows, metric: Metric) -> NDArray[np.float32]:
    """(n,) similarity of each pair of rows, as `pair_similarity` has it; -inf where the other is -1."""
    found = np.empty(len(rows), dtype=np.float32)
    step = max(1, _GATHERED_BYTES // (4 * pool.shape[1]))
    for start in range(0, len(rows), step):
        here = slice(start, start + step)
        found[here] = pair_similarity(pool[rows[here]], pool[others[here]], metric)
    found[others == NO_KEY] = NO_SIMILARITY
    return found
