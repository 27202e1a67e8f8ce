"""Batches: the best item, then the best given that one, and so on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.best import Factor, candidates
from vicinal.core.scores import Exponents, ScoreParts, score_ranked

Positions = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """An item of a batch: its position in the pool, and its score when it was picked."""

    position: int
    parts: ScoreParts


class Diversifier(Protocol):
    """Diversity of the pool to what is selected, and to picks that come one by one."""

    def diversity(self) -> Values:
        """(N,) float64 of every pool item, larger is farther."""
        ...

    def pick(self, position: int) -> None:
        """Takes a pick in."""
        ...


def greedy_batch(
    eligible: Positions,
    *,
    uncertainty: Values,
    density: Values,
    diversifier: Diversifier,
    ids: Sequence[str],
    exponents: Exponents,
    size: int,
) -> list[Pick]:
    """Picks items one at a time; each pick counts as selected for those after it.

    The same, to the last bit, as asking for one item `size` times and leasing each: ranks are among the
    items that remain, and diversity is against the picks too.

    Args:
        eligible: (n,) positions that may be picked.
        uncertainty: (N,) of the whole pool.
        density: (N,) of the whole pool.
        diversifier: of the whole pool.
        ids: (N,) of the whole pool; the smallest wins a tie.
        exponents: of the score.
        size: how many; fewer are picked where there are no more.

    Returns:
        Picks in order.

    Raises:
        ValueError: an uncertainty or density is NaN.
    """
    for name, values in (("uncertainty", uncertainty), ("density", density)):
        if np.isnan(values).any():
            raise ValueError(f"{name} {int(np.isnan(values).argmax())} is NaN, which has no rank")
    is_open = np.zeros(len(uncertainty), dtype=np.bool_)
    is_open[eligible] = True
    picks: list[Pick] = []
    for _ in range(min(size, len(eligible))):
        if picks:
            diversifier.pick(picks[-1].position)
            is_open[picks[-1].position] = False
        parts = uncertainty, density, diversifier.diversity()
        picks.append(_best(parts, is_open, ids, exponents))
    return picks


def _best(
    parts: tuple[Values, Values, Values],
    is_open: NDArray[np.bool_],
    ids: Sequence[str],
    exponents: Exponents,
) -> Pick:
    powers = exponents.uncertainty, exponents.density, exponents.diversity
    factors = [Factor(values, power) for values, power in zip(parts, powers, strict=True)]
    ranked = candidates(factors, is_open)
    uncertainty, density, diversity = (values[ranked.rows] for values in parts)
    first, second, third = ranked.cdf
    scores = score_ranked((uncertainty, density, diversity), (first, second, third), exponents)
    best = min(scores.leaders(), key=lambda row: ids[int(ranked.rows[row])])
    return Pick(int(ranked.rows[best]), scores.part(best))
