"""Information density: how much of the pool an item stands for."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vicinal.core.similarity import Metric, Vectors

Values = NDArray[np.float64]

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
    density = np.empty(len(pool))
    for start in range(0, len(pool), _BLOCK_ROWS):
        block = pool[start : start + _BLOCK_ROWS].astype(np.float64)
        others = mean
        if metric is Metric.EUCLIDEAN:
            block -= mean
            others = block
        # Pair by pair, so that equal vectors get equal densities to the last bit.
        density[start : start + len(block)] = np.vecdot(block, others)
    if metric is Metric.EUCLIDEAN:
        density = 1.0 / (1.0 + np.sqrt(density + density.mean()))
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
