"""The numbers of one pool: votes, densities and distances, kept up with its items' lives."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from vicinal.core.batch import Pick, greedy_batch
from vicinal.core.density import Density, local_density, mean_density
from vicinal.core.diversity import NearestSelected
from vicinal.core.ports import Neighbourhoods, PoolConfig, Vectors
from vicinal.core.scores import Exponents, PoolScores, score
from vicinal.core.similarity import similarity_to
from vicinal.core.strategies import Strategy, random_priority
from vicinal.core.uncertainty import uncertainty
from vicinal.core.votes import DirectVotes, Vote

Positions = NDArray[np.int64]
Values = NDArray[np.float64]


class Scorer:
    """Scores a pool's items by position.

    Densities and random priorities change only with the pool, so they are computed at their first use
    after it grew.

    Attributes:
        pool: (N, d) float32 prepared vectors.
    """

    def __init__(self, config: PoolConfig, neighbourhoods: Neighbourhoods) -> None:
        self._config = config
        self._votes = DirectVotes(config.metric, config.vote_neighbours, config.vote_weighting)
        self._selected = NearestSelected(config.metric)
        self._neighbourhoods = neighbourhoods
        self._neighbourhoods_rows = 0
        self.pool: Vectors = np.zeros((0, config.dimension), dtype=np.float32)
        self._densities: dict[Density, Values] = {}
        self._priorities: Values = np.zeros(0)

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        self.pool = pool
        self._votes.grow(pool)
        self._selected.grow(pool)
        self._densities.clear()

    def label(self, position: int, label: str) -> None:
        """Lets a newly labelled item vote."""
        self._votes.append(position, label)

    def relabel(self, position: int, label: str) -> None:
        """Changes an item's vote."""
        self._votes.relabel(position, label)

    def unlabel(self, position: int) -> None:
        """Takes an item's vote back; the votes are then as if it had never been given."""
        self._votes.remove(position)

    def select(self, position: int) -> None:
        """Keeps suggestions away from an item that is leased or labelled."""
        self._selected.select(position)

    def deselect(self, position: int) -> None:
        """Undoes `select`."""
        self._selected.deselect(position)

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order: the columns of shares."""
        return self._votes.classes

    def shares(self, positions: Positions) -> Values:
        """(n, C) shares of the classes, rows sum to 1; C is 0 before the first label."""
        return self._votes.shares(positions)

    def predict(self, vectors: Vectors) -> Values:
        """(n, C) shares for prepared vectors from anywhere."""
        return self._votes.predict(vectors)

    def voters(self, vector: Vectors) -> Sequence[Vote]:
        """The labelled items that vote on a prepared (d,) vector, heaviest first."""
        return self._votes.voters(vector)

    def pool_neighbours(self, position: int) -> list[tuple[int, float]]:
        """Nearest other items of the pool with their similarities, nearest first."""
        neighbours = self._grown_neighbourhoods().neighbours
        pairs = zip(neighbours.keys[position], neighbours.similarities[position], strict=True)
        return [(int(key), float(similarity)) for key, similarity in pairs if key >= 0]

    def scores(self, eligible: Positions, ids: Sequence[str], strategy: Strategy) -> PoolScores:
        """Scores of the eligible positions, in their order."""
        if strategy.is_random:
            return self._random_scores(eligible, ids)
        return score(
            self._uncertainty(eligible, strategy),
            self._density(eligible, strategy),
            self._selected.diversity(eligible),
            strategy.exponents(len(self._votes.labelled)),
        )

    def batch(self, eligible: Positions, ids: Sequence[str], strategy: Strategy, size: int) -> list[Pick]:
        """The next `size` items, best first; fewer where there are no more."""
        if strategy.is_random:
            scores = self._random_scores(eligible, ids)
            rows = scores.order([ids[position] for position in eligible])[:size]
            return [Pick(int(eligible[row]), scores.part(int(row))) for row in rows]
        return greedy_batch(
            eligible,
            uncertainty=self._uncertainty(eligible, strategy),
            density=self._density(eligible, strategy),
            nearest_similarity=self._selected.similarity[eligible],
            similarity_to=lambda position: similarity_to(self.pool, self.pool[position], self._config.metric)[
                eligible
            ],
            ids=[ids[position] for position in eligible],
            exponents=strategy.exponents(len(self._votes.labelled)),
            size=size,
        )

    def _uncertainty(self, eligible: Positions, strategy: Strategy) -> Values:
        return uncertainty(self._votes.shares(eligible), strategy.uncertainty)

    def _density(self, eligible: Positions, strategy: Strategy) -> Values:
        if strategy.density_weight == 0 and not strategy.first_by_density:
            return np.zeros(len(eligible))
        if strategy.density not in self._densities:
            self._densities[strategy.density] = self._all_densities(strategy.density)
        return self._densities[strategy.density][eligible]

    def _all_densities(self, density: Density) -> Values:
        if density is Density.MEAN:
            return mean_density(self.pool, self._config.metric)
        return local_density(self._grown_neighbourhoods().neighbours.similarities)

    def _grown_neighbourhoods(self) -> Neighbourhoods:
        if self._neighbourhoods_rows < len(self.pool):
            self._neighbourhoods.grow(self.pool)
            self._neighbourhoods_rows = len(self.pool)
        return self._neighbourhoods

    def _random_scores(self, eligible: Positions, ids: Sequence[str]) -> PoolScores:
        for_new = ids[len(self._priorities) :]
        fresh = np.array([random_priority(self._config.seed, item_id) for item_id in for_new])
        self._priorities = np.concatenate([self._priorities, fresh])
        nothing = np.zeros(len(eligible))
        unscored = score(nothing, nothing, nothing, Exponents(0.0, 0.0, 0.0))
        return replace(unscored, score=self._priorities[eligible])
