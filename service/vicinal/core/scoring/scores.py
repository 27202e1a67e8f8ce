"""The score of an item: uncertainty, density and diversity by rank, multiplied."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values
from vicinal.core.scoring.ecdf import empirical_cdf
from vicinal.records.votes import ScoreParts


@dataclass(frozen=True)
class Exponents:
    """How much each part counts; 0 leaves it out."""

    uncertainty: float
    density: float
    diversity: float


@dataclass(frozen=True)
class PoolScores:
    """Scores of the eligible items: (n,) arrays, a row per item, in the order they were given.

    Attributes:
        exponents: those the score was made with.
        score: 0 to 1, larger is better.
    """

    uncertainty: Values
    density: Values
    diversity: Values
    uncertainty_cdf: Values
    density_cdf: Values
    diversity_cdf: Values
    exponents: Exponents
    score: Values

    def part(self, row: int) -> ScoreParts:
        """All there is to say of one row."""
        return ScoreParts(
            uncertainty=float(self.uncertainty[row]),
            density=float(self.density[row]),
            diversity=float(self.diversity[row]),
            uncertainty_cdf=float(self.uncertainty_cdf[row]),
            density_cdf=float(self.density_cdf[row]),
            diversity_cdf=float(self.diversity_cdf[row]),
            uncertainty_exponent=self.exponents.uncertainty,
            density_exponent=self.exponents.density,
            diversity_exponent=self.exponents.diversity,
            score=float(self.score[row]),
        )

    def order(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows from best to worst; equal scores by id, the smallest first.

        Args:
            ids: (n,) of the rows.
        """
        rows = np.argsort(-self.score, kind="stable")
        ranked = self.score[rows]
        bounds = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1], [True]]))
        for run in np.flatnonzero(np.diff(bounds) > 1):
            tied = slice(bounds[run], bounds[run + 1])
            rows[tied] = sorted(rows[tied].tolist(), key=ids.__getitem__)
        return rows

    def leaders(self) -> list[int]:
        """Rows that share the best score; there must be a row."""
        leaders: list[int] = np.flatnonzero(self.score == self.score.max()).tolist()
        return leaders


def score(uncertainty: Values, density: Values, diversity: Values, exponents: Exponents) -> PoolScores:
    """Scores items against each other.

    Formula: U ** a * I ** b * D ** c, each capital the empirical CDF over the given items, so that only
    ranks count. A part that is the same for all drops out.

    Args:
        uncertainty: (n,) larger is less sure.
        density: (n,) larger is denser.
        diversity: (n,) larger is farther from what is selected.
        exponents: a, b and c.

    Raises:
        ValueError: a value is NaN.

    >>> score(np.array([0.2, 0.9]), np.zeros(2), np.zeros(2), Exponents(1.0, 1.0, 1.0)).score
    array([0.5, 1. ])
    """
    parts = (uncertainty, density, diversity)
    return score_ranked(
        parts, (empirical_cdf(uncertainty), empirical_cdf(density), empirical_cdf(diversity)), exponents
    )


def score_ranked(
    parts: tuple[Values, Values, Values], cdfs: tuple[Values, Values, Values], exponents: Exponents
) -> PoolScores:
    """As `score`, where the caller has the empirical CDFs.

    Args:
        parts: (n,) uncertainty, density and diversity.
        cdfs: (n,) of each.
        exponents: of each.
    """
    powers = (exponents.uncertainty, exponents.density, exponents.diversity)
    product = np.ones(len(cdfs[0]))
    for cdf, power in zip(cdfs, powers, strict=True):
        product *= cdf**power
    return PoolScores(*parts, *cdfs, exponents=exponents, score=product)
