"""The one order of neighbours: nearest first, equal similarities by smaller key."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric

NO_KEY = -1
NO_SIMILARITY = -np.inf


def no_neighbours(rows: int, count: int) -> Neighbours:
    """Places for `count` neighbours of each row, none taken."""
    return Neighbours(
        np.full((rows, count), NO_KEY, dtype=np.int64),
        np.full((rows, count), NO_SIMILARITY, dtype=np.float32),
    )


def ranked(keys: NDArray[np.int64], similarities: NDArray[np.float32], count: int) -> Neighbours:
    """The first `count` of each row.

    Args:
        keys: (n, m), -1 where there is none.
        similarities: (n, m) float32, -inf where there is none.
        count: width of the answer, which is padded where m is less.

    Examples:
        >>> ranked(np.array([[7, 3, 5]]), np.array([[0.5, 0.5, 0.9]], dtype=np.float32), 2).keys
        array([[5, 3]])
    """
    order = np.lexsort((keys, -similarities), axis=1)[:, :count]
    found = no_neighbours(len(keys), count)
    found.keys[:, : order.shape[1]] = np.take_along_axis(keys, order, axis=1)
    found.similarities[:, : order.shape[1]] = np.take_along_axis(similarities, order, axis=1)
    return found


def similarities_of(scores: NDArray[np.float32], metric: Metric) -> NDArray[np.float32]:
    """Similarities of what FAISS measures: the dot product, or the squared distance."""
    if metric is Metric.COSINE:
        return scores
    return np.float32(1) / (np.float32(1) + np.sqrt(np.maximum(scores, np.float32(0))))
