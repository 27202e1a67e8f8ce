"""Batches: the best item, then the best given that one, and so on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.diversity import diversity_of
from vicinal.core.ecdf import empirical_cdf, upper_ranks
from vicinal.core.scores import Exponents, PoolScores, ScoreParts, score_ranked
from vicinal.core.similarity import Vectors

Positions = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Pick:
    """An item of a batch: its position in the pool, and its score when it was picked."""

    position: int
    parts: ScoreParts


def greedy_batch(
    eligible: Positions,
    *,
    uncertainty: Values,
    density: Values,
    nearest_similarity: Vectors,
    similarity_to: Callable[[int], Vectors],
    ids: Sequence[str],
    exponents: Exponents,
    size: int,
) -> list[Pick]:
    """Picks items one at a time; each pick counts as selected for those after it.

    The same, to the last bit, as asking for one item `size` times and leasing each: ranks are among the
    items that remain, and diversity is against the picks too.

    Args:
        eligible: (n,) positions that may be picked.
        uncertainty: (n,) of the eligible.
        density: (n,) of the eligible.
        nearest_similarity: (n,) float32 of each eligible item to its nearest selected one.
        similarity_to: gives the (n,) float32 similarities of the eligible to a position.
        ids: (n,) of the eligible; the smallest wins a tie.
        exponents: of the score.
        size: how many; fewer are picked where there are no more.

    Returns:
        Picks in order.

    Raises:
        ValueError: an uncertainty or density is NaN.
    """
    remaining = _Remaining(uncertainty, density, nearest_similarity)
    picks: list[Pick] = []
    while len(picks) < size and len(remaining.rows):
        if picks:
            remaining.select(similarity_to(picks[-1].position))
        scores = remaining.scores(exponents)
        best = min(scores.leaders(), key=lambda row: ids[int(remaining.rows[row])])
        picks.append(Pick(int(eligible[remaining.rows[best]]), scores.part(best)))
        remaining.drop(best)
    return picks


class _Remaining:
    """The eligible items that were not picked. Dropping one moves the ranks of the others by at most one.

    Attributes:
        rows: (m,) of the eligible items.
    """

    def __init__(self, uncertainty: Values, density: Values, nearest_similarity: Vectors) -> None:
        self.rows: Positions = np.arange(len(uncertainty))
        self._uncertainty, self._density = uncertainty, density
        self._nearest = nearest_similarity
        self._uncertainty_ranks = upper_ranks(uncertainty)
        self._density_ranks = upper_ranks(density)

    def select(self, similarity: Vectors) -> None:
        """Takes in the (n,) similarities of the eligible items to a new pick."""
        self._nearest = np.maximum(self._nearest, similarity[self.rows])

    def scores(self, exponents: Exponents) -> PoolScores:
        """Of the remaining items against each other."""
        diversity = diversity_of(self._nearest)
        parts = self._uncertainty, self._density, diversity
        count = len(self.rows)
        cdfs = self._uncertainty_ranks / count, self._density_ranks / count, empirical_cdf(diversity)
        return score_ranked(parts, cdfs, exponents)

    def drop(self, row: int) -> None:
        """Takes out the item at this place among the remaining."""
        self._uncertainty_ranks[self._uncertainty >= self._uncertainty[row]] -= 1
        self._density_ranks[self._density >= self._density[row]] -= 1
        self.rows = np.delete(self.rows, row)
        self._uncertainty = np.delete(self._uncertainty, row)
        self._density = np.delete(self._density, row)
        self._nearest = np.delete(self._nearest, row)
        self._uncertainty_ranks = np.delete(self._uncertainty_ranks, row)
        self._density_ranks = np.delete(self._density_ranks, row)
