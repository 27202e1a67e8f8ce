"""Information density: how much of the pool an item stands for."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vicinal.core.arrays import Values, Vectors
from vicinal.records.pool_options import Metric

# Rows turned into float64 at a time.
_BLOCK_ROWS = 256


class Density(StrEnum):
    """Measures of density.

    MEAN: similarity to the whole pool.
    LOCAL: mean similarity to the nearest pool items.
    """

    MEAN = "mean"
    LOCAL = "local"


def mean_density(pool: Vectors, metric: Metric) -> Values:
    """Similarity of each item to the whole pool, itself included, in O(N d).

    Cosine: the mean similarity, x . mean(X). Euclidean: 1 / (1 + r) with r the root mean square distance,
    r^2 = |x - m|^2 + mean |x_j - m|^2, where m is the mean of the pool.

    Source: B. Settles and M. Craven, "An Analysis of Active Learning Strategies for Sequence Labeling
    Tasks", 2008.

    Args:
        pool: (N, d) prepared vectors.
        metric: the pool's.

    Returns:
        (N,) float64, larger is denser.

    >>> mean_density(np.float32([[1, 0], [0, 1], [1, 0]]), Metric.COSINE).round(3)
    array([0.667, 0.333, 0.667])
    """
    if len(pool) == 0:
        return np.zeros(0)
    mean = pool.mean(axis=0, dtype=np.float64)
    if metric is Metric.COSINE:
        return density_around(pool, mean, metric, 0.0)
    squares = _squares_to(pool, mean)
    return _of_squares(squares, float(squares.mean()))


def density_around(rows: Vectors, mean: Values, metric: Metric, mean_square: float) -> Values:
    """As `mean_density`, of some rows of a pool of which the mean is known.

    Args:
        rows: (n, d) prepared vectors.
        mean: (d,) of the pool.
        metric: the pool's.
        mean_square: mean squared distance of the pool's rows to their mean; for cosine not asked for.
    """
    if metric is Metric.EUCLIDEAN:
        return _of_squares(_squares_to(rows, mean), mean_square)
    density = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK_ROWS):
        here = slice(start, start + _BLOCK_ROWS)
        # Pair by pair, so that equal vectors get equal densities to the last bit.
        density[here] = np.vecdot(rows[here].astype(np.float64), mean)
    return density


@dataclass(frozen=True, eq=False)
class VectorMoments:
    """Where rows lie: what parts of a pool tell of themselves, to be joined to the mean of all.

    Attributes:
        rows: how many.
        mean: (d,) float64.
        square: sum of their squared distances to the mean.
    """

    rows: int
    mean: Values
    square: float

    @property
    def mean_square(self) -> float:
        """Mean squared distance to the mean."""
        return self.square / max(1, self.rows)

    def joined(self, other: "VectorMoments") -> "VectorMoments":
        """Where the rows of both lie.

        Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for
        Computing Sample Variances", 1979.
        """
        rows = self.rows + other.rows
        if not other.rows:
            return self
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.rows / rows)
        square = self.square + other.square + float(apart @ apart) * self.rows * other.rows / rows
        return VectorMoments(rows, mean, square)


def moments_of(rows: Vectors) -> VectorMoments:
    """Where (n, d) rows lie.

    >>> both = moments_of(np.float32([[1, 0]])).joined(moments_of(np.float32([[0, 1], [1, 0]])))
    >>> both.mean.round(3), round(both.mean_square, 3)
    (array([0.667, 0.333]), 0.444)
    """
    if not len(rows):
        return VectorMoments(0, np.zeros(rows.shape[1]), 0.0)
    mean = rows.mean(axis=0, dtype=np.float64)
    return VectorMoments(len(rows), mean, float(_squares_to(rows, mean).sum()))


def _squares_to(rows: Vectors, mean: Values) -> Values:
    squares = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS].astype(np.float64)
        block -= mean
        squares[start : start + len(block)] = np.vecdot(block, block)
    return squares


def _of_squares(squares: Values, mean_square: float) -> Values:
    density: Values = 1.0 / (1.0 + np.sqrt(squares + mean_square))
    return density


def local_density(similarities: Vectors) -> Values:
    """Mean similarity of each item to its nearest other items.

    Args:
        similarities: (N, K) float32 to the neighbours, -inf where there are fewer than K.

    Returns:
        (N,) float64, larger is denser; 0 for an item without neighbours.

    >>> local_density(np.float32([[0.75, 0.25], [0.5, -np.inf], [-np.inf, -np.inf]]))
    array([0.5, 0.5, 0. ])
    """
    there = np.isfinite(similarities)
    total = np.where(there, similarities, 0.0).sum(axis=1, dtype=np.float64)
    density: Values = total / np.maximum(there.sum(axis=1), 1)
    return density
