"""Exact nearest neighbours: proposed by FAISS, measured by `core.similarity`.

FAISS multiplies matrices, so that its last bits depend on where a vector stands in a block, and equal
similarities come out in any order. Here it only proposes candidates, some more than asked for; each is
measured again pair by pair, and where the cut falls too close to what was not proposed, the whole base is
measured. The outcome is bit for bit that of brute force, whatever the rows came with.
"""

from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric, similarity_to
from vicinal.index.ranking import NO_SIMILARITY, no_neighbours, ranked, similarities_of
from vicinal.index.threads import faiss_threads

FAISS_METRICS = {Metric.COSINE: faiss.METRIC_INNER_PRODUCT, Metric.EUCLIDEAN: faiss.METRIC_L2}

SPARE_CANDIDATES = 8
"""Candidates beyond those asked for, so that near ties rarely need a whole pass."""

RELATIVE_ERROR = 1e-5
"""Bound on the error of a float32 matrix product of thousands of terms, in units of the squared norms."""


def nearest(
    base: Vectors,
    queries: Vectors,
    count: int,
    metric: Metric,
    *,
    keys: NDArray[np.int64] | None = None,
    floors: NDArray[np.float32] | None = None,
    threads: int = 1,
) -> Neighbours:
    """The `count` rows of `base` nearest to each query; equal similarities by smaller key.

    Args:
        base: (n, d) prepared vectors.
        queries: (m, d) prepared vectors.
        count: 1 or more.
        metric: of both.
        keys: (n,) of the rows of `base`; their numbers, if left out.
        floors: (m,) similarities; rows of `base` that are not nearer than that may be left out.
        threads: for FAISS.

    Returns:
        (m, count).
    """
    found = no_neighbours(len(queries), count)
    if len(base) == 0 or len(queries) == 0:
        return found
    names = np.arange(len(base)) if keys is None else keys
    lowest = np.full(len(queries), NO_SIMILARITY, dtype=np.float32) if floors is None else floors
    proposed = _propose(base, queries, count, metric, threads)
    # Rows that tie with many are mostly duplicates of one another: one whole pass serves them all.
    whole: dict[bytes, Neighbours] = {}
    # "Not below" instead of "above": bounds of numbers too large for FAISS are NaN and settle nothing.
    for row in np.flatnonzero(~(proposed.nearest_bound < lowest)):
        candidates = proposed.rows[row][proposed.rows[row] >= 0]
        best = measured(base[candidates], names[candidates], queries[row], count, metric)
        if not proposed.rest_bound[row] < max(best.similarities[0, -1], lowest[row]):
            copy = queries[row].tobytes()
            if copy not in whole:
                whole[copy] = measured(base, names, queries[row], count, metric)
            best = whole[copy]
        found.keys[row], found.similarities[row] = best.keys[0], best.similarities[0]
    return found


def measured(
    base: Vectors, keys: NDArray[np.int64], query: Vectors, count: int, metric: Metric
) -> Neighbours:
    """The `count` nearest of all rows of `base`, by brute force, as one row of neighbours.

    Args:
        base: (n, d) prepared vectors.
        keys: (n,) of the rows of `base`.
        query: (d,) prepared vector.
        count: 1 or more.
        metric: of both.
    """
    return ranked(keys[None, :], similarity_to(base, query, metric)[None, :], count)


@dataclass(frozen=True)
class _Proposal:
    """Candidates of each query.

    Attributes:
        rows: (m, k) of the base.
        nearest_bound: (m,) no row is nearer than that.
        rest_bound: (m,) no row that was not proposed is nearer than that.
    """

    rows: NDArray[np.int64]
    nearest_bound: NDArray[np.float32]
    rest_bound: NDArray[np.float32]


def _propose(base: Vectors, queries: Vectors, count: int, metric: Metric, threads: int) -> _Proposal:
    k = min(count + SPARE_CANDIDATES, len(base))
    with faiss_threads(threads):
        scores, rows = faiss.knn(queries, base, k, metric=FAISS_METRICS[metric])
    bounds = _bounds(scores[:, [0, -1]], base, queries, metric)
    rest = np.full(len(queries), NO_SIMILARITY, dtype=np.float32) if k == len(base) else bounds[:, 1]
    return _Proposal(rows, bounds[:, 0], rest)


def _bounds(
    scores: NDArray[np.float32], base: Vectors, queries: Vectors, metric: Metric
) -> NDArray[np.float32]:
    if metric is Metric.COSINE:
        return scores + np.float32(RELATIVE_ERROR)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.vecdot(queries, queries) + np.vecdot(base, base).max()
        nearer = similarities_of(scores - np.float32(RELATIVE_ERROR) * squares[:, None], metric)
    return nearer * np.float32(1 + RELATIVE_ERROR)
