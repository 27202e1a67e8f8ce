"""The nearest of vectors that were each looked at several times."""

import numpy as np

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.search import best_first
from vicinal.core.similarity import Metric, similarities

# Similarities held at a time.
_VIEW_PAIRS = 1 << 23


def nearest_by_augmentations(
    augmentations: Vectors, pool: Vectors, count: int, metric: Metric
) -> tuple[Vectors, Positions]:
    """The pool vectors that are most similar to any view of each item.

    Args:
        augmentations: (n, v, d) prepared vectors, v views of each of n items, at least one.
        pool: (m, d) prepared vectors.
        count: how many at most.
        metric: as in `similarity_to`; similarities are those of a matrix product, exact but for rounding.

    Returns:
        (n, min(count, m)) float32 similarity of the most similar view, largest first, and int64 rows of the
        pool; of equally near ones, the smaller row.

    >>> looked_at = np.float32([[[1, 0], [0, 1]]])
    >>> nearest_by_augmentations(looked_at, np.float32([[-1, 0], [0, 1], [0.8, 0.6]]), 2, Metric.COSINE)[1]
    array([[1, 2]])
    """
    items, seen, dimension = augmentations.shape
    count = min(count, len(pool))
    nearest = np.zeros((items, count), dtype=np.float32)
    rows = np.zeros((items, count), dtype=np.int64)
    if count == 0:
        return nearest, rows
    block = max(1, _VIEW_PAIRS // (seen * len(pool)))
    for start in range(0, items, block):
        queries = np.asarray(augmentations[start : start + block], dtype=np.float32)
        alike = similarities(queries.reshape(-1, dimension), pool, metric)
        best = alike.reshape(len(queries), seen, len(pool)).max(axis=1)
        nearest[start : start + block], rows[start : start + block] = best_first(best, count)
    return nearest, rows
