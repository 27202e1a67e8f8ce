"""How near two vectors of a pool have to be to be called duplicates of one another, told by the pool itself.

Where items lie as if by chance, of m dimensions locally, the nearest of K neighbours lies within r times the
distance of the K-th with a chance of at most (K - 1) r^m: volumes grow with the m-th power of the radius. A
pair is called duplicates only where that chance is so small that a pool of its size is expected to have none.
"""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.similarity import Metric

WRONG_PAIRS = 0.05
"""Pairs that a pool without any duplicates is expected to have called duplicates, all in all."""
FEWEST_NEIGHBOURS = 10
"""Neighbours that an item must have for its surroundings to be known."""
MOST_SHARE = 0.6
"""Of the distance of the last neighbour: where there are many dimensions all distances are much the same."""
# Similarities are rounded to float32: where all are nearer than this, nothing tells duplicates from neighbours.
_LEAST_REACH = {Metric.COSINE: 1e-3, Metric.EUCLIDEAN: 1e-6}


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


def outward_growth(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """How fast distances grow around items: from the neighbour half-way to the last, as a logarithm.

    The nearer half is left out, since duplicates are in it.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first, without the item itself.

    Returns:
        (n,) from 0; NaN where there is no last neighbour, or half of them are identical to the item.
    """
    if spread.shape[1] < FEWEST_NEIGHBOURS:
        return np.full(len(spread), np.nan)
    last, half = spread[:, -1], spread[:, spread.shape[1] // 2 - 1]
    known = np.isfinite(last) & (half > 0)
    growth = np.full(len(spread), np.nan)
    growth[known] = np.log(last[known] / half[known])
    return growth


def duplicate_reach(
    spread: NDArray[np.float64], growth: NDArray[np.float64], items: int, metric: Metric
) -> NDArray[np.float64]:
    """The distance up to which another item is a duplicate; two are duplicates where it is within both their reach.

    In how many dimensions items lie around one another, however many numbers a vector has, is told by how
    fast distances grow outward, as Levina and Bickel do ("Maximum likelihood estimation of intrinsic
    dimension", 2004), and by the median over an item's neighbours, since a single list says little.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first, without the item itself.
        growth: (n, K) the `outward_growth` of each of these neighbours; NaN where it is not known.
        items: of the pool.
        metric: of the pool; how finely similarities tell distances depends on it.

    Returns:
        (n,) float64; 0 where only identical items are duplicates: there are fewer than `FEWEST_NEIGHBOURS`
        neighbours, nothing is known of what lies around them, or distances are too small to be told apart.
    """
    reach = np.zeros(len(spread))
    count = spread.shape[1]
    if count < FEWEST_NEIGHBOURS:
        return reach
    known = np.isfinite(growth).any(axis=1) & np.isfinite(spread[:, -1])
    outward = np.nanmedian(growth[known], axis=1)
    # 1 over the dimension, of which there is at least one.
    power = np.minimum(outward / np.log(count / (count // 2)), 1.0)
    share = (2 * WRONG_PAIRS / (max(items, 1) * (count - 1))) ** power
    reach[known] = spread[known, -1] * np.minimum(share, MOST_SHARE)
    reach[reach < _LEAST_REACH[metric]] = 0.0
    return reach
