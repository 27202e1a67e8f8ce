"""How much of the true neighbours approximate lists hold."""

import faiss
import numpy as np

from vicinal.core.ports import Neighbours, Vectors
from vicinal.core.similarity import Metric
from vicinal.index.exact import FAISS_METRICS
from vicinal.index.ranking import similarities_of
from vicinal.index.threads import faiss_threads

SAMPLED_ROWS = 200

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
    with faiss_threads(threads):
        scores, found = faiss.knn(pool[rows], pool, count + 1, metric=FAISS_METRICS[metric])
    similarities = similarities_of(scores, metric)
    own = found == rows[:, np.newaxis]
    # A row that has more copies than places may not find itself; then the last one found is one too many.
    own[~own.any(axis=1), -1] = True
    farthest = similarities[~own].reshape(len(rows), count)[:, -1]
    held = lists.similarities[rows, :count] >= farthest[:, np.newaxis] - _TIE
    return float(held.mean())
