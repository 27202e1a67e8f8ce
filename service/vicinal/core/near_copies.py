"""How near two vectors of a pool have to be to be called copies of one another, told by the pool itself.

Where items lie as if by chance, of m dimensions locally, the nearest of K neighbours lies within r times the
distance of the K-th with a chance of at most (K - 1) r^m: volumes grow with the m-th power of the radius. A
pair is called copies only where that chance is so small that a pool of its size is expected to have none.
"""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.similarity import Metric

WRONG_PAIRS = 0.05
"""Pairs that a pool without any copies is expected to have called copies, all in all."""
FEWEST_NEIGHBOURS = 10
"""Neighbours that an item must have for its surroundings to be known."""


def distances(similarities: NDArray[np.float32], metric: Metric) -> NDArray[np.float64]:
    """Euclidean distances between prepared vectors, from their similarities.

    Args:
        similarities: of any shape; -inf where there is no neighbour.
        metric: cosine: the distance of the unit vectors.

    Returns:
        float64 of the same shape, infinite where there is no neighbour.

    >>> distances(np.float32([1.0, 0.5, -np.inf]), Metric.COSINE).tolist()
    [0.0, 1.0, inf]
    """
    values = similarities.astype(np.float64)
    with np.errstate(divide="ignore"):
        if metric is Metric.COSINE:
            return np.asarray(np.sqrt(np.maximum(2.0 - 2.0 * values, 0.0)))
        return np.where(values > 0, 1.0 / np.where(values > 0, values, 1.0) - 1.0, np.inf)


def intrinsic_dimension(spread: NDArray[np.float64]) -> float:
    """In how many dimensions items lie around each other, however many numbers a vector has.

    From how fast the distance grows from the neighbour half-way to the last, by the median over the items:
    after Levina and Bickel, "Maximum likelihood estimation of intrinsic dimension" (2004). The nearer half is
    left out, since copies are in it.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first; rows with an infinite one
            tell nothing.

    Returns:
        At least 1; infinite where all items lie equally far apart. 1 where no row tells anything.
    """
    last = spread.shape[1]
    half = last // 2
    if half == 0:
        return 1.0
    told = spread[np.isfinite(spread[:, -1]) & (spread[:, half - 1] > 0)]
    if not len(told):
        return 1.0
    growth = float(np.median(np.log(told[:, -1] / told[:, half - 1])))
    return max(1.0, np.log(last / half) / growth) if growth > 0 else np.inf


def copy_reach(spread: NDArray[np.float64], dimension: float, items: int) -> NDArray[np.float64]:
    """The distance up to which another item is a copy; two are copies where it is within both their reach.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first, without the item itself.
        dimension: of the pool, by `intrinsic_dimension`.
        items: of the pool.

    Returns:
        (n,) float64; 0 where there are fewer than `FEWEST_NEIGHBOURS` neighbours.
    """
    count = spread.shape[1]
    if count < FEWEST_NEIGHBOURS:
        return np.zeros(len(spread))
    share = (2 * WRONG_PAIRS / (max(items, 1) * (count - 1))) ** (1.0 / dimension)
    last = spread[:, -1]
    return np.where(np.isfinite(last), last * min(share, 1.0), 0.0)
