"""The votes of one pool, by the model that its strategy asks for and its graph allows."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from vicinal.core.arrays import Positions, Probabilities, Vectors
from vicinal.core.graph import Spread
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.filters import Confidence, PoolAssessment
from vicinal.core.scoring.strategies import strategy_named
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.similarity import PoolSimilarity
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector, Vote
from vicinal.pools.scoring.graphs import BuiltGraph
from vicinal.records.pool_options import VoteModel


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
        return {place: label for place, label in self._labels.items() if place not in self._carried}

    @property
    def examples(self) -> Mapping[str, LabelledVector]:
        """Examples that stand, by key."""
        return MappingProxyType(self._examples)

    @property
    def label_count(self) -> int:
        """How many labels the votes have to go by: those of items, and examples; duplicates add nothing."""
        return len(self._labels) - len(self._carried) + len(self._examples)

    @property
    def rows(self) -> int:
        """How many of the pool's first items have probabilities of their own: those that the graph covers."""
        return len(self._pool) if self.graph is None else len(self.graph)

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order: the columns of probabilities."""
        return self._model.classes

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
        self._spread.grow(self._pool[: len(graph)], graph.spreader)
        self._direct, self.graph, self._assessed = None, graph, None
        for position, label in self._labels.items():
            if position < len(graph) and position not in self._spread.labelled:
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

    def settle(self, position: int, label: str, *, is_carried: bool = False) -> None:
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
            self._model.relabel(position, label)
        elif label:
            self._model.append(position, label)
        else:
            self._model.remove(position)

    def put_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets new examples vote."""
        self._assessed = None
        self._examples.update((example.key, example) for example in examples)
        if self._has_model:
            self._model.append_examples(examples)

    def drop_example(self, key: str) -> None:
        """Takes an example's vote back, as if it had never been."""
        self._assessed = None
        del self._examples[key]
        if self._has_model:
            self._model.remove_example(key)

    def example_spreads(self, keys: Iterable[str]) -> list[Spread]:
        """Where the votes of examples went over the graph; none while nothing spreads."""
        return [] if self._spread is None else [self._spread.example_spread(key) for key in keys]

    def probabilities(self, positions: Positions | None = None) -> Probabilities:
        """(n, C) probabilities of the classes for items of the pool; for the first `rows` items when None."""
        if positions is None or self.graph is None or positions.max(initial=0) < self.rows:
            return self._model.probabilities(positions)
        probabilities = np.zeros((len(positions), len(self.classes)))
        covered = positions < self.rows
        probabilities[covered] = self._model.probabilities(positions[covered])
        probabilities[~covered] = self._model.predict(self._pool[positions[~covered]])
        return probabilities

    def uncertainty(self, measure: Uncertainty) -> Probabilities:
        """(rows,) uncertainty of the pool's first `rows` items."""
        return self._model.uncertainty(measure)

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
            model = self._model
            by_near = (near,) if isinstance(model, DirectVotes) else ()
            self._assessed = asked, near, model.assess(measure, confidence_filter, *by_near)
        return self._assessed[2]

    def confidence(self, position: int, near: float) -> Confidence:
        """Whether the votes are confident of one of the pool's first `rows` items; `near` as in `assess`."""
        model = self._model
        return model.confidence(position, *((near,) if isinstance(model, DirectVotes) else ()))

    def predict(self, vectors: Vectors) -> Probabilities:
        """(n, C) probabilities for prepared vectors from anywhere."""
        return self._model.predict(vectors)

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items and examples that vote on a prepared (d,) vector, heaviest first."""
        return self._model.voters(vector)

    def _has_vote(self, position: int) -> bool:
        """Whether the model keeps a vote for the item; where there is no model yet, there is none."""
        return self._has_model and position < self.rows

    @property
    def _has_model(self) -> bool:
        return self._spread is not None or self._direct is not None

    @property
    def _model(self) -> DirectVotes | DiffusedVotes | BlendedVotes:
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
