"""The pool cut into cells of rows that lie together."""

from math import isqrt

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.ports import Vectors
from vicinal.index.threads import faiss_threads

Rows = NDArray[np.int32]

CELLS_PER_ROOT = 4
"""Cells in units of sqrt(N): many small ones follow the pool's shape better than few large ones."""

_TRAINING_ROWS_PER_CELL = 32
_TRAINING_ROUNDS = 8
_BLOCK_ROWS = 8192
# Each query names so many cells nearest to it.
_NAMED_CELLS = 8


def cells_for(rows: int) -> int:
    """How many cells a pool is cut into.

    >>> cells_for(100_000)
    1264
    """
    return CELLS_PER_ROOT * isqrt(rows)


def rows_to_train(rows: int) -> NDArray[np.int64]:
    """Numbers of the rows that the cells of a pool are trained on, ascending."""
    chosen = np.random.default_rng(0).permutation(rows)[: cells_for(rows) * _TRAINING_ROWS_PER_CELL]
    return np.sort(chosen)


class Cells:
    """k-means cells of the rows' coordinates in a `Projection`.

    Args:
        sample: (n, r) coordinates to train the cells on, n at least 1.
        count: of cells; no more than there are rows in the sample.
        threads: for FAISS.

    Attributes:
        cell_of_row: (N,) number of the cell that each row is in; none at first.

    Source: Sivic and Zisserman, Video Google, ICCV 2003 (search among the cells nearest to a query).
    """

    def __init__(self, sample: Vectors, count: int, threads: int) -> None:
        self._threads = threads
        self._centres = _trained(sample, min(count, len(sample)), threads)
        # Short numbers, which numpy sorts in one pass.
        self.cell_of_row = np.empty(0, dtype=np.uint16 if len(self._centres) < 2**16 else np.int32)

    def __len__(self) -> int:
        return len(self._centres)

    def grow(self, coordinates: Vectors) -> None:
        """Takes in rows that were added to the pool.

        Args:
            coordinates: (n, r) of those rows.
        """
        cells = [self.cell_of_row]
        with faiss_threads(self._threads):
            for start in range(0, len(coordinates), _BLOCK_ROWS):
                nearest = self._nearest_cells(coordinates[start : start + _BLOCK_ROWS], 1)
                cells.append(nearest[:, 0].astype(self.cell_of_row.dtype))
        self.cell_of_row = np.concatenate(cells)
        # Stable: rows of a cell stay in their order.
        self._rows = np.argsort(self.cell_of_row, kind="stable").astype(np.int32)
        self._sizes = np.bincount(self.cell_of_row, minlength=len(self))
        self._ends = np.cumsum(self._sizes)

    def together(self, rows: Rows, most: int) -> list[Rows]:
        """Those rows by their cells, cut so that no part has more than `most`."""
        by_cell = rows[np.argsort(self.cell_of_row[rows], kind="stable")]
        cells = self.cell_of_row[by_cell]
        parts = np.split(by_cell, np.flatnonzero(cells[1:] != cells[:-1]) + 1)
        return [part[start : start + most] for part in parts for start in range(0, len(part), most)]

    def around(self, queries: Vectors, rows_wanted: int) -> Rows:
        """Rows of the cells that are nearest to a group of queries, taken together.

        Cells that more queries name among their nearest come first, then those nearer to their middle.

        Args:
            queries: (n, r) coordinates, n at least 1.
            rows_wanted: cells are taken until they hold that many rows; of a cell with more than that,
                every second, third ... row is taken.

        Returns:
            Fewer than twice `rows_wanted` rows.
        """
        named = self._nearest_cells(queries, min(_NAMED_CELLS, len(self)))
        votes = np.bincount(named.ravel(), minlength=len(self))
        away = self._centres - queries.mean(axis=0)
        order = np.lexsort((np.vecdot(away, away), -votes))
        held = np.cumsum(np.minimum(self._sizes[order], rows_wanted))
        wanted = order[: int(np.searchsorted(held, rows_wanted)) + 1]
        return np.concatenate([self._rows_of(cell, rows_wanted) for cell in wanted])

    def _rows_of(self, cell: int, most: int) -> Rows:
        rows = self._rows[self._ends[cell] - self._sizes[cell] : self._ends[cell]]
        return rows[:: -(-len(rows) // most) or 1]

    def _nearest_cells(self, queries: Vectors, count: int) -> NDArray[np.int64]:
        _, cells = faiss.knn(np.ascontiguousarray(queries), self._centres, count)
        # FAISS names none where a distance is no number.
        nearest: NDArray[np.int64] = np.maximum(cells, 0)
        return nearest


def _trained(sample: Vectors, count: int, threads: int) -> Vectors:
    clustering = faiss.Clustering(sample.shape[1], count)
    clustering.niter = _TRAINING_ROUNDS
    clustering.min_points_per_centroid = 1
    clustering.max_points_per_centroid = len(sample)
    with faiss_threads(threads):
        clustering.train(np.ascontiguousarray(sample), faiss.IndexFlatL2(sample.shape[1]))
    centres: Vectors = faiss.vector_to_array(clustering.centroids).reshape(-1, sample.shape[1])
    return centres
