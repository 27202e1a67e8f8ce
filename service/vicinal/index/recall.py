"""How much of the true neighbours approximate lists hold."""

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.madvise import release_pages
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric
from vicinal.index.exact import FAISS_METRICS
from vicinal.index.ranking import similarities_of
from vicinal.index.threads import faiss_threads

SAMPLED_ROWS = 200

_ROWS_AT_A_TIME = 16_384

# Similarities that differ by less are taken for equal: matrix products round.
_TIE = 1e-5


def estimated_recall(pool: Vectors, lists: Neighbours, metric: Metric, threads: int) -> float:
    """The mean part of the K nearest others that lists hold, on a fixed sample, by exact search.

    A neighbour counts if it is as near as the K-th nearest: of equally near ones any will do.

    Args:
        pool: (N, d) prepared vectors, N at least 2.
        lists: (N, K) of all rows.
        metric: of the pool.
        threads: for FAISS.

    Returns:
        0 to 1.
    """
    rows = np.sort(np.random.default_rng(0).permutation(len(pool))[:SAMPLED_ROWS])
    count = min(lists.keys.shape[1], len(pool) - 1)
    similarities, found = _nearest(pool, rows, count + 1, metric, threads)
    own = found == rows[:, np.newaxis]
    # A row that has more copies than places may not find itself; then the last one found is one too many.
    own[~own.any(axis=1), -1] = True
    farthest = similarities[~own].reshape(len(rows), count)[:, -1]
    held = lists.similarities[rows, :count] >= farthest[:, np.newaxis] - _TIE
    return float(held.mean())


def _nearest(
    pool: Vectors, rows: NDArray[np.int64], count: int, metric: Metric, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, count) similarities and numbers of the rows nearest to each of some rows, nearest first."""
    queries = pool[rows]
    near, found = [], []
    for start in range(0, len(pool), _ROWS_AT_A_TIME):
        part = pool[start : start + _ROWS_AT_A_TIME]
        with faiss_threads(threads):
            scores, keys = faiss.knn(queries, part, min(count, len(part)), metric=FAISS_METRICS[metric])
        near.append(similarities_of(scores, metric))
        found.append(keys + start)
        release_pages(pool)
    similarities, numbers = np.concatenate(near, axis=1), np.concatenate(found, axis=1)
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(similarities, order, axis=1), np.take_along_axis(numbers, order, axis=1)
