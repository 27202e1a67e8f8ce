"""Items that lie apart from the rest of the pool: noise, most likely, or content that went wrong."""

import numpy as np

from vicinal.core.arrays import Mask, Values

# In fewer items nothing can be told of what is usual.
LEAST_ITEMS = 50
# Of a normal distribution, the median of the distances to the median is this part of a standard deviation.
_NORMAL_SPREAD = 0.6744897501960817


def least_density(density: Values, outlier_filter: float) -> float:
    """The local density below which an item counts as isolated.

    Formula: m - isolation * s with m the median and s = median(m - x for x < m) / 0.6745: the deviation of
    the lower half alone. What lies close together, duplicates of one another above all, spreads the upper half
    and says nothing of how far out the others usually lie.
    Source: the median absolute deviation of F. R. Hampel, "The Influence Curve and Its Role in Robust
    Estimation", 1974, one-sided as in P. J. Rousseeuw and C. Croux, "Alternatives to the Median Absolute
    Deviation", 1993, section 1.

    Args:
        density: (n,) larger is denser, as `local_density`.
        outlier_filter: the multiple of the spread, above 0.

    Returns:
        Minus infinity where nothing counts as isolated: with fewer than `LEAST_ITEMS` items, or where half of
        them have the same density.

    >>> round(least_density(np.linspace(0.0, 1.0, 101), 1.0), 4)
    0.1219
    """
    if len(density) < LEAST_ITEMS:
        return -np.inf
    median = float(np.median(density))
    below = density[density < median]
    if 4 * len(below) < len(density):
        return -np.inf
    return median - outlier_filter * float(np.median(median - below)) / _NORMAL_SPREAD


def outliers(density: Values, outlier_filter: float) -> Mask:
    """(n,) which items are less dense than `least_density`.

    >>> outliers(np.array([0.7, 0.8, 0.9] * 20 + [0.1]), 4.0).nonzero()[0]
    array([60])
    """
    return density < least_density(density, outlier_filter)
