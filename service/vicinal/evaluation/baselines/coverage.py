"""What baselines share: the rows that may be picked, k-means clusters, coverage under a Gaussian kernel."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors

_STREAM = 0xBA5E


def unlabelled(count: int, labelled: Collection[int]) -> NDArray[np.bool_]:
    """(count,) True for each row that is not labelled."""
    is_open = np.ones(count, dtype=bool)
    is_open[list(labelled)] = False
    return is_open


def random_order(count: int, seed: int) -> NDArray[np.int64]:
    """(count,) each row's place in an order by chance: what breaks ties and fills up, the same for a seed."""
    # A separate random stream: a pool that was shuffled by the same seed would be unshuffled here.
    return np.random.default_rng((seed, _STREAM)).permutation(count)


def best(
    scores: NDArray[np.floating], is_open: NDArray[np.bool_], size: int, order: NDArray[np.int64]
) -> list[int]:
    """The open rows of the largest scores, largest first.

    Args:
        scores: (N,).
        is_open: (N,) rows that may be picked.
        size: how many at most.
        order: (N,) of equal scores, the row with the smaller place comes first.

    >>> best(np.array([1.0, 3.0, 3.0, 9.0]), np.array([True, True, True, False]), 2, np.array([0, 2, 1, 3]))
    [2, 1]
    """
    rows = np.flatnonzero(is_open)
    if len(rows) == 0:
        return []
    ranked = np.lexsort((order[rows], -scores[rows]))
    return [int(row) for row in rows[ranked[:size]]]


# Beyond it clusters are found from batches of rows.
MOST_BY_ALL_ROWS = 50


def k_means(vectors: Vectors, count: int, seed: int) -> NDArray[np.int64]:
    """(N,) the cluster of each row, 0 to `count` - 1; some may be empty.

    Args:
        vectors: (N, d), N at least 1.
        count: how many clusters; no more than N are made.
        seed: of the first centres.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans  # noqa: PLC0415 - of the extra `evaluation`

    count = min(count, len(vectors))
    if count <= MOST_BY_ALL_ROWS:
        method = KMeans(count, n_init=1, random_state=seed)
    else:
        method = MiniBatchKMeans(count, n_init=1, batch_size=1024, random_state=seed)
    found: NDArray[np.int64] = method.fit_predict(vectors).astype(np.int64)
    return found


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
