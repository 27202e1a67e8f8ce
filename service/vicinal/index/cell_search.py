"""Candidates for neighbours in pools that are too large to compare all with all."""

from dataclasses import dataclass

import numpy as np

from vicinal.core.ports import Vectors
from vicinal.core.similarity import Metric
from vicinal.index.cells import Cells
from vicinal.index.kernels import Rows, second_neighbours
from vicinal.index.projection import Projection, fitted

SEARCHED_ROWS = 8192
"""Rows of the nearest cells that an item is compared with, by the short copy."""

_GROWTH_BEFORE_FITTING = 2.0
# Room for rows that join one by one, so that the short copy is not copied each time.
_SPARE_SHARE = 0.02
_QUERIES_TOGETHER = 256
_ROWS_AT_A_TIME = 2048


class CellSearch:
    """Compares an item with the rows of the k-means cells around it, by a short copy of the vectors.

    Items of one cell are searched for together, by matrix products. Copy and cells are made anew each time
    the pool has doubled.

    Args:
        metric: of the pool.
        threads: for FAISS.
    """

    def __init__(self, metric: Metric, threads: int) -> None:
        self._metric = metric
        self._threads = threads
        self._fit: _Fit | None = None

    @property
    def description(self) -> str:
        """What it was built with."""
        if self._fit is None:
            return "not built yet"
        cells, directions = len(self._fit.cells), self._fit.projection.directions.shape[1]
        return f"{cells} cells by {directions} directions, {SEARCHED_ROWS} rows searched"

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        if self._fit is None or len(pool) >= _GROWTH_BEFORE_FITTING * self._fit.fitted_rows:
            # The old copy goes before the new one comes.
            self._fit = None
            self._fit = _fit(pool, self._metric, self._threads)
        else:
            self._fit.grow(pool)

    def together(self, rows: Rows) -> list[Rows]:
        """Those rows in groups that `candidates` takes."""
        return self._fitted.cells.together(rows, _QUERIES_TOGETHER)

    def in_order(self, rows: Rows) -> list[Rows]:
        """Those rows in groups for `second_candidates`: rows that lie together read the same vectors."""
        ordered = np.concatenate(self.together(rows))
        return [ordered[start : start + _ROWS_AT_A_TIME] for start in range(0, len(rows), _ROWS_AT_A_TIME)]

    def candidates(self, rows: Rows, count: int) -> Rows:
        """Rows that seem nearest to each of a group of rows of one cell.

        Args:
            rows: (n,) n at least 1.
            count: 1 or more.

        Returns:
            (n, count), -1 where there are fewer; the row itself is among them as a rule.
        """
        fit = self._fitted
        queries = fit.short[rows]
        base = fit.cells.around(queries[:, :-1], SEARCHED_ROWS)
        queries[:, -1] = 1
        # FAISS is slower at so few queries and such short vectors.
        near = queries @ fit.short[base].T
        found = np.full((len(rows), count), -1, dtype=np.int32)
        kept = min(count, len(base))
        found[:, :kept] = base[np.argpartition(near, len(base) - kept, axis=1)[:, len(base) - kept :]]
        return found

    def second_candidates(self, rows: Rows, keys: Rows, count: int) -> Rows:
        """Neighbours of neighbours that seem nearest to each of the rows; see `second_neighbours`."""
        fit = self._fitted
        return second_neighbours(keys, rows, fit.short, count)

    @property
    def _fitted(self) -> "_Fit":
        if self._fit is None:
            raise ValueError("grow before search")
        return self._fit


@dataclass
class _Fit:
    """A short copy of a pool and its cells.

    Attributes:
        fitted_rows: rows that projection and cells were fitted to.
        rows: rows that they hold.
        room: (rows or more, r + 1) the short copy.
    """

    projection: Projection
    cells: Cells
    fitted_rows: int
    rows: int
    room: Vectors

    @property
    def short(self) -> Vectors:
        return self.room[: self.rows]

    def grow(self, pool: Vectors) -> None:
        if len(pool) > len(self.room):
            spare = int(len(pool) * _SPARE_SHARE)
            more = np.empty((len(pool) - self.rows + spare, self.room.shape[1]), dtype=np.float32)
            self.room = np.concatenate((self.short, more))
        self.projection.shorten(pool[self.rows :], self.room[self.rows : len(pool)])
        self.rows = len(pool)
        self.cells.grow(self.short[:, :-1])


def _fit(pool: Vectors, metric: Metric, threads: int) -> _Fit:
    projection = fitted(pool, metric)
    room = np.empty((len(pool), projection.directions.shape[1] + 1), dtype=np.float32)
    projection.shorten(pool, room)
    return _Fit(projection, Cells(room[:, :-1], threads), len(pool), len(pool), room)
