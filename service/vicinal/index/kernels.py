"""Inner loops over candidates, compiled: numpy would copy a vector for each of them."""

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors

Rows = NDArray[np.int32]

# So that the compiler may add up several at a time; infinities keep their meaning.
SUMS_IN_ANY_ORDER = {"reassoc", "contract", "nsz"}


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
