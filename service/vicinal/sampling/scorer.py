"""The numbers of one pool: votes, densities and distances, kept up with its items' lives."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vicinal.core.batch import Pick, greedy_batch
from vicinal.core.density import Density, mean_density
from vicinal.core.diversity import Diversity, EvidenceAround, NearestSelected
from vicinal.core.ports import PoolConfig, Vectors
from vicinal.core.scores import Exponents, PoolScores, score
from vicinal.core.strategies import STRATEGIES, Strategy, random_priority
from vicinal.core.uncertainty import uncertainty
from vicinal.sampling.electorate import Electorate
from vicinal.sampling.graphs import BuiltGraph, GraphKeeper

Positions = NDArray[np.int64]
Values = NDArray[np.float64]


class Scorer:
    """Scores a pool's items by position.

    What only some strategies need (densities, distances, random priorities) is made at its first use.

    Attributes:
        pool: (N, d) float32 prepared vectors.
        votes: what the labels say.
    """

    def __init__(self, config: PoolConfig, graphs: GraphKeeper) -> None:
        self._config = config
        self._graphs = graphs
        self.votes = Electorate(config)
        self.pool: Vectors = np.zeros((0, config.dimension), dtype=np.float32)
        self._selected: set[int] = set()
        self._graph: BuiltGraph | None = None
        self._distances: NearestSelected | None = None
        self._evidence: EvidenceAround | None = None
        self._mean_density: Values | None = None
        self._priorities: Values = np.zeros(0)

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        self.pool = pool
        self.votes.grow(pool)
        self._mean_density = None
        if self._distances is not None:
            self._distances.grow(pool)

    def refresh(self) -> None:
        """Takes in what has been built of the graph since the last call; others use what it found."""
        strategy = STRATEGIES[self._config.strategy]
        if self.votes.wants_graph or (strategy.density is Density.LOCAL and strategy.density_weight > 0):
            self._graph = self._graphs.latest(self.pool)
            self.votes.adopt(self._graph)

    def scorable(self, positions: Positions) -> Positions:
        """Those of the positions that have scores: new items wait until the graph has taken them in."""
        return positions[positions < self.votes.rows]

    def select(self, position: int) -> None:
        """Keeps suggestions away from an item that is leased or labelled."""
        self._selected.add(position)
        if self._distances is not None:
            self._distances.select(position)
        self._select_evidence(position)

    def deselect(self, position: int) -> None:
        """Undoes `select`."""
        self._selected.remove(position)
        if self._distances is not None:
            self._distances.deselect(position)
        if self._evidence is not None and position < len(self._evidence):
            self._evidence.deselect(position)

    def neighbours(self, position: int) -> list[tuple[int, float]]:
        """Nearest other items of the pool with their similarities, nearest first; none before they are known."""
        graph = self._graphs.latest(self.pool)
        if graph is None or position >= len(graph):
            return []
        near = graph.neighbours
        pairs = zip(near.keys[position], near.similarities[position], strict=True)
        return [(int(key), float(similarity)) for key, similarity in pairs if key >= 0]

    def scores(self, eligible: Positions, ids: Sequence[str], strategy: Strategy) -> PoolScores:
        """Scores of positions that are `scorable`, in their order."""
        if strategy.is_random:
            return self._random_scores(eligible, ids)
        return score(
            self._uncertainty(strategy)[eligible],
            self._density(strategy)[eligible],
            self._diversifier(strategy).diversity()[eligible],
            strategy.exponents(len(self.votes.labelled)),
        )

    def batch(self, eligible: Positions, ids: Sequence[str], strategy: Strategy, size: int) -> list[Pick]:
        """The next `size` items, best first; fewer where there are no more."""
        if strategy.is_random:
            scores = self._random_scores(eligible, ids)
            rows = scores.order([ids[position] for position in eligible])[:size]
            return [Pick(int(eligible[row]), scores.part(int(row))) for row in rows]
        diversifier = self._diversifier(strategy)
        return greedy_batch(
            eligible,
            uncertainty=self._uncertainty(strategy),
            density=self._density(strategy),
            diversifier=diversifier.with_more() if size > 1 else diversifier,
            ids=ids,
            exponents=strategy.exponents(len(self.votes.labelled)),
            size=size,
        )

    def _uncertainty(self, strategy: Strategy) -> Values:
        return uncertainty(self.votes.shares(), strategy.uncertainty)

    def _density(self, strategy: Strategy) -> Values:
        if strategy.density_weight == 0 and not strategy.first_by_density:
            return np.zeros(self.votes.rows)
        if strategy.density is Density.LOCAL and self._graph is not None and len(self._graph) >= self.votes.rows:
            return self._graph.density[: self.votes.rows]
        # The density to the whole pool stands in until the neighbours are known.
        if self._mean_density is None:
            self._mean_density = mean_density(self.pool, self._config.metric)
        return self._mean_density[: self.votes.rows]

    def _diversifier(self, strategy: Strategy) -> NearestSelected | EvidenceAround:
        if strategy.diversity is Diversity.EVIDENCE and self.votes.graph is not None:
            spreader = self.votes.graph.spreader
            if self._evidence is None or not self._evidence.is_over(spreader):
                self._evidence = EvidenceAround(spreader)
                for position in self._selected:
                    self._select_evidence(position)
            return self._evidence
        if self._distances is None:
            self._distances = NearestSelected(self._config.metric)
            self._distances.grow(self.pool)
            self._distances.extend(np.array(sorted(self._selected), dtype=np.int64))
        return self._distances

    def _select_evidence(self, position: int) -> None:
        if self._evidence is not None and position < len(self._evidence):
            self._evidence.select(position)

    def _random_scores(self, eligible: Positions, ids: Sequence[str]) -> PoolScores:
        for_new = ids[len(self._priorities) :]
        fresh = np.array([random_priority(self._config.seed, item_id) for item_id in for_new])
        self._priorities = np.concatenate([self._priorities, fresh])
        nothing = np.zeros(len(eligible))
        unscored = score(nothing, nothing, nothing, Exponents(0.0, 0.0, 0.0))
        return replace(unscored, score=self._priorities[eligible])
