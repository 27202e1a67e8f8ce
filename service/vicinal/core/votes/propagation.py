"""Votes that spread: each label also counts for the unlabelled items around it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Probabilities, Vectors
from vicinal.core.graph import MASS_UNIT, Spread, Spreader
from vicinal.core.scoring.filters import LEAST_EVIDENCE, Confidence, PoolAssessment
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.similarity import similarities, similarity_to
from vicinal.core.votes.base import (
    OUTSIDE_NEIGHBOURS,
    LabelledVector,
    OutsideVectors,
    Vote,
    VoteLabels,
    Voter,
    check_new_examples,
    kernel_weights,
)
from vicinal.core.votes.mass import FEW_CLASSES, VoteMass, find_masses, voter_sort_key
from vicinal.core.votes.uncertainty_pass import assess_blended
from vicinal.records.pool_options import Metric

# Similarities of outside vectors to the pool in memory at a time.
_BLOCK_PAIRS = 1 << 24


class DiffusedVotes:
    """Votes of labelled items spread over the pool's graph by personalised PageRank, as `Votes`.

    Appending label y at item i adds its spread (`graph.Spreader`) to the mass of class y. Mass is kept in
    whole units, so taking a label back leaves no trace, to the last bit. Probabilities are each item's mass
    by class over its whole mass; an item that no vote has reached has equal probabilities. A vector from
    outside takes the affinity-weighted mean probabilities of its nearest pool items; an example's vote begins
    at those items, in parts of the same weights.

    Attributes:
        labels: those that stand.
        outside: the examples' vectors.
        mass: of every pool item by the slot of its class, in units of 1 / MASS_UNIT.

    Source: D. Zhou et al., Learning with Local and Global Consistency, NIPS 2003.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._spreader: Spreader | None = None
        self._asked: tuple[bytes, Positions, Probabilities] | None = None
        self.labels = VoteLabels()
        self.outside = OutsideVectors(metric)
        self.mass = VoteMass(0)

    def grow(self, pool: Vectors, spreader: Spreader) -> None:
        """Takes the pool with new rows at its end, and what spreads over its graph; all votes spread again.

        Raises:
            ValueError: the graph is of another number of items.
        """
        if len(spreader) != len(pool):
            raise ValueError(f"a graph of {len(spreader)} items for a pool of {len(pool)}")
        self._pool, self._spreader, self.mass = pool, spreader, VoteMass(len(pool))
        self._asked = None
        for position in self.labels.by_position:
            self.mass.add(position, self.labels.slot(position), spreader.spread(position))
        self.outside.grow(pool)
        for key in self.labels.by_example:
            self._spread_example(key, self.labels.slot(key))

    def blank(self) -> "DiffusedVotes":
        """The same before any item's label; examples vote on. To be used before anything changes again."""
        fresh = DiffusedVotes(self._metric)
        fresh.outside = self.outside
        if self._spreader is not None:
            fresh.grow(self._pool, self._spreader)
        for key, label in self.examples.items():
            slot = fresh.labels.put(key, label)
            if len(self._pool):
                fresh.mass.add(key, slot, self.mass.spread(key))
        return fresh

    def append(self, position: int, label: str) -> None:
        """Lets an item vote; see `Votes.append`."""
        if self._spreader is None or not 0 <= position < len(self._pool):
            raise ValueError(f"position {position} is not in the pool of {len(self._pool)} rows")
        self.mass.add(position, self.labels.put(position, label), self._spreader.spread(position))

    def remove(self, position: int) -> None:
        """Takes an item's vote back; see `Votes.remove`."""
        self.labels.drop(position)
        self.mass.remove(position)

    def relabel(self, position: int, label: str) -> None:
        """Changes what an item votes for; where its vote goes stays. See `Votes.relabel`."""
        self.labels.drop(position)
        spread = self.mass.spread(position)
        self.mass.remove(position)
        self.mass.add(position, self.labels.put(position, label), spread)

    def append_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets labelled vectors vote that are not in the pool; see `Votes.append_examples`."""
        check_new_examples(examples, self.examples)
        self.outside.add(examples)
        for example in examples:
            self._spread_example(example.key, self.labels.put(example.key, example.label))

    def remove_example(self, key: str) -> None:
        """Takes an example's vote back; see `Votes.remove_example`."""
        self.labels.drop(key)
        self.outside.remove(key)
        if len(self._pool):
            self.mass.remove(key)

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels of items that stand, by position."""
        return self.labels.by_position

    @property
    def examples(self) -> Mapping[str, str]:
        """Labels of examples, by key."""
        return self.labels.by_example

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        return self.labels.classes

    def evidence(self, positions: Positions | None = None) -> NDArray[np.float64]:
        """(n,) how much vote mass has reached items of the pool; 0 is new ground."""
        total = self.mass.total if positions is None else self.mass.total[positions]
        return total / MASS_UNIT

    def example_spread(self, key: str) -> Spread:
        """Where an example's vote went over the graph."""
        return self.mass.spread(key)

    def probabilities(self, positions: Positions | None = None) -> Probabilities:
        """Probabilities of the classes for items of the pool; see `Votes.probabilities`."""
        which = np.arange(len(self._pool)) if positions is None else positions
        return probabilities_of_mass(self.mass.at(self.labels.slots, which), self.mass.total[which]).T

    def uncertainty(self, measure: Uncertainty) -> Probabilities:
        """Uncertainty of every item of the pool; see `Votes.uncertainty`."""
        return self.assess(measure).uncertainty

    def assess(self, measure: Uncertainty, confidence_filter: float = 0.0) -> PoolAssessment:
        """Uncertainty, and which items are confident; see `Votes.assess`."""
        return assess_blended(self.mass.by_class(self.labels.slots), None, measure, confidence_filter)

    def confidence(self, position: int) -> Confidence:
        """Whether an item is confident; see `Votes.confidence`."""
        return self.confidence_of(self.probabilities(np.array([position]))[0], position)

    def confidence_of(self, probabilities: Probabilities, position: int) -> Confidence:
        """As `confidence`, where the item's (C,) probabilities are not by these votes alone."""
        if not len(probabilities):
            return Confidence("", 0.0, 0.0, 0.0, LEAST_EVIDENCE)
        likeliest = int(probabilities.argmax())
        mass = self.mass.at(self.labels.slots, np.array([position]))[:, 0] / MASS_UNIT
        label, probability = self.classes[likeliest], float(probabilities[likeliest])
        return Confidence(label, probability, float(mass[likeliest]), float(mass.sum()), LEAST_EVIDENCE)

    def predict(self, vectors: Vectors) -> Probabilities:
        """Probabilities of the classes for prepared vectors; see `Votes.predict`."""
        predicted = np.full((len(vectors), len(self.classes)), 1.0 / max(1, len(self.classes)))
        if not len(self._pool):
            return predicted
        near, weights = self._nearest(vectors)
        for rows in self._blocks(len(vectors)):
            if len(self.classes) > FEW_CLASSES:
                predicted[rows] = self.mass.mean_probabilities(self.labels.slots, near[rows], weights[rows])
                continue
            probabilities = self.probabilities(near[rows].ravel()).reshape(*near[rows].shape, -1)
            predicted[rows] = np.einsum("nk,nkc->nc", weights[rows], probabilities)
        return predicted

    def _nearest(self, vectors: Vectors) -> tuple[Positions, Probabilities]:
        """As `outside_neighbours`; those of the vectors asked about last are remembered.

        They do not hang on the labels, and who tests asks about the same vectors after each label.
        """
        digest = hashlib.sha256(np.ascontiguousarray(vectors).data).digest()
        if self._asked is None or self._asked[0] != digest:
            count = min(OUTSIDE_NEIGHBOURS, len(self._pool))
            near, weights = np.zeros((len(vectors), count), np.int64), np.zeros((len(vectors), count))
            for rows in self._blocks(len(vectors)):
                near[rows], weights[rows] = self.outside_neighbours(vectors[rows])
            self._asked = digest, near, weights
        return self._asked[1:]

    def _blocks(self, count: int) -> Iterator[slice]:
        block = max(1, _BLOCK_PAIRS // max(1, len(self._pool)))
        return (slice(start, start + block) for start in range(0, count, block))

    def outside_neighbours(self, vectors: Vectors) -> tuple[Positions, NDArray[np.float64]]:
        """The pool items that (n, d) prepared vectors take probabilities from, with their (n, k) weights."""
        count = min(OUTSIDE_NEIGHBOURS, len(self._pool))
        similar = similarities(vectors, self._pool, self._metric)
        near = np.argpartition(-similar, count - 1, axis=1)[:, :count]
        return near, kernel_weights(np.take_along_axis(similar, near, axis=1))

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items and examples whose votes reach a prepared (d,) vector; see `Votes.voters`."""
        if not len(self._pool):
            return []
        near, weights = self.outside_neighbours(vector[np.newaxis])
        arriving = (
            (voter, float(weights[0] @ find_masses(spread, near[0])))
            for voter, spread in self.mass.spreads.items()
        )
        weight_of = {voter: weight for voter, weight in arriving if weight > 0}
        total = sum(weight_of.values())
        heaviest = sorted(weight_of, key=lambda voter: (-weight_of[voter], voter_sort_key(voter)))
        return [self._vote(voter, vector, weight_of[voter] / total) for voter in heaviest]

    def leave_one_out_probabilities(self, positions: Positions, keys: Sequence[str]) -> Probabilities:
        """Probabilities of labelled items, then of examples, each as if it had no vote of its own.

        The caller asks for them by parts: each example takes an array of 10 times its probabilities.

        Args:
            positions: (n,) of labelled items.
            keys: m keys of examples.

        Returns:
            (n + m, C) as `probabilities` for items and as `predict` for examples.
        """
        mass = self.mass.at(self.labels.slots, positions)
        mass[self.labels.columns(positions.tolist()), np.arange(len(positions))] -= self.mass.own(positions)
        of_items = probabilities_of_mass(mass, mass.sum(axis=0)).T
        return np.concatenate([of_items, self._left_out_examples(keys)])

    def _left_out_examples(self, keys: Sequence[str]) -> Probabilities:
        if not keys:
            return np.zeros((0, len(self.classes)))
        near = [self.outside.near(key) for key in keys]
        positions = np.stack([each.positions for each in near])
        mass = self.mass.at(self.labels.slots, positions.ravel()).reshape(-1, *positions.shape)
        for row, (key, column) in enumerate(zip(keys, self.labels.columns(keys), strict=True)):
            mass[column, row] -= find_masses(self.mass.spread(key), positions[row])
        probabilities = probabilities_of_mass(mass.reshape(len(mass), -1), mass.sum(axis=0).ravel()).reshape(
            mass.shape
        )
        weights = np.stack([each.weights for each in near])
        left_out: Probabilities = np.einsum("nk,cnk->nc", weights, probabilities)
        return left_out

    def _spread_example(self, key: str, slot: int) -> None:
        near = self.outside.near(key)
        if self._spreader is not None and len(near.positions):
            self.mass.add(key, slot, self._spreader.spread_from(near.positions, near.weights))

    def _vote(self, voter: Voter, vector: Vectors, weight: float) -> Vote:
        label = self.labels.label(voter)
        if isinstance(voter, str):
            similarity = similarity_to(self.outside.vectors[voter][np.newaxis], vector, self._metric)[0]
            return Vote(None, label, float(similarity), weight, voter)
        similarity = similarity_to(self._pool[voter : voter + 1], vector, self._metric)[0]
        return Vote(voter, label, float(similarity), weight)


def probabilities_of_mass(mass: NDArray[np.signedinteger], total: NDArray[np.signedinteger]) -> Probabilities:
    """(C, n) probabilities from (C, n) mass and its (n,) sums; equal probabilities where there is none."""
    if not len(mass):
        return np.zeros(mass.shape)
    nothing = total == 0
    probabilities: Probabilities = mass / np.where(nothing, 1, total)
    probabilities[:, nothing] = 1.0 / len(mass)
    return probabilities
