"""The nearest of a set of vectors: as exact as comparing every pair, at the price of a matrix product."""

from collections.abc import Callable
from typing import TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.similarity import exact_similarities, pair_similarity, similarities
from vicinal.records.pool_options import Metric

F = TypeVar("F", np.float32, np.float64)

REPORTED_CLASSES = 32
"""Classes that are reported of an item at most: with thousands, a matrix of all would not fit."""

_BLOCK_ROWS = 256
# Pairs of a matrix product in memory at a time.
_BLOCK_PAIRS = 1 << 22
# Beyond this distance a float32 square overflows, and all similarities are 0.
_FARTHEST = 1e18

# Of (n, d) queries: (n, m) nearness to the others, and (n, 1) the least that one of the nearest can have.
_Comparison = Callable[[Vectors, int], tuple[NDArray[np.floating], NDArray[np.floating]]]

# Similarities in memory at a time.
_AUGMENTATION_PAIRS = 1 << 23


def nearest_among(queries: Vectors, others: Vectors, count: int, metric: Metric) -> tuple[Vectors, Positions]:
    """The vectors most similar to each query, by `similarity_to` to the last bit.

    A matrix product finds all that can be among the nearest, given how far its rounding may lead astray;
    those alone are compared exactly.

    Args:
        queries: (n, d) prepared vectors.
        others: (m, d) prepared vectors.
        count: how many at most.
        metric: as in `similarity_to`.

    Returns:
        (n, min(count, m)) float32 similarities, largest first, and int64 rows of `others`; of equally near
        ones, the smaller row.

    >>> nearest_among(np.float32([[1, 0]]), np.float32([[0, 1], [1, 0], [1, 0]]), 2, Metric.COSINE)
    (array([[1., 1.]], dtype=float32), array([[1, 2]]))
    """
    count = min(count, len(others))
    if count == 0:
        return np.zeros((len(queries), 0), dtype=np.float32), np.zeros((len(queries), 0), dtype=np.int64)
    nearest = np.zeros((len(queries), count), dtype=np.float32)
    rows = np.zeros((len(queries), count), dtype=np.int64)
    compare = _compare_cosine(others) if metric is Metric.COSINE else _compare_euclidean(others)
    block = min(_BLOCK_ROWS, max(1, _BLOCK_PAIRS // max(1, len(others))))
    for start in range(0, len(queries), block):
        here = slice(start, start + block)
        nearest[here], rows[here] = _nearest_of_block(queries[here], others, count, metric, compare)
    return nearest, rows


def order_best_first(similarities: NDArray[F], count: int) -> tuple[NDArray[F], Positions]:
    """The largest values of each row with their columns, largest first; of equals, the smaller column.

    Args:
        similarities: (n, m).
        count: how many at most.

    Returns:
        (n, min(count, m)) values and columns.

    >>> order_best_first(np.float32([[0.5, 0.9, 0.5, 0.5]]), 3)
    (array([[0.9, 0.5, 0.5]], dtype=float32), array([[1, 0, 2]]))
    """
    if not similarities.size:
        none = np.zeros((len(similarities), 0), dtype=np.int64)
        return similarities[:, :0], none
    columns = _largest(similarities, min(count, similarities.shape[1]))
    values = np.take_along_axis(similarities, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(columns, order, axis=1)


def _nearest_of_block(
    queries: Vectors, others: Vectors, count: int, metric: Metric, compare: "_Comparison"
) -> tuple[Vectors, Positions]:
    widest = 4 * count + 16
    if len(others) <= widest:
        return order_best_first(exact_similarities(queries, others, metric), count)
    rough, least = compare(queries, count)
    width, columns = _reaching(rough, least[:, 0], widest)
    nearest = np.zeros((len(queries), count), dtype=np.float32)
    rows = np.zeros((len(queries), count), dtype=np.int64)
    few, many = np.flatnonzero(width <= widest), np.flatnonzero(width > widest)
    if len(few):
        candidates = columns[few, : int(width[few].max())]
        exact = pair_similarity(queries[few, np.newaxis], others[candidates], metric)
        exact[np.arange(candidates.shape[1]) >= width[few, np.newaxis]] = -np.inf
        nearest[few], places = order_best_first(exact, count)
        rows[few] = np.take_along_axis(candidates, places, axis=1)
    if len(many):
        nearest[many], rows[many] = order_best_first(exact_similarities(queries[many], others, metric), count)
    return nearest, rows


def _compare_cosine(others: Vectors) -> _Comparison:
    # A dot product of unit vectors in float32, in whatever order, is within d * 2**-24 of the true one.
    # Rough and exact value, of the candidate and of the one at the edge: four such errors.
    stray = np.float32(others.shape[1] * 2.0**-22)

    def compare(queries: Vectors, count: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        rough = queries @ others.T
        return rough, _edge_of(rough, count) - stray

    return compare


def _compare_euclidean(others: Vectors) -> _Comparison:
    wide = others.astype(np.float64)
    squares_of_others = np.vecdot(wide, wide)
    dimension = others.shape[1]

    def compare(queries: Vectors, count: int) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        left = queries.astype(np.float64)
        squares = np.vecdot(left, left)[:, np.newaxis]
        rough = 2 * (left @ wide.T) - squares - squares_of_others
        # The product cancels: what it may be off grows with the vectors' length, not with their distance.
        stray = (squares + squares_of_others.max()) * (dimension + 4) * 2.0**-50
        edge = np.sqrt(np.maximum(-_edge_of(rough, count), 0.0) + stray)
        # The exact comparison is of 1 + distance in float32.
        farthest = (1 + edge) * (1 + (dimension + 8) * 2.0**-22) - 1
        return rough, np.where(farthest < _FARTHEST, -(farthest**2) - stray, -np.inf)

    return compare


def _largest(values: NDArray[np.floating], count: int) -> Positions:
    """(n, count) columns of the largest, ascending; at the edge, the smaller columns of equals."""
    edge = _edge(values, count)
    above, at_edge = values > edge, values == edge
    room = count - above.sum(axis=1, keepdims=True)
    chosen = above | (at_edge & (np.cumsum(at_edge, axis=1) <= room))
    return np.nonzero(chosen)[1].reshape(len(values), count)


def _edge(values: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    """(n, 1) the count-th largest of each row."""
    edge: NDArray[np.floating] = np.partition(values, -count, axis=1)[:, -count, np.newaxis]
    return edge


def _edge_of(rough: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    """As `_edge`, for few of many: one pass without a copy."""
    edges: NDArray[np.floating] = _count_th(rough, count)[:, np.newaxis]
    return edges


@numba.njit(cache=True, nogil=True)
def _count_th(rough: NDArray[np.floating], count: int) -> NDArray[np.floating]:
    """(n,) the count-th largest of each row."""
    edges = np.empty(len(rough), dtype=rough.dtype)
    held = np.empty(count, dtype=rough.dtype)
    for row in range(len(rough)):
        values = rough[row]
        held[:] = -np.inf
        edge = held[count - 1]
        for column in range(len(values)):
            value = values[column]
            if value > edge:
                place = count - 1
                while place > 0 and held[place - 1] < value:
                    held[place] = held[place - 1]
                    place -= 1
                held[place] = value
                edge = held[count - 1]
        edges[row] = edge
    return edges


@numba.njit(cache=True, nogil=True)
def _reaching(
    rough: NDArray[np.floating], least: NDArray[np.floating], widest: int
) -> tuple[Positions, Positions]:
    """How many values of each row reach `least`, and the columns of the first `widest` of them."""
    width = np.zeros(len(rough), dtype=np.int64)
    columns = np.zeros((len(rough), widest), dtype=np.int64)
    for row in range(len(rough)):
        values, bound = rough[row], least[row]
        found = 0
        for column in range(len(values)):
            if values[column] >= bound:
                if found < widest:
                    columns[row, found] = column
                found += 1
        width[row] = found
    return width, columns


def nearest_by_augmentations(
    augmentations: Vectors, pool: Vectors, count: int, metric: Metric
) -> tuple[Vectors, Positions]:
    """The pool vectors that are most similar to any augmentation of each item.

    Args:
        augmentations: (n, v, d) prepared vectors, v augmentations of each of n items, at least one.
        pool: (m, d) prepared vectors.
        count: how many at most.
        metric: as in `similarity_to`; similarities are those of a matrix product, exact but for rounding.

    Returns:
        (n, min(count, m)) float32 similarity of the most similar augmentation, largest first, and int64 rows
        of the pool; of equally near ones, the smaller row.

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
    block = max(1, _AUGMENTATION_PAIRS // (seen * len(pool)))
    for start in range(0, items, block):
        queries = np.asarray(augmentations[start : start + block], dtype=np.float32)
        similar = similarities(queries.reshape(-1, dimension), pool, metric)
        best = similar.reshape(len(queries), seen, len(pool)).max(axis=1)
        nearest[start : start + block], rows[start : start + block] = order_best_first(best, count)
    return nearest, rows
