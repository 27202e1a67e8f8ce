"""Neighbour lists of pools that are small enough to compare all with all."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric
from vicinal.index.blocks import Report
from vicinal.index.exact import nearest
from vicinal.index.ranking import NO_KEY, NO_SIMILARITY, better, no_neighbours, ranked, stacked

_BLOCK_ROWS = 2048


def exactly_grown(
    pool: Vectors, known: Neighbours, metric: Metric, threads: int, report: Report
) -> Neighbours:
    """The lists of all rows of a pool, from those of its first rows.

    Args:
        pool: (N, d) prepared vectors.
        known: (n, K) exact lists of the first n.
        metric: of the pool.
        threads: for FAISS.
        report: is told how far it has come.

    Returns:
        (N, K) exact lists, the same whatever n is.
    """
    seen, count = known.keys.shape
    added = len(pool) - seen
    lists = stacked(known, no_neighbours(added, count))
    for rows in _blocks(seen, len(pool)):
        around = without_own(nearest(pool, pool[rows], count + 1, metric, threads=threads), rows, count)
        lists.keys[rows], lists.similarities[rows] = around.keys, around.similarities
        report((rows[-1] + 1 - seen) / added * len(pool) / (len(pool) + seen))
    for rows in _blocks(0, seen):
        floors = known.similarities[rows, -1]
        keys = np.arange(seen, len(pool))
        offered = nearest(pool[seen:], pool[rows], count, metric, keys=keys, floors=floors, threads=threads)
        touched = offered.keys[:, 0] != NO_KEY
        better(lists, rows[touched], Neighbours(offered.keys[touched], offered.similarities[touched]))
        report((len(pool) + rows[-1] + 1) / (len(pool) + seen))
    return lists


def _blocks(start: int, end: int) -> list[NDArray[np.int64]]:
    return [np.arange(i, min(i + _BLOCK_ROWS, end)) for i in range(start, end, _BLOCK_ROWS)]


def without_own(around: Neighbours, own: NDArray[np.int64], count: int) -> Neighbours:
    """The first `count` of `count` + 1 neighbours, the row itself left out."""
    is_own = around.keys == own[:, np.newaxis]
    return ranked(
        np.where(is_own, NO_KEY, around.keys),
        np.where(is_own, np.float32(NO_SIMILARITY), around.similarities),
        count,
    )
