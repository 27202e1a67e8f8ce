"""The filters of active choice: items that the model is confident of, and outliers."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Floats, Mask, Mass, Values
from vicinal.core.graph import MASS_UNIT

# Fewer items do not show what is usual.
LEAST_ITEMS = 50
# Of a normal distribution, the median of the distances to the median is this part of a standard deviation.
_NORMAL_SPREAD = 0.6744897501960817

# Vote mass of the likeliest class that makes an item confident, of the 1 that a label spreads in all.
LEAST_EVIDENCE = 0.003
# Labelled items about as near as the item's neighbours in the pool that make it confident, in `direct`.
LEAST_NEAR = 2


def least_density(density: Values, outlier_filter: float) -> float:
    """The local density below which an item counts as an outlier.

    Formula: m - outlier_filter * s with m the median and s = median(m - x for x < m) / 0.6745: the deviation
    of the lower half alone. What lies close together, duplicates of one another above all, spreads the upper
    half and says nothing of how far out the others usually lie.
    Source: the median absolute deviation of F. R. Hampel, "The Influence Curve and Its Role in Robust
    Estimation", 1974, one-sided as in P. J. Rousseeuw and C. Croux, "Alternatives to the Median Absolute
    Deviation", 1993, section 1.

    Args:
        density: (n,) larger is denser, as `local_density`.
        outlier_filter: the multiple of the spread, above 0.

    Returns:
        Minus infinity where nothing counts as an outlier: with fewer than `LEAST_ITEMS` items, or where half
        of them have the same density.

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


@dataclass(frozen=True, eq=False)
class PoolAssessment:
    """What votes say of every item of a pool.

    Attributes:
        uncertainty: (N,) 0 where they are sure.
        confident: (N,) which items they are confident of.
    """

    uncertainty: Values
    confident: Mask


@dataclass(frozen=True)
class Confidence:
    """Whether the votes are confident of one item, and by which figures.

    Attributes:
        label: the likeliest class; empty without any.
        probability: of that class, 0 to 1.
        agreeing: evidence for that class: vote mass, or near labelled items where the nearest vote.
        evidence: of all classes.
        least: evidence for the class that is asked for.
    """

    label: str
    probability: float
    agreeing: float
    evidence: float
    least: float


def confidence_limits(confidence_filter: float) -> tuple[np.float32, np.float32]:
    """The `limits` of `mark_confident` for a probability."""
    # Not a constant of compiled code: who calls that compiled would keep an old one.
    return np.float32(confidence_filter), np.float32(LEAST_EVIDENCE * MASS_UNIT)


@numba.njit(cache=True, nogil=True)
def mark_confident(
    probability: Floats,
    agreeing: Floats,
    evidence: Mass,
    limits: tuple[np.float32, np.float32],
    confident: Mask,
) -> None:
    """Marks the items that votes are confident of, where votes spread.

    An item is confident if its likeliest class has at least the probability that is asked for, and also at
    least that part of the vote mass that has come over the graph, and enough of it.

    Args:
        probability: (n,) of the likeliest class.
        agreeing: (n,) vote mass of that class, in units of 1 / MASS_UNIT.
        evidence: (n,) vote mass of all classes, in the same units.
        limits: the probability, above 0 to 1, and the mass that is enough, as `confidence_limits` has them.
        confident: (n,) where the answer goes.
    """
    confidence_filter, least = limits
    for row in range(len(confident)):
        confident[row] = (
            (probability[row] >= confidence_filter)
            & (agreeing[row] >= confidence_filter * evidence[row])
            & (agreeing[row] >= least)
        )


@numba.njit(cache=True, nogil=True)
def mark_confident_by_neighbours(  # noqa: PLR0917 - compiled code takes plain arrays
    probabilities: Values,
    nearest: Floats,
    classes: NDArray[np.int64],
    near: Values,
    confidence_filter: float,
    confident: Mask,
) -> None:
    """Marks the items that votes are confident of, where the nearest labelled items vote.

    An item is confident if its likeliest class has at least `confidence_filter` of the votes, and at least as
    large a part of the voters that are as near as the pool's items around it usually are, `LEAST_NEAR` at
    least.

    Args:
        probabilities: (C, n).
        nearest: (n, k) similarities of the voters, nearest first.
        classes: (n, k) rows of `probabilities` that they vote for, below 0 where there are fewer than k.
        near: (n,) similarity from which a voter is near: the item's local density.
        confidence_filter: above 0 to 1.
        confident: (n,) where the answer goes.
    """
    for row in range(len(confident)):
        likeliest = np.argmax(probabilities[:, row])
        count, agreeing = 0, 0
        for place in range(nearest.shape[1]):
            if classes[row, place] < 0 or nearest[row, place] < near[row]:
                break
            count += 1
            agreeing += classes[row, place] == likeliest
        confident[row] = (
            (probabilities[likeliest, row] >= confidence_filter)
            & (agreeing >= confidence_filter * count)
            & (agreeing >= LEAST_NEAR)
        )
