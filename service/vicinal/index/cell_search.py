"""Candidates for neighbours in pools that are too large to compare all with all."""

from dataclasses import dataclass

import numpy as np

from vicinal.core.ports import Vectors
from vicinal.core.similarity import Metric
from vicinal.index.candidates import nearness
from vicinal.index.cells import Cells, cells_for, rows_to_train
from vicinal.index.kernels import Rows, second_neighbours
from vicinal.index.projection import Projection, fitted

SEARCHED_ROWS = 8192
"""Rows of the nearest cells that an item is compared with."""

_GROWTH_BEFORE_FITTING = 2.0
_QUERIES_TOGETHER = 128
_QUERIES_AT_A_TIME = 64
_ROWS_AT_A_TIME = 2048


@dataclass
class _Fit:
    """What stays from one search to the next.

    Attributes:
        rows: of the pool that projection and cells were fitted to.
    """

    projection: Projection
    cells: Cells
    rows: int


class CellSearch:
    """Compares an item with the rows of the k-means cells around it, by a short copy of the vectors.

    Items of one cell are searched for together, by matrix products. Projection and cells are made anew each
    time the pool has doubled. The short copy is not kept from one search to the next.

    Args:
        metric: of the pool.
        threads: for FAISS.
    """

    def __init__(self, metric: Metric, threads: int) -> None:
        self._metric = metric
        self._threads = threads
        self._fit: _Fit | None = None
        self._pool: Vectors | None = None
        self._short: Vectors | None = None

    @property
    def description(self) -> str:
        """What it searches by."""
        if self._fit is None:
            return "cells not needed yet"
        cells, directions = len(self._fit.cells), self._fit.projection.directions.shape[1]
        return f"{cells} cells by {directions} directions, {SEARCHED_ROWS} rows searched"

    def begin(self, pool: Vectors, for_many: bool) -> None:
        """Takes in the rows that were added to the pool since the last time; ends with `end`.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
            for_many: make the short copy; without it, the vectors themselves are compared, which is faster
                for some tens of rows.
        """
        self._pool = pool
        if self._fit is None or len(pool) >= _GROWTH_BEFORE_FITTING * self._fit.rows:
            projection = fitted(pool, self._metric)
            sample = projection.shortened(pool, rows_to_train(len(pool)))
            cells = Cells(sample[:, :-1], cells_for(len(pool)), self._threads)
            del sample
            self._fit = _Fit(projection, cells, len(pool))
        if for_many:
            self._short = self._fit.projection.shortened(pool)
        seen = len(self._fit.cells.cell_of_row)
        short = self._fit.projection.shortened(pool[seen:]) if self._short is None else self._short[seen:]
        self._fit.cells.grow(short[:, :-1])

    def end(self) -> None:
        """Lets go of what was needed for searching only."""
        self._pool = self._short = None

    def together(self, rows: Rows) -> list[Rows]:
        """Those rows in groups for `candidates`."""
        return self._begun[0].cells.together(rows, _QUERIES_TOGETHER)

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
        fit, pool = self._begun
        queries = fit.projection.shortened(pool[rows])
        base = fit.cells.around(queries[:, :-1], SEARCHED_ROWS)
        queries[:, -1] = 1
        short = None if self._short is None else self._short[base]
        found = np.full((len(rows), count), -1, dtype=np.int32)
        kept = min(count, len(base))
        for start in range(0, len(rows), _QUERIES_AT_A_TIME):
            here = slice(start, start + _QUERIES_AT_A_TIME)
            if short is None:
                near = nearness(pool, rows[here], np.tile(base, (len(rows[here]), 1)), self._metric)
            else:
                # FAISS is slower at so few queries and such short vectors.
                near = queries[here] @ short.T
            found[here, :kept] = base[np.argpartition(near, len(base) - kept, axis=1)[:, len(base) - kept :]]
        return found

    def second_candidates(self, rows: Rows, keys: Rows, count: int) -> Rows:
        """Neighbours of neighbours that seem nearest to each of the rows; see `second_neighbours`."""
        if self._short is None:
            raise ValueError("begin a search for many rows first")
        return second_neighbours(keys, rows, self._short, count)

    @property
    def _begun(self) -> tuple[_Fit, Vectors]:
        if self._fit is None or self._pool is None:
            raise ValueError("begin first")
        return self._fit, self._pool
