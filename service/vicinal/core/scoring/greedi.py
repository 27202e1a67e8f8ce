"""A greedy batch from a pool in many parts: each part nominates, and a second greedy chooses among all.

Ranks are those before the batch, so that a pick lowers the score of what is near it and raises none. In
`selection` ranks are taken again after each pick, which asks for a pass over the whole pool.

Source: B. Mirzasoleiman, A. Karbasi, R. Sarkar, A. Krause, "Distributed Submodular Maximization: Identifying
Representative Elements in Massive Data", NIPS 2013 (the scheme GreeDi).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Values, Vectors
from vicinal.core.scoring.diversity import diversity_of
from vicinal.core.scoring.ecdf import Ranks, cdf_by
from vicinal.core.scoring.scores import Exponents
from vicinal.core.similarity import similarity_to
from vicinal.records.pool_options import Metric
from vicinal.records.votes import ScoreParts

# Candidates by their scores alone, for each pick: what other parts' picks do not touch may yet be chosen.
_SPARE = 4


@dataclass(frozen=True, eq=False)
class BatchCandidates:
    """Items that a batch is chosen from; m of them.

    Attributes:
        ids: (m,) str; ties go to the smaller.
        vectors: (m, d) prepared.
        parts: (3, m) uncertainty, density and diversity.
        cdfs: (2, m) CDF values of uncertainty and density.
        score: (m,) before the batch.
    """

    ids: NDArray[np.str_]
    vectors: Vectors
    parts: Values
    cdfs: Values
    score: Values

    def take(self, rows: Positions) -> "BatchCandidates":
        """Some of them."""
        return BatchCandidates(
            self.ids[rows], self.vectors[rows], self.parts[:, rows], self.cdfs[:, rows], self.score[rows]
        )

    def best(self, count: int) -> "tuple[BatchCandidates, float]":
        """Those with the best scores, and the best score of the others; 0 without others."""
        order = np.lexsort((self.ids, -self.score))
        rest = float(self.score[order[count]]) if len(order) > count else 0.0
        return self.take(np.sort(order[:count])), rest


def joined(groups: Sequence[BatchCandidates]) -> BatchCandidates:
    """All of several groups."""
    axis = {"parts": 1, "cdfs": 1}
    return BatchCandidates(
        *(
            np.concatenate([getattr(group, each.name) for group in groups], axis=axis.get(each.name, 0))
            for each in fields(BatchCandidates)
        )
    )


@dataclass(frozen=True)
class SecondRound:
    """What scores are made with.

    Attributes:
        exponents: of the score.
        diversity: ranks of diversity in the whole pool, before the batch.
        metric: the pool's.
    """

    exponents: Exponents
    diversity: Ranks
    metric: Metric

    def nominated(self, part: BatchCandidates, size: int) -> tuple[BatchCandidates, float]:
        """A part's nominees: its own greedy batch, and some times as many of the best scores.

        Returns:
            Them, and the best score before the batch of all others of the part.
        """
        chosen = self.greedy(part, size)
        order = np.lexsort((part.ids, -part.score))[: _SPARE * size]
        rows = np.union1d(np.array([row for row, _ in chosen], dtype=np.int64), order)
        others = np.delete(part.score, rows)
        return part.take(rows), float(others.max(initial=0.0))

    def greedy(self, nominees: BatchCandidates, size: int) -> list[tuple[int, ScoreParts]]:
        """Picks rows one by one, each by its score with regard to those before it; ties by id.

        Formula: U ** a * I ** b * D ** c, as `scores.py`, with D the rank before the batch that the
        diversity to all that is selected and picked would have had.
        """
        # A pick can only lower scores: what scored too little before the batch need not be looked at again.
        among = max(64, 8 * size)
        while True:
            few, rest = nominees.best(among)
            picks = self._greedy(few, size)
            if rest == 0.0 or (len(picks) == size and picks[-1][1].score > rest):
                place = {each: row for row, each in enumerate(nominees.ids.tolist())}
                return [(place[few.ids[row]], parts) for row, parts in picks]
            among *= 4

    def _greedy(self, nominees: BatchCandidates, size: int) -> list[tuple[int, ScoreParts]]:
        powers = self.exponents
        merit = nominees.cdfs[0] ** powers.uncertainty * nominees.cdfs[1] ** powers.density
        diversity, is_open = nominees.parts[2].copy(), np.ones(len(merit), dtype=np.bool_)
        picks: list[tuple[int, ScoreParts]] = []
        while len(picks) < min(size, len(merit)):
            cdf = cdf_by(self.diversity, diversity)
            score = np.where(is_open, merit * cdf**powers.diversity, -1.0)
            row = min(np.flatnonzero(score == score.max()).tolist(), key=lambda each: nominees.ids[each])
            picks.append((row, self._explain(nominees, row, diversity, cdf, score)))
            is_open[row] = False
            near = similarity_to(nominees.vectors, nominees.vectors[row], self.metric)
            diversity = np.minimum(diversity, diversity_of(near))
        return picks

    def _explain(
        self, nominees: BatchCandidates, row: int, diversity: Values, cdf: Values, score: Values
    ) -> ScoreParts:
        powers, parts = self.exponents, nominees.parts[:, row]
        return ScoreParts(
            *(float(parts[0]), float(parts[1]), float(diversity[row])),
            *(float(nominees.cdfs[0, row]), float(nominees.cdfs[1, row]), float(cdf[row])),
            *(powers.uncertainty, powers.density, powers.diversity),
            float(score[row]),
        )
