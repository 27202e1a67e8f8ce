"""The default votes: what spreads over the graph, blended with what a linear head says."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Probabilities, Vectors
from vicinal.core.graph import Spread, Spreader
from vicinal.core.scoring.filters import Confidence, PoolAssessment
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.votes.base import LabelledVector, Vote, Voter
from vicinal.core.votes.mass import FEW_CLASSES
from vicinal.core.votes.propagation import DiffusedVotes
from vicinal.core.votes.ridge_head import (
    HeadWeights,
    LinearHead,
    fit_reduction,
    rounded_features,
    rows_to_fit,
)
from vicinal.core.votes.uncertainty_pass import PoolFeatures, PoolHead, assess_blended
from vicinal.records.pool_options import Metric

# How sharply the expert with fewer errors is preferred.
SHARPNESS = 4
# Probabilities of labelled items without their own labels that weigh the two experts, at most, and those in
# memory at a time. With more labels, a part of them stands for all: 16,384 of them with 256 classes.
_MOST_LEFT_OUT = 1 << 22
_LEFT_OUT_AT_ONCE = 1 << 18


class BlendedVotes:
    """Diffused votes and a linear head, weighed by how well each predicts the labels it has not seen.

    Formula: P = (1 - b) Pd + b Pr with b = (1 + ed)^4 / ((1 + ed)^4 + (1 + er)^4), where ed and er are the
    squared errors of the two over the labelled items and the examples, each predicted without its own label
    (both in closed form). Where neighbourhoods carry the classes the graph leads, where they do not the head
    does. With more than FEW_CLASSES classes the head is silent, b = 0: its 64 features cannot distinguish so
    many, and it would cost a product of all items with all classes.

    Attributes:
        diffused: the votes that spread, without the head.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self.diffused = DiffusedVotes(metric)
        self._features: PoolFeatures | None = None
        self._head = LinearHead(0)
        # Examples' features one by one: those of several at a time can differ in the last bit.
        self._features_of_example: dict[str, Vectors] = {}
        self._fit: tuple[HeadWeights, float] | None = None

    def grow(self, pool: Vectors, spreader: Spreader) -> None:
        """Takes the pool with new rows at its end, and what spreads over its graph."""
        self.diffused.grow(pool, spreader)
        if not len(pool):
            return
        if self._features is None or rows_to_fit(len(pool)) != self._features.reduction.fitted_rows:
            self._features = PoolFeatures(fit_reduction(pool))
        self._features.grow(pool)
        # Made again: features in the last block can change in their last bits as it fills up.
        self._head = LinearHead(self._features.width)
        for position in self.labelled:
            self._head.append(self._features_of(position), self.diffused.labels.slot(position))
        for key, vector in self.diffused.outside.vectors.items():
            self._add_example_to_head(key, vector)
        self._fit = None

    def blank(self) -> "BlendedVotes":
        """The same before any item's label; see `DiffusedVotes.blank`."""
        fresh = BlendedVotes(self._metric)
        fresh.diffused = self.diffused.blank()
        fresh._features = self._features
        fresh._head = LinearHead(self._features.width if self._features else 0)
        for key, features in self._features_of_example.items():
            fresh._features_of_example[key] = features
            fresh._head.append(features, fresh.diffused.labels.slot(key))
        return fresh

    def append(self, position: int, label: str) -> None:
        """Lets an item vote; see `Votes.append`."""
        self.diffused.append(position, label)
        self._head.append(self._features_of(position), self.diffused.labels.slot(position))
        self._fit = None

    def remove(self, position: int) -> None:
        """Takes an item's vote back; see `Votes.remove`."""
        if position in self.labelled:
            self._head.remove(self._features_of(position), self.diffused.labels.slot(position))
        self.diffused.remove(position)
        self._fit = None

    def relabel(self, position: int, label: str) -> None:
        """Changes what an item votes for; see `Votes.relabel`."""
        features, labels = self._features_of(position), self.diffused.labels
        if position in self.labelled:
            self._head.remove(features, labels.slot(position))
        self.diffused.relabel(position, label)
        self._head.append(features, labels.slot(position))
        self._fit = None

    def append_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets labelled vectors vote that are not in the pool; see `Votes.append_examples`."""
        self.diffused.append_examples(examples)
        for example in examples:
            self._add_example_to_head(example.key, example.vector)
        self._fit = None

    def remove_example(self, key: str) -> None:
        """Takes an example's vote back; see `Votes.remove_example`."""
        features = self._features_of_example.pop(key, None)
        if features is not None:
            self._head.remove(features, self.diffused.labels.slot(key))
        self.diffused.remove_example(key)
        self._fit = None

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels of items that stand, by position."""
        return self.diffused.labelled

    @property
    def examples(self) -> Mapping[str, str]:
        """Labels of examples, by key."""
        return self.diffused.examples

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        return self.diffused.classes

    @property
    def head_weight(self) -> float:
        """The head's part in the blend, 0 to 1."""
        return self._fitted()[1] if self._head_speaks else 0.0

    @property
    def _head_speaks(self) -> bool:
        return self._features is not None and 0 < len(self.diffused.labels.by_class) <= FEW_CLASSES

    def evidence(self, positions: Positions | None = None) -> NDArray[np.float64]:
        """(n,) vote mass that has reached items of the pool; see `DiffusedVotes.evidence`."""
        return self.diffused.evidence(positions)

    def example_spread(self, key: str) -> Spread:
        """Where an example's vote went over the graph."""
        return self.diffused.example_spread(key)

    def uncertainty(self, measure: Uncertainty) -> Probabilities:
        """Uncertainty of every item of the pool; see `Votes.uncertainty`."""
        return self.assess(measure).uncertainty

    def assess(self, measure: Uncertainty, confidence_filter: float = 0.0) -> PoolAssessment:
        """Uncertainty, and which items are confident; see `Votes.assess`."""
        if self._features is None or not self._head_speaks:
            return self.diffused.assess(measure, confidence_filter)
        fit, weight = self._fitted()
        weights = np.ascontiguousarray(fit.weights.T, dtype=np.float32)
        mass = self.diffused.mass.by_class(self.diffused.labels.slots)
        head = PoolHead(weights, self._features.blocks, weight)
        return assess_blended(mass, head, measure, confidence_filter)

    def probabilities(self, positions: Positions | None = None) -> Probabilities:
        """Probabilities of the classes for items of the pool; see `Votes.probabilities`."""
        spread = self.diffused.probabilities(positions)
        if self._features is None or not self._head_speaks:
            return spread
        which = np.arange(len(spread)) if positions is None else positions
        return self._blend(spread, self._features.of(which))

    def confidence(self, position: int) -> Confidence:
        """Whether an item is confident; see `Votes.confidence`."""
        return self.diffused.confidence_of(self.probabilities(np.array([position]))[0], position)

    def predict(self, vectors: Vectors) -> Probabilities:
        """Probabilities of the classes for prepared vectors; see `Votes.predict`."""
        spread = self.diffused.predict(vectors)
        if self._features is None or not self._head_speaks:
            return spread
        return self._blend(spread, self._features.of_vectors(vectors))

    def voters(self, vector: Vectors) -> list[Vote]:
        """The items and examples whose votes reach a prepared (d,) vector; see `DiffusedVotes.voters`."""
        return self.diffused.voters(vector)

    def _blend(self, spread: Probabilities, features: Vectors) -> Probabilities:
        fit, weight = self._fitted()
        return (1.0 - weight) * spread + weight * fit.probabilities(features).T

    def _features_of(self, position: int) -> Vectors:
        assert self._features is not None
        features: Vectors = self._features.of(np.array([position]))[0]
        return features

    def _add_example_to_head(self, key: str, vector: Vectors) -> None:
        if self._features is not None:
            features = self._features.of_vectors(vector[np.newaxis])[0]
            self._features_of_example[key] = features
            self._head.append(features, self.diffused.labels.slot(key))

    def _fitted(self) -> tuple[HeadWeights, float]:
        if self._fit is None:
            fit = self._head.fit(self.diffused.labels.slots)
            self._fit = fit, self._weight(fit)
        return self._fit

    def _weight(self, fit: HeadWeights) -> float:
        """The head's part in the blend, by leave-one-out errors of both."""
        labels = self.diffused.labels
        if len(labels) < 2 or self._features is None:
            return 0.5
        voters = self._weighing()
        targets = np.eye(len(labels.classes))
        head_error = spread_error = 0.0
        for some in _parts(voters, max(1, _LEFT_OUT_AT_ONCE // len(targets))):
            of_some = targets[labels.columns(some)]
            left_out = fit.leave_one_out_probabilities(
                rounded_features(self._features_of_voters(some)), of_some
            )
            head_error += float(((left_out.T - of_some) ** 2).sum())
            left_out_spread = self.diffused.leave_one_out_probabilities(*_items_and_examples(some))
            spread_error += float(((left_out_spread - of_some) ** 2).sum())
        # Of a part of the labels, as many errors as all would have.
        times = len(labels) / len(voters)
        head_odds = ((1.0 + times * spread_error) / (1.0 + times * head_error)) ** SHARPNESS
        return head_odds / (1.0 + head_odds)

    def _weighing(self) -> list[Voter]:
        """Labelled items, then examples, that weigh the experts: all, or a part that seldom changes."""
        voters: list[Voter] = [*sorted(self.labelled), *sorted(self.examples)]
        most = max(1, _MOST_LEFT_OUT // len(self.diffused.labels.by_class))
        if len(voters) <= most:
            return voters
        # By a digest of each alone, a label more or less changes one of the part at most.
        sampled = set(sorted(voters, key=_digest)[:most])
        return [voter for voter in voters if voter in sampled]

    def _features_of_voters(self, voters: Sequence[Voter]) -> Vectors:
        assert self._features is not None
        positions, keys = _items_and_examples(voters)
        of_examples = [self._features_of_example[key][np.newaxis] for key in keys]
        return np.concatenate([self._features.of(positions), *of_examples])


def _parts(voters: Sequence[Voter], count: int) -> Iterator[Sequence[Voter]]:
    return (voters[start : start + count] for start in range(0, len(voters), count))


def _items_and_examples(voters: Sequence[Voter]) -> tuple[Positions, list[str]]:
    """Positions of the items among voters, which come first, and keys of the examples."""
    positions = [voter for voter in voters if not isinstance(voter, str)]
    return np.array(positions, dtype=np.int64), [voter for voter in voters if isinstance(voter, str)]


def _digest(voter: Voter) -> bytes:
    return hashlib.blake2b(f"{type(voter).__name__}:{voter}".encode(), digest_size=16).digest()
