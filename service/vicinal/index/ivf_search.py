"""Candidates for neighbours in pools that are too large to compare all with all."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.madvise import release_pages
from vicinal.core.similarity import Metric
from vicinal.index.blocks import run_blocks
from vicinal.index.candidates import nearness
from vicinal.index.kernels import Rows, keep_nearest
from vicinal.index.lists import CoarseQuantiser, count_lists, rows_to_train
from vicinal.index.projection import Projection, fitted
from vicinal.index.scalar_quantiser import ScalarQuantiser, fitting_scale

SEARCHED_ROWS = 8192
"""Rows of the nearest cells that an item is compared with."""

_GROWTH_BEFORE_FITTING = 2.0
_BLOCK_ROWS = 1024
_PIECE_ROWS = 256


@dataclass
class _Fit:
    """What stays from one search to the next.

    Attributes:
        rows: of the pool that projection and cells were fitted to.
    """

    projection: Projection
    quantiser: CoarseQuantiser
    scale: NDArray[np.float32]
    rows: int


class InvertedFileSearch:
    """Compares an item with the rows of the k-means cells nearest to it, by a int8 quantised vectors of the vectors.

    Cell by cell, by a matrix product with all items of a block that look into the cell. Projection and
    cells are made again each time the pool has doubled. The int8 quantised vectors is not kept between searches.

    Args:
        metric: of the pool.
        threads: for FAISS.
    """

    def __init__(self, metric: Metric, threads: int) -> None:
        self._metric = metric
        self._threads = threads
        self._fit: _Fit | None = None
        self._pool: Vectors | None = None
        self._short: ScalarQuantiser | None = None

    @property
    def description(self) -> str:
        """What it searches by."""
        if self._fit is None:
            return "cells not needed yet"
        quantiser, directions = len(self._fit.quantiser), self._fit.projection.directions.shape[1]
        return f"{quantiser} cells by {directions} directions, {SEARCHED_ROWS} rows searched"

    def begin(self, pool: Vectors, for_many: bool) -> None:
        """Takes in the rows that were added to the pool since the last time; ends with `end`.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
            for_many: make the int8 quantised vectors; without it, the vectors themselves are compared, which is faster
                for some tens of rows.
        """
        self._pool = pool
        if self._fit is None or len(pool) >= _GROWTH_BEFORE_FITTING * self._fit.rows:
            self._fit = _fitted(pool, self._metric, self._threads)
        seen = len(self._fit.quantiser.list_of_row)
        if for_many:
            self._short = ScalarQuantiser(len(pool), self._fit.scale)
        start = 0 if for_many else seen
        self._fit.quantiser.add(self._cells_of(start)[seen - start :])

    def end(self) -> None:
        """Lets go of what was needed for searching only."""
        self._pool = self._short = None

    def blocks(self, rows: Rows) -> list[Rows]:
        """Those rows in blocks to work on: rows that lie together read the same vectors."""
        ordered = self._begun[0].quantiser.in_order(rows)
        return [ordered[start : start + _BLOCK_ROWS] for start in range(0, len(rows), _BLOCK_ROWS)]

    def candidates(self, rows: Rows, count: int) -> Rows:
        """Rows that seem nearest to each of a block of rows.

        Args:
            rows: (n,) n at least 1.
            count: 1 or more.

        Returns:
            (n, count), -1 where there are fewer; the row itself is among them as a rule.
        """
        fit, pool = self._begun
        coordinates = _coordinates(fit.projection, pool, rows)
        probed = fit.quantiser.nearest(coordinates, self._probes)
        queries = coordinates if self._short is None else self._short.weighted(coordinates)
        near = np.full((len(rows), count), -np.inf, dtype=np.float32)
        keys = np.full((len(rows), count), -1, dtype=np.int32)
        by_cell = np.argsort(probed, axis=None, kind="stable")
        quantiser = probed.ravel()[by_cell]
        places = by_cell // self._probes
        bounds = [0, *np.flatnonzero(quantiser[1:] != quantiser[:-1]) + 1, len(quantiser)]
        for start, end in pairwise(bounds):
            here = places[start:end]
            for members in _pieces(fit.quantiser.rows_of(int(quantiser[start]))):
                nearness_here = self._nearness(rows[here], queries[here], members)
                keep_nearest(nearness_here, here, members, near, keys)
        return keys

    def second_candidates(self, rows: Rows, keys: Rows, count: int) -> Rows:
        """Neighbours of neighbours that seem nearest to each of the rows; see `kernels.second_neighbours`."""
        if self._short is None:
            raise ValueError("begin a search for many rows first")
        return self._short.second_neighbours(keys, rows, count)

    def _cells_of(self, start: int) -> NDArray[np.int32]:
        """The cell of each row from `start` on; puts those rows into the int8 quantised vectors, if there is one."""
        fit, pool = self._begun
        quantiser = np.empty(len(pool) - start, dtype=np.int32)

        def settle(block: int) -> None:
            short = fit.projection.shortened(pool[block : block + _BLOCK_ROWS])
            if self._short is not None:
                self._short.put(block, short)
            here = slice(block - start, block - start + _BLOCK_ROWS)
            quantiser[here] = fit.quantiser.nearest(short[:, :-1], 1)[:, 0]

        blocks = range(start, len(pool), _BLOCK_ROWS)
        run_blocks(settle, blocks, self._threads, lambda _: release_pages(pool))
        return quantiser

    def _nearness(self, rows: Rows, queries: Vectors, members: Rows) -> NDArray[np.float32]:
        if self._short is not None:
            return self._short.nearness(queries, members)
        _, pool = self._begun
        return nearness(pool, rows, np.tile(members, (len(rows), 1)), self._metric)

    @property
    def _probes(self) -> int:
        """So many cells hold about as many rows as are to be searched."""
        fit, pool = self._begun
        return min(len(fit.quantiser), 1 + SEARCHED_ROWS * len(fit.quantiser) // len(pool))

    @property
    def _begun(self) -> tuple[_Fit, Vectors]:
        if self._fit is None or self._pool is None:
            raise ValueError("begin first")
        return self._fit, self._pool


def _fitted(pool: Vectors, metric: Metric, threads: int) -> _Fit:
    projection = fitted(pool, metric)
    rows = rows_to_train(len(pool))
    sample = _coordinates(projection, pool, rows)
    release_pages(pool)
    quantiser = CoarseQuantiser(sample, count_lists(len(pool)), threads)
    return _Fit(projection, quantiser, fitting_scale(sample), len(pool))


def _coordinates(projection: Projection, pool: Vectors, rows: Rows | NDArray[np.int64]) -> Vectors:
    """(n, r) coordinates of some rows of a pool."""
    coordinates = np.empty((len(rows), projection.directions.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _PIECE_ROWS):
        here = slice(start, start + _PIECE_ROWS)
        coordinates[here] = projection.shortened(pool[rows[here]])[:, :-1]
    return coordinates


def _pieces(members: Rows) -> list[Rows]:
    return [members[start : start + _PIECE_ROWS] for start in range(0, len(members), _PIECE_ROWS)]
