"""How well labelled points cover a pool, under a Gaussian kernel: what MaxHerding and UHerding stand on."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.evaluation.baselines.candidates import random_order

# Points that are looked at, at most: their distances to one another take 400 MB. The papers' own experiments
# draw a part of large pools too, of 35,000 points.
MOST_POINTS = 10_000
# Rows of the matrix handled at a time, so that they stay in the processor's cache.
BLOCK_ROWS = 64


def squared_distances(rows: Vectors, others: Vectors) -> Vectors:
    """Squared Euclidean distances of (n, d) to (m, d) unit rows, (n, m) float32, 0 to 4."""
    squares: Vectors = rows @ others.T
    squares *= -2.0
    squares += 2.0
    np.maximum(squares, 0.0, out=squares)
    return squares


def kernel(squares: NDArray[np.floating], radius: float) -> Vectors:
    """exp(-distance^2 / radius^2), float32; an infinite distance gives 0.

    >>> kernel(np.array([0.0, 1.0, np.inf]), 1.0).round(4)
    array([1.    , 0.3679, 0.    ], dtype=float32)
    """
    values: Vectors = np.exp(squares * np.float32(-1.0 / radius**2), dtype=np.float32)
    return values


def gains(kernel_rows: Vectors, covered: Vectors, weights: Vectors) -> Vectors:
    """How much weighted coverage each candidate adds.

    The gain of x is the sum over points x' of weight(x') * max(0, k(x, x') - covered(x')).

    Args:
        kernel_rows: (n, m) of n candidates and m points.
        covered: (m,) the largest kernel value of each point with a labelled one, 0 with none.
        weights: (m,) of the points.

    Returns:
        (n,) float32; a candidate's gain does not depend on the other candidates of the call.

    >>> gains(np.float32([[1, 0.5], [0.2, 1]]), np.float32([0.5, 0.5]), np.float32([1, 2]))
    array([0.5, 1. ], dtype=float32)
    """
    added: Vectors = np.vecdot(np.maximum(kernel_rows - covered, 0.0), weights)
    return added


class Points:
    """The points of a pool that are covered and picked from, and how far each is from the labelled ones.

    Attributes:
        rows: (m,) int64 rows of the pool, ascending: all of them, or `MOST_POINTS` by chance.
        squares: (m, m) float32 squared distances.
    """

    def __init__(self, vectors: Vectors, seed: int) -> None:
        self._vectors = vectors
        count = len(vectors)
        is_small = count <= MOST_POINTS
        self.rows = np.flatnonzero(random_order(count, seed) < MOST_POINTS)
        self._points = vectors if is_small else vectors[self.rows]
        self.squares = _all_squares(self._points)
        self._place = {int(row): place for place, row in enumerate(self.rows)}
        self._seen: set[int] = set()
        self._nearest = np.full(len(self.rows), np.inf, dtype=np.float32)

    def to_nearest(self, labelled: Mapping[int, str]) -> Vectors:
        """(m,) squared distance of each point to the nearest labelled row of the pool; inf with none."""
        if not self._seen <= labelled.keys():
            self._seen = set()
            self._nearest = np.full(len(self.rows), np.inf, dtype=np.float32)
        for row in sorted(labelled.keys() - self._seen):
            self._nearest = np.minimum(self._nearest, self._squares_to(row))
            self._seen.add(row)
        return self._nearest

    def is_open(self, labelled: Mapping[int, str]) -> NDArray[np.bool_]:
        """(m,) True for each point whose row is not labelled."""
        is_open = np.ones(len(self.rows), dtype=bool)
        is_open[[self._place[row] for row in labelled if row in self._place]] = False
        return is_open

    def _squares_to(self, row: int) -> Vectors:
        place = self._place.get(row)
        if place is not None:
            of_point: Vectors = self.squares[place]
            return of_point
        from_outside: Vectors = squared_distances(self._vectors[row : row + 1], self._points)[0]
        return from_outside


def _all_squares(points: Vectors) -> Vectors:
    squares = np.empty((len(points), len(points)), dtype=np.float32)
    for start in range(0, len(points), 1024):
        squares[start : start + 1024] = squared_distances(points[start : start + 1024], points)
    np.fill_diagonal(squares, 0.0)
    return squares
