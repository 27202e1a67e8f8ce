"""Batches: the best item, then the best given that one, and so on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask
from vicinal.core.best import Binned, candidates
from vicinal.core.scores import Exponents, ScoreParts, score_ranked

# Of each item: 0, or the grade it is filtered by.
FilterGrades = NDArray[np.uint8]
CONFIDENT, OUTLIER = 1, 2
# Of a batch's places, by their number and the items still open: a position drawn at random, or None.
Sampler = Callable[[int, Mask], int | None]

# The score of an item that was drawn at random: nothing spoke for it.
BY_CHANCE = ScoreParts(
    uncertainty=0.0,
    density=0.0,
    diversity=0.0,
    uncertainty_cdf=1.0,
    density_cdf=1.0,
    diversity_cdf=1.0,
    uncertainty_exponent=0.0,
    density_exponent=0.0,
    diversity_exponent=0.0,
    score=1.0,
)


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


def first_in_line(eligible: Mask, filter_grades: FilterGrades | None) -> Mask:
    """The items that are chosen among: those that are not filtered, or, without any, those filtered least.

    Args:
        eligible: (n,).
        filter_grades: (n,) 0, `CONFIDENT` or `OUTLIER`, which comes last; None is 0 for all.

    >>> first_in_line(np.array([True, True, False, True]), np.array([2, 1, 0, 1], dtype=np.uint8))
    array([False,  True, False,  True])
    """
    if filter_grades is None:
        return eligible
    for grade in (0, CONFIDENT, OUTLIER):
        among: Mask = eligible & (filter_grades == grade)
        if among.any():
            return among
    return eligible


def greedy_batch(
    eligible: NDArray[np.bool_],
    *,
    uncertainty: Binned,
    density: Binned,
    diversifier: Diversifier,
    ids: Sequence[str],
    exponents: Exponents,
    size: int,
    sampler: Sampler | None = None,
    filter_grades: FilterGrades | None = None,
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
        sampler: puts items drawn at random into some places of the batch, from all that are eligible.
        filter_grades: (N,) as in `first_in_line`; ranks are among those that are chosen among.

    Returns:
        Picks in order.
    """
    is_open = eligible.copy()
    picks: list[Pick] = []
    for slot in range(min(size, int(eligible.sum()))):
        if picks:
            diversifier.pick(picks[-1].position)
            is_open[picks[-1].position] = False
        sampled = sampler(slot, is_open) if sampler else None
        if sampled is None:
            parts = uncertainty, density, diversifier.diversity()
            picks.append(_best(parts, first_in_line(is_open, filter_grades), ids, exponents))
        else:
            picks.append(Pick(sampled, BY_CHANCE))
    return picks


def in_order(
    order: NDArray[np.int64],
    parts_of: Callable[[int], ScoreParts],
    eligible: Mask,
    size: int,
    sampler: Sampler | None = None,
) -> list[Pick]:
    """Picks items in a given order, where no pick changes the score of another.

    Args:
        order: positions of the eligible items, best first.
        parts_of: the score of the item at a place of the order.
        eligible: (N,) which items of the pool may be picked.
        size: how many; fewer are picked where there are no more.
        sampler: as in `greedy_batch`.
    """
    is_open = eligible.copy()
    picks: list[Pick] = []
    place = 0
    for slot in range(min(size, len(order))):
        sampled = sampler(slot, is_open) if sampler else None
        while sampled is None and not is_open[order[place]]:
            place += 1
        picks.append(
            Pick(int(order[place]), parts_of(place)) if sampled is None else Pick(sampled, BY_CHANCE)
        )
        is_open[picks[-1].position] = False
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
