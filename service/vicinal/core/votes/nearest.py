"""Each pool item's nearest labelled items, kept up exactly as labels come and go."""

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.pool_similarity import PoolSimilarity
from vicinal.core.search import nearest_among
from vicinal.core.similarity import Metric

# Rows copied out of the pool at a time.
_BLOCK_ROWS = 4096
NOBODY = -1
# Codes of vectors from outside begin here: beyond all positions, so that of equals, the pool's come first.
FIRST_OUTSIDE = 1 << 40
# More vectors than this are not compared with the pool one by one.
_FEW = 8


class NearestLabelled:
    """For each pool row the `count` labelled items most similar to it; of equals, the smaller position.

    Labelled vectors that are not in the pool are among them: the one in row r of `outside` under the code
    FIRST_OUTSIDE + r in place of a position.

    The lists depend on the pool and the labelled vectors alone, bit by bit, not on the order of calls.
    Appending costs one pass over the pool and work on the rows it enters. Removing searches again for the
    rows that lose a neighbour, about N * count / n of them among n labelled items.

    Attributes:
        similarities: (N, count) float32, nearest first, -inf where there are fewer.
        positions: (N, count) int64 of labelled items, `NOBODY` where there are fewer.
        labelled: (n,) int64 positions, ascending.
        outside: labelled (d,) vectors that are not in the pool.
    """

    def __init__(self, metric: Metric, count: int, near: PoolSimilarity | None = None) -> None:
        self._metric = metric
        self._near = near or PoolSimilarity(metric)
        self._count = count
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self.labelled: Positions = np.zeros(0, dtype=np.int64)
        self.outside: list[Vectors] = []
        self.similarities, self.positions = _empty_lists(0, count)

    def grow(self, pool: Vectors) -> Positions:
        """Takes the pool with new rows at its end; returns the new rows."""
        rows = np.arange(len(self.positions), len(pool))
        self._pool = pool
        self._near.grow(pool)
        similarities, positions = _empty_lists(len(rows), self._count)
        self.similarities = np.concatenate([self.similarities, similarities])
        self.positions = np.concatenate([self.positions, positions])
        self._fill(rows)
        return rows

    def extend(self, positions: Positions) -> None:
        """Adds many labelled items at once; all lists are made again."""
        self.labelled = np.union1d(self.labelled, positions)
        self._fill(np.arange(len(self.positions)))

    def append(self, position: int) -> Positions:
        """Adds a labelled item; returns the rows whose lists it entered."""
        self.labelled = np.insert(self.labelled, np.searchsorted(self.labelled, position), position)
        similarity = self._near.to(position)
        return _enter(self.similarities, self.positions, similarity, position)

    def remove(self, position: int) -> Positions:
        """Takes a labelled item out; returns the rows whose lists it left."""
        self.labelled = self.labelled[self.labelled != position]
        rows = np.flatnonzero((self.positions == position).any(axis=1))
        self._fill(rows)
        return rows

    def insert_outside(self, rows: Sequence[int], vectors: Sequence[Vectors]) -> None:
        """Takes vectors in at these rows, ascending, of `outside`; in no list until `enter_outside`."""
        others = np.setdiff1d(np.arange(len(self.outside) + len(rows)), rows)
        outside = self.positions >= FIRST_OUTSIDE
        self.positions[outside] = FIRST_OUTSIDE + others[self.positions[outside] - FIRST_OUTSIDE]
        for row, vector in zip(rows, vectors, strict=True):
            self.outside.insert(row, vector)

    def enter_outside(self, rows: Sequence[int]) -> Positions:
        """Enters vectors that were inserted into the lists; returns the rows whose lists changed."""
        if len(rows) > _FEW:
            everywhere = np.arange(len(self.positions))
            self._fill(everywhere)
            return everywhere
        entered = [
            _enter(
                self.similarities,
                self.positions,
                self._near.to_vector(self.outside[row]),
                FIRST_OUTSIDE + row,
            )
            for row in rows
        ]
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *entered]))

    def remove_outside(self, row: int) -> Positions:
        """Takes a vector from outside out; returns the rows whose lists it left."""
        code = FIRST_OUTSIDE + row
        rows = np.flatnonzero((self.positions == code).any(axis=1))
        del self.outside[row]
        self.positions[self.positions > code] -= 1
        self._fill(rows)
        return rows

    def voters(self) -> tuple[Vectors, Positions]:
        """All labelled vectors, and their positions or codes, ascending."""
        codes = np.concatenate([self.labelled, FIRST_OUTSIDE + np.arange(len(self.outside))])
        inside = self._pool[self.labelled]
        if not self.outside:
            return inside, codes
        outside = np.stack(self.outside)
        return np.concatenate([inside, outside]) if len(inside) else outside, codes

    def _fill(self, rows: Positions) -> None:
        """Makes the lists of these rows again."""
        others, codes = self.voters()
        self.similarities[rows], self.positions[rows] = _empty_lists(len(rows), self._count)
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            nearest, places = nearest_among(self._pool[block], others, self._count, self._metric)
            self.similarities[block, : nearest.shape[1]] = nearest
            self.positions[block, : places.shape[1]] = codes[places]


@numba.njit(cache=True)
def _enter(
    similarities: Vectors, positions: Positions, similarity: Vectors, position: int
) -> NDArray[np.int64]:
    """Puts an item into the lists that it is near enough for; what was last in them falls out.

    Returns:
        The rows of those lists, ascending.
    """
    rows, entered = np.empty(len(positions), dtype=np.int64), 0
    last = positions.shape[1] - 1
    for row in range(len(positions)):
        near, place = similarity[row], last + 1
        while place > 0:
            before = similarities[row, place - 1]
            if before > near or (before == near and positions[row, place - 1] < position):
                break
            place -= 1
        if place > last:
            continue
        for behind in range(last, place, -1):
            similarities[row, behind] = similarities[row, behind - 1]
            positions[row, behind] = positions[row, behind - 1]
        similarities[row, place], positions[row, place] = near, position
        rows[entered] = row
        entered += 1
    return rows[:entered].copy()


def _empty_lists(rows: int, count: int) -> tuple[Vectors, Positions]:
    similarities = np.full((rows, count), -np.inf, dtype=np.float32)
    return similarities, np.full((rows, count), NOBODY, dtype=np.int64)
