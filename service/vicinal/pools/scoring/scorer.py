"""The numbers of one pool: votes, densities, distances, filters and scores, kept up with its items' lives."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask, Positions, Probabilities, Values, Vectors
from vicinal.core.graph import Spread
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.density import Density, mean_density
from vicinal.core.scoring.diversity import Diversity, EvidenceAround, NearestSelected
from vicinal.core.scoring.filters import Confidence, PoolAssessment, least_density
from vicinal.core.scoring.scores import Exponents, PoolScores, score
from vicinal.core.scoring.selection import (
    CONFIDENT,
    OUTLIER,
    Binned,
    FilterGrades,
    Pick,
    PickControl,
    binned,
    greedy_batch,
    in_order,
)
from vicinal.core.scoring.strategies import STRATEGIES, Strategy, random_priority, strategy_named
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.search import order_best_first
from vicinal.core.similarity import PoolSimilarity
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector, Vote
from vicinal.pools.scoring.graphs import BuiltGraph, GraphKeeper
from vicinal.records.pool_options import VoteModel

MAX_CLASSES_IN_ANSWER = 100
"""Classes that a suggestion or prediction comes with at most: an answer has room for a thousand of them."""

# Probabilities in memory at a time (32 MiB).
_PROBABILITIES_AT_ONCE = 1 << 22


class VoteState:
    """The labels and examples that stand, and the vote model they are in.

    Votes spread over the pool's graph, where the model asks for that and the graph is there; until it is,
    the nearest labelled items vote. The model is made when votes are first asked for, and can be made
    again from the labels at any time: they alone are the state.

    Attributes:
        graph: what votes spread over; None while the nearest labelled items vote.
    """

    def __init__(self, config: PoolConfig, near: PoolSimilarity) -> None:
        self._config = config
        self._near = near
        self._vote_model = config.vote_model or strategy_named(config.strategy).vote_model
        self._pool: Vectors = np.zeros((0, config.dimension), dtype=np.float32)
        # What items vote for, and which of them vote for another item's label.
        self._labels: dict[int, str] = {}
        self._carried: set[int] = set()
        self._examples: dict[str, LabelledVector] = {}
        self._direct: DirectVotes | None = None
        self._spread: DiffusedVotes | BlendedVotes | None = None
        self._assessed: tuple[tuple[Uncertainty, float], Probabilities | None, PoolAssessment] | None = None
        self.graph: BuiltGraph | None = None

    @property
    def wants_graph(self) -> bool:
        """Whether these votes spread."""
        return self._vote_model is not VoteModel.DIRECT

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels that stand, by position; without those that duplicates carry."""
        return {position: label for position, label in self._labels.items() if position not in self._carried}

    @property
    def examples(self) -> Mapping[str, LabelledVector]:
        """Examples that stand, by key."""
        return MappingProxyType(self._examples)

    @property
    def voting(self) -> Mapping[int, str]:
        """What items vote for, by position; with the labels that duplicates carry."""
        return MappingProxyType(self._labels)

    @property
    def label_count(self) -> int:
        """How many labels the votes have to go by: those of items, and examples; duplicates add nothing."""
        return len(self._labels) - len(self._carried) + len(self._examples)

    @property
    def rows(self) -> int:
        """How many of the pool's first items have probabilities of their own: those that the graph covers."""
        return len(self._pool) if self.graph is None else self.graph.rows

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order: the columns of probabilities."""
        return self.model.classes

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        self._pool, self._assessed = pool, None
        if self._direct is not None:
            self._direct.grow(pool)

    def adopt(self, graph: BuiltGraph | None) -> None:
        """Lets votes spread over this graph from now on; None changes nothing."""
        if graph is None or graph is self.graph or not self.wants_graph:
            return
        if self._spread is None:
            blended = self._vote_model is VoteModel.BLENDED
            self._spread = (BlendedVotes if blended else DiffusedVotes)(self._config.metric)
        self._spread.grow(self._pool[: graph.rows], graph.spreader)
        self._direct, self.graph, self._assessed = None, graph, None
        for position, label in self._labels.items():
            if position < graph.rows and position not in self._spread.labelled:
                self._spread.append(position, label)
        voting = self._spread.examples
        self._spread.append_examples([each for key, each in self._examples.items() if key not in voting])

    def blank(self) -> "VoteState":
        """The same before any item's label, to replay labels in; to be used before anything changes again."""
        fresh = VoteState(self._config, self._near)
        fresh._examples.update(self._examples)
        fresh.grow(self._pool)
        if self.graph is not None and self._spread is not None:
            fresh._spread, fresh.graph = self._spread.blank(), self.graph
        return fresh

    def set_vote(self, position: int, label: str, *, is_carried: bool = False) -> None:
        """Lets an item vote for this label from now on; empty takes its vote back, as if it had never been.

        Args:
            position: of the item.
            label: its own, or that of the item that it is a duplicate of.
            is_carried: whether it is another item's.
        """
        before = self._labels.pop(position, "")
        if label != before:
            self._assessed = None
        (self._carried.add if is_carried else self._carried.discard)(position)
        if label:
            self._labels[position] = label
        if label == before or not self._has_vote(position):
            return
        if label and before:
            self.model.relabel(position, label)
        elif label:
            self.model.append(position, label)
        else:
            self.model.remove(position)

    def put_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets new examples vote."""
        self._assessed = None
        self._examples.update((example.key, example) for example in examples)
        if self._has_model:
            self.model.append_examples(examples)

    def drop_example(self, key: str) -> None:
        """Takes an example's vote back, as if it had never been."""
        self._assessed = None
        del self._examples[key]
        if self._has_model:
            self.model.remove_example(key)

    def example_spreads(self, keys: Iterable[str]) -> list[Spread]:
        """Where the votes of examples went over the graph; none while nothing spreads."""
        return [] if self._spread is None else [self._spread.example_spread(key) for key in keys]

    def probabilities(self, positions: Positions | None = None) -> Probabilities:
        """(n, C) probabilities of the classes for items of the pool; for the first `rows` items when None."""
        if positions is None or self.graph is None or positions.max(initial=0) < self.rows:
            return self.model.probabilities(positions)
        probabilities = np.zeros((len(positions), len(self.classes)))
        covered = positions < self.rows
        probabilities[covered] = self.model.probabilities(positions[covered])
        probabilities[~covered] = self.model.predict(self._pool[positions[~covered]])
        return probabilities

    def uncertainty(self, measure: Uncertainty) -> Probabilities:
        """(rows,) uncertainty of the pool's first `rows` items."""
        return self.model.uncertainty(measure)

    def assess(
        self, measure: Uncertainty, confidence_filter: float, near: Probabilities | None
    ) -> PoolAssessment:
        """Uncertainty and confidence of the pool's first `rows` items; kept until the votes change.

        Args:
            measure: of uncertainty.
            confidence_filter: as in `Votes.assess`.
            near: as in `DirectVotes.assess`, where the nearest vote.
        """
        asked = measure, confidence_filter
        if self._assessed is None or self._assessed[0] != asked or self._assessed[1] is not near:
            model = self.model
            by_near = (near,) if isinstance(model, DirectVotes) else ()
            self._assessed = asked, near, model.assess(measure, confidence_filter, *by_near)
        return self._assessed[2]

    def confidence(self, position: int, near: float) -> Confidence:
        """Whether the votes are confident of one of the pool's first `rows` items; `near` as in `assess`."""
        model = self.model
        return model.confidence(position, *((near,) if isinstance(model, DirectVotes) else ()))

    def predict(self, vectors: Vectors) -> Probabilities:
        """(n, C) probabilities for prepared vectors from anywhere."""
        return self.model.predict(vectors)

    def rank_classes(self, positions: Positions) -> list[Mapping[str, float]]:
        """The likeliest classes of items of the pool with their probabilities, as `rank_probabilities`."""
        found: list[Mapping[str, float]] = []
        for rows in split_rows(len(positions), len(self.classes)):
            found += rank_probabilities(self.classes, self.probabilities(positions[rows]))
        return found

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items and examples that vote on a prepared (d,) vector, heaviest first."""
        return self.model.voters(vector)

    def _has_vote(self, position: int) -> bool:
        """Whether the model keeps a vote for the item; where there is no model yet, there is none."""
        return self._has_model and position < self.rows

    @property
    def _has_model(self) -> bool:
        return self._spread is not None or self._direct is not None

    @property
    def model(self) -> DirectVotes | DiffusedVotes | BlendedVotes:
        """What counts the votes now: nearest labels until there is a graph, then what spreads over it."""
        if self.graph is not None and self._spread is not None:
            return self._spread
        if self._direct is None:
            config = self._config
            self._direct = DirectVotes(
                config.metric, config.vote_neighbours, config.vote_weighting, self._near
            )
            self._direct.grow(self._pool)
            self._direct.extend(self._labels)
            self._direct.append_examples(list(self._examples.values()))
        return self._direct


def split_rows(count: int, classes: int, most: int = _PROBABILITIES_AT_ONCE) -> Iterator[slice]:
    """Rows to ask for the probabilities of all classes at a time."""
    rows = max(1, min(most, _PROBABILITIES_AT_ONCE // max(1, classes)))
    return (slice(start, start + rows) for start in range(0, count, rows))


def rank_probabilities(
    classes: Sequence[str], probabilities: NDArray[np.float64]
) -> list[Mapping[str, float]]:
    """The MAX_CLASSES_IN_ANSWER likeliest classes of each row, likeliest first; equal ones by label."""
    # Classes are sorted: of equal probabilities, the smaller column has the smaller label.
    ranked, order = order_best_first(probabilities, MAX_CLASSES_IN_ANSWER)
    return [map_classes(classes, columns, of_row) for columns, of_row in zip(order, ranked, strict=True)]


def map_classes(
    classes: Sequence[str], columns: NDArray[np.integer], probabilities: NDArray[np.float64]
) -> Mapping[str, float]:
    """The classes of some columns, each with its probability."""
    return {
        classes[column]: probability
        for column, probability in zip(columns.tolist(), probabilities.tolist(), strict=True)
    }


@dataclass(frozen=True)
class FilterLimits:
    """From where on items are filtered; see the fields of `Strategy`."""

    confidence_filter: float
    outlier_filter: float

    @property
    def are_on(self) -> bool:
        """Whether any item can be filtered."""
        return self.confidence_filter > 0 or self.outlier_filter > 0


def filter_limits(config: PoolConfig, strategy: Strategy) -> FilterLimits:
    """The pool's own, where it was made with any, or the strategy's."""
    confidence_filter, outlier_filter = config.confidence_filter, config.outlier_filter
    return FilterLimits(
        strategy.confidence_filter if confidence_filter is None else confidence_filter,
        strategy.outlier_filter if outlier_filter is None else outlier_filter,
    )


@dataclass(frozen=True)
class FilterFigures:
    """What speaks for filtering one item.

    Attributes:
        confidence: how sure the votes are of it.
        limits: from where on it is filtered.
        density: its local density.
        least_density: below which it is an outlier.
    """

    confidence: Confidence
    limits: FilterLimits
    density: float
    least_density: float


class DensityBounds:
    """Below which density items of a graph are outliers, and which these are; found once for each graph."""

    def __init__(self) -> None:
        self._graph: BuiltGraph | None = None
        self._found: dict[float, tuple[float, NDArray[np.int64]]] = {}

    def least(self, graph: BuiltGraph, outlier_filter: float) -> float:
        """As `core.scoring.filters.least_density`."""
        return self._of(graph, outlier_filter)[0]

    def rows(self, graph: BuiltGraph, outlier_filter: float) -> NDArray[np.int64]:
        """(n,) positions of the outliers, ascending."""
        return self._of(graph, outlier_filter)[1]

    def _of(self, graph: BuiltGraph, outlier_filter: float) -> tuple[float, NDArray[np.int64]]:
        if graph is not self._graph:
            self._graph = graph
            self._found.clear()
        if outlier_filter not in self._found:
            least = least_density(graph.density, outlier_filter) if outlier_filter > 0 else -np.inf
            self._found[outlier_filter] = least, np.flatnonzero(graph.density < least)
        return self._found[outlier_filter]


def _grade_items(confident: Mask, outliers: NDArray[np.int64], never_filter: Mask) -> FilterGrades:
    """(n,) the grade by which each item is filtered; an outlier is one, confident or not.

    Args:
        confident: (n,).
        outliers: rows.
        never_filter: (N,), N at least n, which items a person wants suggested all the same.
    """
    filter_grades = confident.astype(np.uint8)
    filter_grades *= np.uint8(CONFIDENT)
    filter_grades[outliers] = OUTLIER
    np.copyto(filter_grades, np.uint8(0), where=never_filter[: len(filter_grades)])
    return filter_grades


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
        if self._graph is not None and self._graph.rows == len(self.pool):
            return
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
                evidence.add_spread(spread)

    def drop_example(self, key: str) -> None:
        """Undoes `put_examples` for one."""
        evidence = self._evidence_of_votes()
        if evidence is not None:
            evidence.remove_spread(*self.votes.example_spreads([key]))
        self.votes.drop_example(key)

    def neighbours(self, position: int) -> list[tuple[int, float]]:
        """Nearest other items of the pool with their similarities, nearest first; none until known."""
        graph = self.graphs.latest(self.pool)
        if graph is None or position >= graph.rows:
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
        pick_control: PickControl | None = None,
        filter_grades: FilterGrades | None = None,
    ) -> list[Pick]:
        """The next `size` of the `scorable` items, best first; fewer where there are no more.

        Filtered items come last, unless the control arm picks them.
        """
        if strategy.is_random:
            positions = np.flatnonzero(eligible)
            scores = self._random_scores(positions, ids)
            rows = scores.order([ids[position] for position in positions.tolist()])
            if filter_grades is not None:
                rows = rows[np.argsort(filter_grades[positions[rows]], kind="stable")]
            return in_order(
                positions[rows], lambda row: scores.part(int(rows[row])), eligible, size, pick_control
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
            pick_control=pick_control,
            filter_grades=filter_grades,
        )

    def filtered(self, strategy: Strategy, never_filter: Mask) -> FilterGrades | None:
        """(rows,) how much each item is filtered by this strategy; None where nothing is.

        Args:
            strategy: that would choose.
            never_filter: (N,) items that are never filtered.
        """
        limits, graph = filter_limits(self._config, strategy), self._graph
        if not limits.are_on or graph is None or not graph.rows:
            return None
        none = np.zeros(self.votes.rows, dtype=np.bool_)
        confident = self._assess(strategy).confident if limits.confidence_filter > 0 else none
        return _grade_items(confident, self._bounds.rows(graph, limits.outlier_filter), never_filter)

    def filter_figures(self, position: int, strategy: Strategy) -> FilterFigures | None:
        """What speaks for filtering an item; None where nothing can be filtered."""
        limits, graph = filter_limits(self._config, strategy), self._graph
        if not limits.are_on or graph is None or position >= min(graph.rows, self.votes.rows):
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
        density, newer = self._graph.density, self.votes.rows - self._graph.rows
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
        if strategy.density is Density.LOCAL and (self._graph is None or self._graph.rows < self.votes.rows):
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
                    self._evidence.add_spread(spread)
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
