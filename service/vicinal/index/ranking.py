"""The one order of neighbours: nearest first, equal similarities by smaller key."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric

Keys = NDArray[np.int64] | NDArray[np.int32]

NO_KEY = -1
NO_SIMILARITY = -np.inf


def no_neighbours(
    rows: int, count: int, key: type[np.int64] | type[np.int32] | np.dtype[Any] = np.int64
) -> Neighbours:
    """Places for `count` neighbours of each row, none taken."""
    return Neighbours(
        np.full((rows, count), NO_KEY, dtype=key),
        np.full((rows, count), NO_SIMILARITY, dtype=np.float32),
    )


def ranked(keys: Keys, similarities: NDArray[np.float32], count: int) -> Neighbours:
    """The first `count` of each row.

    Args:
        keys: (n, m), -1 where there is none; the answer's are of the same type.
        similarities: (n, m) float32, -inf where there is none.
        count: width of the answer, which is padded where m is less.

    Examples:
        >>> ranked(np.array([[7, 3, 5]]), np.array([[0.5, 0.5, 0.9]], dtype=np.float32), 2).keys
        array([[5, 3]])
    """
    order = np.lexsort((keys, -similarities), axis=1)[:, :count]
    found = no_neighbours(len(keys), count, keys.dtype)
    found.keys[:, : order.shape[1]] = np.take_along_axis(keys, order, axis=1)
    found.similarities[:, : order.shape[1]] = np.take_along_axis(similarities, order, axis=1)
    return found


def check_lists(pool: Vectors, lists: Neighbours, count: int) -> None:
    """The lists are of these rows, `count` wide.

    Raises:
        ValueError: they are not.
    """
    if lists.keys.shape != (len(pool), count):
        raise ValueError(f"the lists have shape {lists.keys.shape}, needed {(len(pool), count)}")


def stacked(upper: Neighbours, lower: Neighbours) -> Neighbours:
    """The lists of both, one below the other, as a copy with int32 keys."""
    return Neighbours(
        np.concatenate((upper.keys, lower.keys), dtype=np.int32),
        np.concatenate((upper.similarities, lower.similarities)),
    )


def better(lists: Neighbours, rows: NDArray[Any], offered: Neighbours) -> None:
    """Lets those rows' lists in place take up what was offered to them and is nearer than what they have.

    Args:
        lists: (N, K) with int32 keys.
        rows: (n,) of the lists.
        offered: (n, m) none of which is in the lists already.
    """
    merged = ranked(
        np.concatenate((lists.keys[rows], offered.keys.astype(np.int32)), axis=1),
        np.concatenate((lists.similarities[rows], offered.similarities), axis=1),
        lists.keys.shape[1],
    )
    lists.keys[rows], lists.similarities[rows] = merged.keys, merged.similarities


def similarities_of(scores: NDArray[np.float32], metric: Metric) -> NDArray[np.float32]:
    """Similarities of what FAISS measures: the dot product, or the squared distance."""
    if metric is Metric.COSINE:
        return scores
    return np.float32(1) / (np.float32(1) + np.sqrt(np.maximum(scores, np.float32(0))))
