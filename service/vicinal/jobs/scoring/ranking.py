"""Every item's empirical CDF values, score and rank, and the items to label next."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask, Values
from vicinal.core.scoring.ecdf import Summary, SummaryTree, cdf_by, summary_of
from vicinal.core.scoring.scores import Exponents, score, score_ranked
from vicinal.core.scoring.selection import FilterGrades
from vicinal.core.scoring.strategies import random_priority
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.range_scores import RangeScores
from vicinal.records.votes import ScoreParts

FACTORS = ("uncertainty", "density", "diversity")


@dataclass(frozen=True, eq=False)
class RankedRows:
    """Of the m rows of a stretch that are ranked, by their places in it.

    Attributes:
        places: (m,) ascending.
        cdfs: (3, m) of uncertainty, density and diversity.
        score: (m,).
        rank: (m,) int64 from 1; where there are too many to sort, to within the stated error.
    """

    places: NDArray[np.int64]
    cdfs: Values
    score: Values
    rank: NDArray[np.int64]


class Ranking(Protocol):
    """Standings of a pool."""

    @property
    def rank_error(self) -> float:
        """No rank or CDF value is off by more than this share; 0 where they are exact."""
        ...

    def rank_rows(self, row_range: RowRange) -> RankedRows:
        """Of the rows of a stretch."""
        ...


class ExactRanking:
    """Standings by sorting all rows, as the service has them, to the last bit.

    Args:
        parts: (rows,) uncertainty, density and diversity of the whole pool.
        ranked: (rows,) which of them are ranked.
        ids: of all rows; ties go by them.
        exponents: of the score.
        priorities: (rows,) by which the strategy `random` goes instead.
    """

    rank_error = 0.0

    def __init__(
        self,
        parts: tuple[Values, Values, Values],
        ranked: Mask,
        ids: list[str],
        exponents: Exponents,
        priorities: Values | None = None,
    ) -> None:
        self._rows = np.flatnonzero(ranked)
        first, second, third = (part[self._rows] for part in parts)
        scores = score(first, second, third, exponents)
        if priorities is not None:
            scores = type(scores)(**{**scores.__dict__, "score": priorities[self._rows]})
        order = scores.order([ids[row] for row in self._rows.tolist()])
        self._rank = np.empty(len(order), dtype=np.int64)
        self._rank[order] = np.arange(1, len(order) + 1)
        self._cdfs = np.stack([scores.uncertainty_cdf, scores.density_cdf, scores.diversity_cdf])
        self._score = scores.score

    def rank_rows(self, row_range: RowRange) -> RankedRows:
        """See `Ranking.rank_rows`."""
        here = slice(*np.searchsorted(self._rows, [row_range.start, row_range.stop]))
        places = self._rows[here] - row_range.start
        return RankedRows(places, self._cdfs[:, here], self._score[here], self._rank[here])


class BoundedRanking:
    """Standings by summaries: memory does not grow with the pool, ranks are within `RANK_ERROR`.

    Args:
        pool: that was scored.
        plan: what is asked for.
        scores_of: reads what was found of a stretch.
    """

    def __init__(
        self, pool: PoolOnDisk, plan: ScoringPlan, scores_of: Callable[[RowRange], RangeScores]
    ) -> None:
        self._pool, self._plan, self._scores_of = pool, plan, scores_of
        self._exponents = plan.chosen_strategy.exponents(pool.label_count)
        self.ranks = self._summarise_factors()
        self.score_ranks = _summarise(self._all_scores())

    @property
    def rank_error(self) -> float:
        """The larger of the stated errors of summaries, as a share."""
        return max(each.error / max(1, each.count) for each in (*self.ranks, self.score_ranks))

    def rank_rows(self, row_range: RowRange) -> RankedRows:
        """See `Ranking.rank_rows`."""
        places, cdfs, score = self._score_range(row_range)
        above = self.score_ranks.count - self.score_ranks.upto(score)
        rank = np.clip(np.rint(above).astype(np.int64) + 1, 1, self.score_ranks.count)
        return RankedRows(places, cdfs, score, rank)

    def _summarise_factors(self) -> tuple[Summary, Summary, Summary]:
        trees = SummaryTree(), SummaryTree(), SummaryTree()
        for row_range in self._pool.row_ranges:
            part, eligible = (
                self._scores_of(row_range),
                self._pool.eligible_mask(row_range.start, row_range.stop),
            )
            for tree, name in zip(trees, FACTORS, strict=True):
                tree.add(summary_of(getattr(part, name)[eligible]))
        first, second, third = (tree.summary() for tree in trees)
        return first, second, third

    def _all_scores(self) -> Iterator[Values]:
        for row_range in self._pool.row_ranges:
            yield self._score_range(row_range)[2]

    def _score_range(self, row_range: RowRange) -> tuple[NDArray[np.int64], Values, Values]:
        part = self._scores_of(row_range)
        places = np.flatnonzero(self._pool.eligible_mask(row_range.start, row_range.stop))
        first, second, third = (getattr(part, name)[places] for name in FACTORS)
        cdfs = tuple(
            cdf_by(ranks, each) for ranks, each in zip(self.ranks, (first, second, third), strict=True)
        )
        scores = score_ranked((first, second, third), (cdfs[0], cdfs[1], cdfs[2]), self._exponents).score
        if self._plan.chosen_strategy.is_random:
            ids = self._pool.read_ids(row_range)
            scores = np.array([random_priority(self._plan.seed, ids[place]) for place in places.tolist()])
        return places, np.stack(cdfs), scores


def _summarise(all_values: Iterator[Values]) -> Summary:
    tree = SummaryTree()
    for values in all_values:
        tree.add(summary_of(values))
    return tree.summary()


@dataclass(frozen=True)
class BatchItem:
    """An item of the batch, and its score when it was picked."""

    item_id: str
    parts: ScoreParts


@dataclass(frozen=True, eq=False)
class ScoringOutcome:
    """What is written.

    Attributes:
        classes: in alphabetical order, which columns of probabilities count by.
        scores_of: numbers of a stretch of rows.
        ranking: of all rows; None where only classes are asked for.
        filter_grades: (rows,) how much items are filtered, or None.
        chosen: the items to label next, best first.
        batch_note: how the batch was found.
    """

    classes: tuple[str, ...]
    scores_of: Callable[[RowRange], RangeScores]
    ranking: Ranking | None
    filter_grades: FilterGrades | None
    batch: Sequence[BatchItem]
    batch_note: str
