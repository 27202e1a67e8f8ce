"""Items that the votes know already: they are sure, labels are near, and those labels say the same."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask, Values
from vicinal.core.graph import MASS_UNIT

Floats = NDArray[np.float32]
Counts = NDArray[np.int32] | NDArray[np.int64]

# Vote mass of the likeliest class that makes an item known, of the 1 that a label spreads in all.
LEAST_EVIDENCE = 0.003
# Labelled items about as near as the item's neighbours in the pool that make it known, in `direct`.
LEAST_NEAR = 2


@dataclass(frozen=True, eq=False)
class Survey:
    """What votes say of every item of a pool.

    Attributes:
        uncertainty: (N,) 0 where they are sure.
        known: (N,) which items they know already.
    """

    uncertainty: Values
    known: Mask


@dataclass(frozen=True)
class Knowledge:
    """What makes one item known, or not.

    Attributes:
        label: the likeliest class; empty without any.
        share: of that class, 0 to 1.
        agreeing: evidence for that class: vote mass, or near labelled items where the nearest vote.
        evidence: of all classes.
        least: evidence for the class that is asked for.
    """

    label: str
    share: float
    agreeing: float
    evidence: float
    least: float


def known_limits(known_share: float) -> tuple[np.float32, np.float32]:
    """The `limits` of `mark_known` for a share."""
    # Not a constant of compiled code: who calls that compiled would keep an old one.
    return np.float32(known_share), np.float32(LEAST_EVIDENCE * MASS_UNIT)


@numba.njit(cache=True, nogil=True)
def mark_known(
    share: Floats, agreeing: Floats, evidence: Counts, limits: tuple[np.float32, np.float32], known: Mask
) -> None:
    """Tells which items are known, where votes spread.

    Known is whose likeliest class has at least a share of the votes, if that class also has at least such a
    share of the vote mass that has come over the graph, and enough of it.

    Args:
        share: (n,) of the likeliest class.
        agreeing: (n,) vote mass of that class, in units of 1 / MASS_UNIT.
        evidence: (n,) vote mass of all classes, in the same units.
        limits: the share, above 0 to 1, and the mass that is enough, as `known_limits` has them.
        known: (n,) where the answer goes.
    """
    known_share, least = limits
    for row in range(len(known)):
        known[row] = (
            (share[row] >= known_share)
            & (agreeing[row] >= known_share * evidence[row])
            & (agreeing[row] >= least)
        )


@numba.njit(cache=True, nogil=True)
def mark_known_by_neighbours(  # noqa: PLR0917 - compiled code takes plain arrays
    shares: Values,
    nearest: Floats,
    classes: NDArray[np.int64],
    near: Values,
    known_share: float,
    known: Mask,
) -> None:
    """Tells which items are known, where the nearest labelled items vote.

    Known is whose likeliest class has at least `known_share` of the votes, and of the voters that are as
    near as the pool's items around it usually are, at least as large a part, and `LEAST_NEAR` at least.

    Args:
        shares: (C, n).
        nearest: (n, k) similarities of the voters, nearest first.
        classes: (n, k) rows of `shares` that they vote for, below 0 where there are fewer than k.
        near: (n,) similarity from which a voter is near: the item's local density.
        known_share: above 0 to 1.
        known: (n,) where the answer goes.
    """
    for row in range(len(known)):
        likeliest = np.argmax(shares[:, row])
        count, agreeing = 0, 0
        for place in range(nearest.shape[1]):
            if classes[row, place] < 0 or nearest[row, place] < near[row]:
                break
            count += 1
            agreeing += classes[row, place] == likeliest
        known[row] = (
            (shares[likeliest, row] >= known_share)
            & (agreeing >= known_share * count)
            & (agreeing >= LEAST_NEAR)
        )
