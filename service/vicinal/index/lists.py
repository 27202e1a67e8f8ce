"""The pool cut into cells of rows that lie together."""

from math import isqrt

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.index.kernels import Rows
from vicinal.index.threads import faiss_threads

LISTS_PER_ROOT = 4
"""Cells in units of sqrt(N): many small ones follow the pool's shape better than few large ones."""

_TRAINING_ROWS_PER_LIST = 32
_TRAINING_ROUNDS = 8
_QUERIES_AT_A_TIME = 256
# Many more rows than a cell has, unless they are duplicates of one another.
_MOST_ROWS = 8192


def count_lists(rows: int) -> int:
    """How many cells a pool is cut into.

    >>> count_lists(100_000)
    1264
    """
    return LISTS_PER_ROOT * isqrt(rows)


def rows_to_train(rows: int) -> NDArray[np.int64]:
    """Numbers of the rows that the cells of a pool are trained on, ascending."""
    chosen = np.random.default_rng(0).permutation(rows)[: count_lists(rows) * _TRAINING_ROWS_PER_LIST]
    return np.sort(chosen)


class CoarseQuantiser:
    """k-means cells of the rows' coordinates in a `Projection`.

    Args:
        sample: (n, r) coordinates to train the cells on, n at least 1.
        count: of cells; no more than there are rows in the sample.
        threads: for FAISS.

    Attributes:
        list_of_row: (N,) number of the cell that each row is in; none at first.

    Source: Sivic and Zisserman, Video Google, ICCV 2003 (search among the cells nearest to a query).
    """

    def __init__(self, sample: Vectors, count: int, threads: int) -> None:
        self._centres = _trained(sample, min(count, len(sample)), threads)
        # Short numbers, which numpy sorts in one pass.
        self.list_of_row = np.empty(0, dtype=np.uint16 if len(self._centres) < 2**16 else np.int32)

    def __len__(self) -> int:
        return len(self._centres)

    def add(self, lists: NDArray[np.int32]) -> None:
        """Takes in (n,) rows that were added to the pool, each into the cell that is `nearest` to it."""
        self.list_of_row = np.concatenate(
            (self.list_of_row, lists), dtype=self.list_of_row.dtype, casting="unsafe"
        )
        # Stable: rows of a cell stay in their order.
        self._rows = np.argsort(self.list_of_row, kind="stable").astype(np.int32)
        self._sizes = np.bincount(self.list_of_row, minlength=len(self))
        self._ends = np.cumsum(self._sizes)

    def in_order(self, rows: Rows) -> Rows:
        """The same rows, those of one cell together."""
        return rows[np.argsort(self.list_of_row[rows], kind="stable")]

    def rows_of(self, list_number: int) -> Rows:
        """The rows of a cell; of a very large one, every second, third ... row."""
        rows = self._rows[self._ends[list_number] - self._sizes[list_number] : self._ends[list_number]]
        return rows[:: len(rows) // _MOST_ROWS + 1]

    def nearest(self, queries: Vectors, count: int) -> NDArray[np.int32]:
        """(n, count) the cells nearest to each of (n, r) coordinates, in no order."""
        lists = np.empty((len(queries), count), dtype=np.int32)
        halves = np.vecdot(self._centres, self._centres) / 2
        for start in range(0, len(queries), _QUERIES_AT_A_TIME):
            here = slice(start, start + _QUERIES_AT_A_TIME)
            near = queries[here] @ self._centres.T
            near -= halves
            lists[here] = np.argpartition(near, len(self) - count, axis=1)[:, len(self) - count :]
        return lists


def _trained(sample: Vectors, count: int, threads: int) -> Vectors:
    clustering = faiss.Clustering(sample.shape[1], count)
    clustering.niter = _TRAINING_ROUNDS
    clustering.min_points_per_centroid = 1
    clustering.max_points_per_centroid = len(sample)
    with faiss_threads(threads):
        clustering.train(np.ascontiguousarray(sample), faiss.IndexFlatL2(sample.shape[1]))
    centres: Vectors = faiss.vector_to_array(clustering.centroids).reshape(-1, sample.shape[1])
    return centres
