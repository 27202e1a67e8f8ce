"""The numbers of one pool: votes, densities and distances, kept up with its items' lives."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vicinal.core.arrays import Mask, Positions, Values, Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.density import Density, mean_density
from vicinal.core.scoring.diversity import Diversity, EvidenceAround, NearestSelected
from vicinal.core.scoring.filters import PoolAssessment
from vicinal.core.scoring.scores import Exponents, PoolScores, score
from vicinal.core.scoring.selection import Binned, FilterGrades, Pick, Sampler, binned, greedy_batch, in_order
from vicinal.core.scoring.strategies import STRATEGIES, Strategy, random_priority
from vicinal.core.similarity import PoolSimilarity
from vicinal.core.votes import LabelledVector
from vicinal.pools.scoring.filters import DensityBounds, FilterFigures, filter_limits, grades
from vicinal.pools.scoring.graphs import BuiltGraph, GraphKeeper
from vicinal.pools.scoring.vote_state import VoteState


class Scorer:
    """Scores a pool's items by position.

    What only some strategies need (densities, distances, random priorities) is made at its first use.

    Attributes:
        pool: (N, d) float32 prepared vectors.
        votes: what the labels say.
        graphs: keeps the pool's neighbour graph up.
    """

    def __init__(self, config: PoolConfig, graphs: GraphKeeper) -> None:
        self._config = config
        self.graphs = graphs
        self._near = PoolSimilarity(config.metric)
        self.votes = VoteState(config, self._near)
        self.pool: Vectors = np.zeros((0, config.dimension), dtype=np.float32)
        self._selected: set[int] = set()
        self._graph: BuiltGraph | None = None
        self._distances: NearestSelected | None = None
        self._evidence: EvidenceAround | None = None
        self._densities: dict[Density | None, Binned] = {}
        self._bounds = DensityBounds()
        self._priorities: Values = np.zeros(0)

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        self.pool = pool
        self._near.grow(pool)
        self.votes.grow(pool)
        self._densities.clear()
        if self._distances is not None:
            self._distances.grow(pool)

    def refresh(self) -> None:
        """Takes in what has been built of the graph since the last call; others use what it found."""
        strategy = STRATEGIES[self._config.strategy]
        by_density = strategy.density is Density.LOCAL and strategy.density_weight > 0
        if self.votes.wants_graph or by_density or filter_limits(self._config, strategy).are_on:
            graph = self.graphs.latest(self.pool)
            if graph is not self._graph:
                self._graph = graph
                self.votes.adopt(graph)
                # What stood in until now is made again should a strategy ask for it.
                self._distances = None
                self._densities.clear()

    def scorable(self, eligible: Mask) -> Mask:
        """(rows,) those of the (N,) eligible that have scores: new items wait for the graph."""
        return eligible[: self.votes.rows]

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

    def put_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets examples vote; what is near them is less diverse, where that is measured by evidence."""
        self.votes.put_examples(examples)
        evidence = self._evidence_of_votes()
        if evidence is not None:
            for spread in self.votes.example_spreads(example.key for example in examples):
                evidence.take_in(spread)

    def drop_example(self, key: str) -> None:
        """Undoes `put_examples` for one."""
        evidence = self._evidence_of_votes()
        if evidence is not None:
            evidence.let_go(*self.votes.example_spreads([key]))
        self.votes.drop_example(key)

    def neighbours(self, position: int) -> list[tuple[int, float]]:
        """Nearest other items of the pool with their similarities, nearest first; none until known."""
        graph = self.graphs.latest(self.pool)
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
            self.votes.uncertainty(strategy.uncertainty)[eligible],
            self._density(strategy).values[eligible],
            self._diversifier(strategy).diversity().values[eligible],
            strategy.exponents(self.votes.label_count),
        )

    def batch(
        self,
        eligible: Mask,
        ids: Sequence[str],
        strategy: Strategy,
        size: int,
        *,
        sampler: Sampler | None = None,
        filter_grades: FilterGrades | None = None,
    ) -> list[Pick]:
        """The next `size` of the `scorable` items, best first; fewer where there are no more.

        Filtered items come last, unless the control sampler picks them.
        """
        if strategy.is_random:
            positions = np.flatnonzero(eligible)
            scores = self._random_scores(positions, ids)
            rows = scores.order([ids[position] for position in positions.tolist()])
            if filter_grades is not None:
                rows = rows[np.argsort(filter_grades[positions[rows]], kind="stable")]
            return in_order(
                positions[rows], lambda place: scores.part(int(rows[place])), eligible, size, sampler
            )
        selected = self._diversifier(strategy)
        return greedy_batch(
            eligible,
            uncertainty=binned(self._assess(strategy).uncertainty),
            density=self._density(strategy),
            # For a single item nothing is picked on top, so nothing need be copied.
            diversifier=selected if size == 1 else selected.with_more(),
            ids=ids,
            exponents=strategy.exponents(self.votes.label_count),
            size=size,
            sampler=sampler,
            filter_grades=filter_grades,
        )

    def filtered(self, strategy: Strategy, never_filter: Mask) -> FilterGrades | None:
        """(rows,) how much each item is filtered by this strategy; None where nothing is.

        Args:
            strategy: that would choose.
            never_filter: (N,) items that are never filtered.
        """
        limits, graph = filter_limits(self._config, strategy), self._graph
        if not limits.are_on or graph is None or not len(graph):
            return None
        none = np.zeros(self.votes.rows, dtype=np.bool_)
        confident = self._assess(strategy).confident if limits.confidence_filter > 0 else none
        return grades(confident, self._bounds.rows(graph, limits.outlier_filter), never_filter)

    def filter_figures(self, position: int, strategy: Strategy) -> FilterFigures | None:
        """What speaks for filtering an item; None where nothing can be filtered."""
        limits, graph = filter_limits(self._config, strategy), self._graph
        if not limits.are_on or graph is None or position >= min(len(graph), self.votes.rows):
            return None
        density = float(graph.density[position])
        confidence = self.votes.confidence(position, density)
        return FilterFigures(confidence, limits, density, self._bounds.least(graph, limits.outlier_filter))

    def _assess(self, strategy: Strategy) -> PoolAssessment:
        confidence_filter = filter_limits(self._config, strategy).confidence_filter
        return self.votes.assess(strategy.uncertainty, confidence_filter, self._near_from())

    def _near_from(self) -> Values | None:
        """(rows,) similarity from which a labelled item is near to each, where the nearest vote."""
        if self._graph is None or self.votes.graph is not None:
            return None
        density, newer = self._graph.density, self.votes.rows - len(self._graph)
        return np.concatenate([density, np.full(newer, np.inf)]) if newer else density

    def _density(self, strategy: Strategy) -> Binned:
        """(rows,) of the items that have scores."""
        kind = self._density_kind(strategy)
        stored = self._densities.get(kind)
        if stored is None or len(stored.values) != self.votes.rows:
            stored = self._densities[kind] = binned(self._density_values(kind))
        return stored

    def _density_kind(self, strategy: Strategy) -> Density | None:
        """What density can be had of what the strategy asks for; None is none."""
        if strategy.density_weight == 0 and not strategy.first_by_density:
            return None
        if strategy.density is Density.LOCAL and (self._graph is None or len(self._graph) < self.votes.rows):
            # The density to the whole pool stands in until the neighbours are known.
            return Density.MEAN
        return strategy.density

    def _density_values(self, kind: Density | None) -> Values:
        if kind is Density.LOCAL and self._graph is not None:
            return self._graph.density[: self.votes.rows]
        if kind is Density.MEAN:
            return mean_density(self.pool, self._config.metric)[: self.votes.rows]
        return np.zeros(self.votes.rows)

    def _diversifier(self, strategy: Strategy) -> NearestSelected | EvidenceAround:
        if strategy.diversity is Diversity.EVIDENCE and self.votes.graph is not None:
            spreader = self.votes.graph.spreader
            if self._evidence is None or not self._evidence.is_over(spreader):
                self._evidence = EvidenceAround(spreader)
                for position in self._selected:
                    self._select_evidence(position)
                for spread in self.votes.example_spreads(self.votes.examples):
                    self._evidence.take_in(spread)
            return self._evidence
        if self._distances is None:
            self._distances = NearestSelected(self._config.metric, self._near)
            self._distances.grow(self.pool)
            self._distances.extend(np.array(sorted(self._selected), dtype=np.int64))
        return self._distances

    def _select_evidence(self, position: int) -> None:
        if self._evidence is not None and position < len(self._evidence):
            self._evidence.select(position)

    def _evidence_of_votes(self) -> EvidenceAround | None:
        """The evidence kept up, if it is over the graph that votes spread over; else it is made again."""
        graph, evidence = self.votes.graph, self._evidence
        if graph is None or evidence is None or not evidence.is_over(graph.spreader):
            return None
        return evidence

    def _random_scores(self, eligible: Positions, ids: Sequence[str]) -> PoolScores:
        for_new = ids[len(self._priorities) :]
        fresh = np.array([random_priority(self._config.seed, item_id) for item_id in for_new])
        self._priorities = np.concatenate([self._priorities, fresh])
        nothing = np.zeros(len(eligible))
        unscored = score(nothing, nothing, nothing, Exponents(0.0, 0.0, 0.0))
        return replace(unscored, score=self._priorities[eligible])
