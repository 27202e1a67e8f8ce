"""The one order of neighbours, and compiled inner loops over candidates."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.records.pool_options import Metric

Keys = NDArray[np.int64] | NDArray[np.int32]

NO_KEY = -1
NO_SIMILARITY = -np.inf

Rows = NDArray[np.int32]

# So that the compiler may add up several at a time; infinities keep their meaning.
SUMS_IN_ANY_ORDER = {"reassoc", "contract", "nsz"}


def make_empty_lists(
    rows: int, count: int, key: type[np.int64] | type[np.int32] | np.dtype[Any] = np.int64
) -> Neighbours:
    """Makes lists for `count` neighbours of each row, all empty."""
    return Neighbours(
        np.full((rows, count), NO_KEY, dtype=key),
        np.full((rows, count), NO_SIMILARITY, dtype=np.float32),
    )


def rank_neighbours(keys: Keys, similarities: NDArray[np.float32], count: int) -> Neighbours:
    """Sorts the neighbours of each row by similarity, then key, and keeps the first `count`.

    Args:
        keys: (n, m), -1 where there is none; the answer's are of the same type.
        similarities: (n, m) float32, -inf where there is none.
        count: width of the answer, which is padded where m is less.

    Examples:
        >>> rank_neighbours(np.array([[7, 3, 5]]), np.array([[0.5, 0.5, 0.9]], dtype=np.float32), 2).keys
        array([[5, 3]])
    """
    order = np.lexsort((keys, -similarities), axis=1)[:, :count]
    found = make_empty_lists(len(keys), count, keys.dtype)
    found.keys[:, : order.shape[1]] = np.take_along_axis(keys, order, axis=1)
    found.similarities[:, : order.shape[1]] = np.take_along_axis(similarities, order, axis=1)
    return found


def check_lists(pool: Vectors, lists: Neighbours, count: int) -> None:
    """Checks that there is one list for each row, `count` wide.

    Raises:
        ValueError: they are not.
    """
    if lists.keys.shape != (len(pool), count):
        raise ValueError(f"the lists have shape {lists.keys.shape}, needed {(len(pool), count)}")


def stack_lists(upper: Neighbours, lower: Neighbours) -> Neighbours:
    """The lists of both, one below the other, as new arrays with int32 keys."""
    return Neighbours(
        np.concatenate((upper.keys, lower.keys), dtype=np.int32),
        np.concatenate((upper.similarities, lower.similarities)),
    )


def merge_better(lists: Neighbours, rows: NDArray[Any], offered: Neighbours) -> None:
    """Merges offered neighbours into the lists of some rows, in place; each list keeps its nearest.

    Args:
        lists: (N, K) with int32 keys.
        rows: (n,) of the lists.
        offered: (n, m) none of which is in the lists already.
    """
    merged = rank_neighbours(
        np.concatenate((lists.keys[rows], offered.keys.astype(np.int32)), axis=1),
        np.concatenate((lists.similarities[rows], offered.similarities), axis=1),
        lists.keys.shape[1],
    )
    lists.keys[rows], lists.similarities[rows] = merged.keys, merged.similarities


def convert_to_similarities(scores: NDArray[np.float32], metric: Metric) -> NDArray[np.float32]:
    """Similarities of what FAISS measures: the dot product, or the squared distance."""
    if metric is Metric.COSINE:
        return scores
    return np.float32(1) / (np.float32(1) + np.sqrt(np.maximum(scores, np.float32(0))))


@numba.njit(cache=True, nogil=True, fastmath=SUMS_IN_ANY_ORDER)
def dot_products(pool: Vectors, rows: Rows, candidates: Rows) -> NDArray[np.float32]:
    """Of each row's vector with those of its candidates, right to rounding.

    Args:
        pool: (N, d).
        rows: (n,) of the pool.
        candidates: (n, m) rows of the pool, -1 where there is none.

    Returns:
        (n, m), -inf where there is no candidate.
    """
    found = np.empty(candidates.shape, dtype=np.float32)
    for place in range(len(rows)):
        vector = pool[rows[place]]
        for column in range(candidates.shape[1]):
            candidate = candidates[place, column]
            total = np.float32(-np.inf)
            if candidate >= 0:
                other = pool[candidate]
                total = np.float32(0)
                for i in range(len(vector)):
                    total += vector[i] * other[i]
            found[place, column] = total
    return found


@numba.njit(cache=True, nogil=True, fastmath=SUMS_IN_ANY_ORDER)
def squared_distances(pool: Vectors, rows: Rows, candidates: Rows) -> NDArray[np.float32]:
    """As `dot_products`, but squared distances, inf where there is no candidate."""
    found = np.empty(candidates.shape, dtype=np.float32)
    for place in range(len(rows)):
        vector = pool[rows[place]]
        for column in range(candidates.shape[1]):
            candidate = candidates[place, column]
            total = np.float32(np.inf)
            if candidate >= 0:
                other = pool[candidate]
                total = np.float32(0)
                for i in range(len(vector)):
                    difference = vector[i] - other[i]
                    total += difference * difference
            found[place, column] = total
    return found


@numba.njit(cache=True, nogil=True)
def keep_nearest(
    near: NDArray[np.float32], places: NDArray[np.int64], keys: Rows, kept_near: Vectors, kept_keys: Rows
) -> None:
    """Lets queries' collections of the nearest rows so far take up nearer ones.

    Args:
        near: (m, n) how near n rows are to m of the queries; larger is nearer.
        places: (m,) of those queries in the collections.
        keys: (n,) of the rows.
        kept_near: (all queries, k) changed in place; each row is a heap, the farthest first.
        kept_keys: likewise, of the rows kept.
    """
    size = kept_keys.shape[1]
    for query in range(len(places)):
        heap, heap_keys = kept_near[places[query]], kept_keys[places[query]]
        for column in range(len(keys)):
            value = near[query, column]
            if value <= heap[0]:
                continue
            hole = 0
            while 2 * hole + 1 < size:
                child = 2 * hole + 1
                if child + 1 < size and heap[child + 1] < heap[child]:
                    child += 1
                if heap[child] >= value:
                    break
                heap[hole], heap_keys[hole] = heap[child], heap_keys[child]
                hole = child
            heap[hole], heap_keys[hole] = value, keys[column]


@numba.njit(cache=True, nogil=True, fastmath=SUMS_IN_ANY_ORDER)
def second_neighbours(  # noqa: PLR0917 - compiled code takes plain arrays
    keys: Rows,
    rows: Rows,
    steps: NDArray[np.int8],
    weights: NDArray[np.float32],
    offsets: NDArray[np.float32],
    count: int,
) -> Rows:
    """The neighbours of each row's neighbours that seem nearest to it, its own neighbours left out.

    Args:
        keys: (N, K) neighbours of all rows, -1 where there are fewer.
        rows: (n,) to find candidates for.
        steps: (N, r) int8 quantised vectors of all rows.
        weights: (r,) of the products of steps.
        offsets: (N,) of all rows.
        count: of candidates for each row.

    Returns:
        (n, count) candidates, -1 where there are fewer.
    """
    width = keys.shape[1]
    met_by = np.full(len(keys), -1, dtype=np.int32)
    met = np.empty(width * width, dtype=np.int32)
    nearness = np.empty(width * width, dtype=np.float32)
    found = np.full((len(rows), count), -1, dtype=np.int32)
    for place in range(len(rows)):
        row = rows[place]
        weighted = weights * steps[row]
        met_by[row] = row
        for i in range(width):
            if keys[row, i] >= 0:
                met_by[keys[row, i]] = row
        total = 0
        for i in range(width):
            between = keys[row, i]
            if between < 0:
                continue
            for j in range(width):
                candidate = keys[between, j]
                if candidate < 0 or met_by[candidate] == row:
                    continue
                met_by[candidate] = row
                near = np.float32(0)
                for k in range(len(weights)):
                    near += weighted[k] * np.float32(steps[candidate, k])
                met[total] = candidate
                nearness[total] = near + offsets[candidate]
                total += 1
        order = np.argsort(-nearness[:total])
        for column in range(min(count, total)):
            found[place, column] = met[order[column]]
    return found
