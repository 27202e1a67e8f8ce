"""Exact nearest neighbours, and the lists of pools small enough to compare all with all."""

from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.core.similarity import similarity_to
from vicinal.index.kernels import (
    NO_KEY,
    NO_SIMILARITY,
    convert_to_similarities,
    make_empty_lists,
    merge_better,
    rank_neighbours,
    stack_lists,
)
from vicinal.index.threads import Report, faiss_threads
from vicinal.records.pool_options import Metric

FAISS_METRICS = {Metric.COSINE: faiss.METRIC_INNER_PRODUCT, Metric.EUCLIDEAN: faiss.METRIC_L2}

SPARE_CANDIDATES = 8
"""Candidates beyond those asked for, so that near ties rarely need a whole pass."""

RELATIVE_ERROR = 1e-5
"""Bound on the error of a float32 matrix product of thousands of terms, in units of the squared norms."""

_BLOCK_ROWS = 2048


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
    found = make_empty_lists(len(queries), count)
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
        best = find_nearest_exactly(base[candidates], names[candidates], queries[row], count, metric)
        if not proposed.rest_bound[row] < max(best.similarities[0, -1], lowest[row]):
            content = queries[row].tobytes()
            if content not in whole:
                whole[content] = find_nearest_exactly(base, names, queries[row], count, metric)
            best = whole[content]
        found.keys[row], found.similarities[row] = best.keys[0], best.similarities[0]
    return found


def find_nearest_exactly(
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
    return rank_neighbours(keys[None, :], similarity_to(base, query, metric)[None, :], count)


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
        nearer = convert_to_similarities(scores - np.float32(RELATIVE_ERROR) * squares[:, None], metric)
    return nearer * np.float32(1 + RELATIVE_ERROR)


def grow_exact_lists(
    pool: Vectors, known: Neighbours, metric: Metric, threads: int, report: Report
) -> Neighbours:
    """The lists of all rows of a pool, from those of its first rows.

    Args:
        pool: (N, d) prepared vectors.
        known: (n, K) exact lists of the first n.
        metric: of the pool.
        threads: for FAISS.
        report: called with the part that is done, 0 to 1.

    Returns:
        (N, K) exact lists, the same whatever n is.
    """
    seen, count = known.keys.shape
    added = len(pool) - seen
    lists = stack_lists(known, make_empty_lists(added, count))
    for rows in _blocks(seen, len(pool)):
        around = drop_own_rows(nearest(pool, pool[rows], count + 1, metric, threads=threads), rows, count)
        lists.keys[rows], lists.similarities[rows] = around.keys, around.similarities
        report((rows[-1] + 1 - seen) / added * len(pool) / (len(pool) + seen))
    for rows in _blocks(0, seen):
        floors = known.similarities[rows, -1]
        keys = np.arange(seen, len(pool))
        offered = nearest(pool[seen:], pool[rows], count, metric, keys=keys, floors=floors, threads=threads)
        touched = offered.keys[:, 0] != NO_KEY
        merge_better(lists, rows[touched], Neighbours(offered.keys[touched], offered.similarities[touched]))
        report((len(pool) + rows[-1] + 1) / (len(pool) + seen))
    return lists


def _blocks(start: int, end: int) -> list[NDArray[np.int64]]:
    return [np.arange(i, min(i + _BLOCK_ROWS, end)) for i in range(start, end, _BLOCK_ROWS)]


def drop_own_rows(around: Neighbours, own: NDArray[np.int64], count: int) -> Neighbours:
    """The first `count` of `count` + 1 neighbours, the row itself left out."""
    is_own = around.keys == own[:, np.newaxis]
    return rank_neighbours(
        np.where(is_own, NO_KEY, around.keys),
        np.where(is_own, np.float32(NO_SIMILARITY), around.similarities),
        count,
    )
