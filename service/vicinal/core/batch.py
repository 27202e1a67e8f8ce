"""Batches: the best item, then the best given that one, and so on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.best import Binned, candidates
from vicinal.core.scores import Exponents, ScoreParts, score_ranked


@dataclass(frozen=True)
class Pick:
    """An item of a batch: its position in the pool, and its score when it was picked."""

    position: int
    parts: ScoreParts


class Diversifier(Protocol):
    """Diversity of the pool to what is selected, and to picks that come one by one."""

    def diversity(self) -> Binned:
        """(N,) of every pool item, larger is farther."""
        ...

    def pick(self, position: int) -> None:
        """Takes a pick in."""
        ...


def greedy_batch(
    eligible: NDArray[np.bool_],
    *,
    uncertainty: Binned,
    density: Binned,
    diversifier: Diversifier,
    ids: Sequence[str],
    exponents: Exponents,
    size: int,
) -> list[Pick]:
    """Picks items one at a time; each pick counts as selected for those after it.

    The same, to the last bit, as asking for one item `size` times and leasing each: ranks are among the
    items that remain, and diversity is against the picks too.

    Args:
        eligible: (N,) which items of the pool may be picked.
        uncertainty: (N,) of the whole pool.
        density: (N,) of the whole pool.
        diversifier: of the whole pool.
        ids: (N,) of the whole pool; the smallest wins a tie.
        exponents: of the score.
        size: how many; fewer are picked where there are no more.

    Returns:
        Picks in order.
    """
    is_open = eligible.copy()
    picks: list[Pick] = []
    for _ in range(min(size, int(eligible.sum()))):
        if picks:
            diversifier.pick(picks[-1].position)
            is_open[picks[-1].position] = False
        picks.append(_best((uncertainty, density, diversifier.diversity()), is_open, ids, exponents))
    return picks


def _best(
    parts: tuple[Binned, Binned, Binned], is_open: NDArray[np.bool_], ids: Sequence[str], exponents: Exponents
) -> Pick:
    powers = exponents.uncertainty, exponents.density, exponents.diversity
    ranked = candidates(parts, powers, is_open)
    first, second, third = (part.values[ranked.rows] for part in parts)
    scores = score_ranked((first, second, third), (ranked.cdf[0], ranked.cdf[1], ranked.cdf[2]), exponents)
    best = min(scores.leaders(), key=lambda row: ids[int(ranked.rows[row])])
    return Pick(int(ranked.rows[best]), scores.part(best))
