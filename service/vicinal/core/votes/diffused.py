"""Votes that spread: each label also counts for the unlabelled items around it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Shares, Vectors
from vicinal.core.graph import MASS_UNIT, Spread, Spreader
from vicinal.core.known import LEAST_EVIDENCE, Knowledge, Survey
from vicinal.core.similarity import Metric, similarities, similarity_to
from vicinal.core.uncertainty import Uncertainty
from vicinal.core.votes.blend_kernel import blended_survey
from vicinal.core.votes.labels import StandingLabels, Voter
from vicinal.core.votes.mass import FEW_CLASSES, VoteMass, masses_at, order_of
from vicinal.core.votes.outside import (
    OUTSIDE_NEIGHBOURS,
    OutsideVectors,
    kernel_weights,
)
from vicinal.core.votes.protocol import Example, Vote, check_new_examples

# Similarities of outside vectors to the pool held at a time.
_BLOCK_PAIRS = 1 << 24


class DiffusedVotes:
    """Votes of labelled items spread over the pool's graph by personalised PageRank, as `Votes`.

    Appending label y at item i adds its spread (`graph.Spreader`) to the mass of class y. Mass is kept in
    whole units, so taking a label back leaves no trace, to the last bit. Shares are each item's mass by
    class over its whole mass; an item that no vote has reached has equal shares. A vector from outside
    takes the affinity-weighted mean shares of its nearest pool items; an example's vote begins at those
    items, in parts of the same weights.

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
        self._asked: tuple[bytes, Positions, Shares] | None = None
        self.labels = StandingLabels()
        self.outside = OutsideVectors(metric)
        self.mass = VoteMass(0)

    def grow(self, pool: Vectors, spreader: Spreader) -> None:
        """Takes the pool with new rows at its end, and what spreads over its graph; all votes spread anew.

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

    def append_examples(self, examples: Sequence[Example]) -> None:
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

    def shares(self, positions: Positions | None = None) -> Shares:
        """Shares of the classes for items of the pool; see `Votes.shares`."""
        which = np.arange(len(self._pool)) if positions is None else positions
        return shares_of_mass(self.mass.at(self.labels.slots, which), self.mass.total[which]).T

    def uncertainty(self, measure: Uncertainty) -> Shares:
        """Uncertainty of every item of the pool; see `Votes.uncertainty`."""
        return self.survey(measure).uncertainty

    def survey(self, measure: Uncertainty, known_share: float = 0.0) -> Survey:
        """Uncertainty, and which items are known; see `Votes.survey`."""
        return blended_survey(self.mass.by_class(self.labels.slots), None, measure, known_share)

    def knowledge(self, position: int) -> Knowledge:
        """What makes an item known; see `Votes.knowledge`."""
        return self.knowledge_of(self.shares(np.array([position]))[0], position)

    def knowledge_of(self, shares: Shares, position: int) -> Knowledge:
        """As `knowledge`, where the item's (C,) shares are not by these votes alone."""
        if not len(shares):
            return Knowledge("", 0.0, 0.0, 0.0, LEAST_EVIDENCE)
        likeliest = int(shares.argmax())
        mass = self.mass.at(self.labels.slots, np.array([position]))[:, 0] / MASS_UNIT
        label, share = self.classes[likeliest], float(shares[likeliest])
        return Knowledge(label, share, float(mass[likeliest]), float(mass.sum()), LEAST_EVIDENCE)

    def predict(self, vectors: Vectors) -> Shares:
        """Shares of the classes for prepared vectors; see `Votes.predict`."""
        predicted = np.full((len(vectors), len(self.classes)), 1.0 / max(1, len(self.classes)))
        if not len(self._pool):
            return predicted
        near, weights = self._nearest(vectors)
        for rows in self._blocks(len(vectors)):
            if len(self.classes) > FEW_CLASSES:
                predicted[rows] = self.mass.mean_shares(self.labels.slots, near[rows], weights[rows])
                continue
            shares = self.shares(near[rows].ravel()).reshape(*near[rows].shape, -1)
            predicted[rows] = np.einsum("nk,nkc->nc", weights[rows], shares)
        return predicted

    def _nearest(self, vectors: Vectors) -> tuple[Positions, Shares]:
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
        """The pool items that (n, d) prepared vectors take their shares from, with their (n, k) weights."""
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
            (voter, float(weights[0] @ masses_at(spread, near[0])))
            for voter, spread in self.mass.spreads.items()
        )
        weight_of = {voter: weight for voter, weight in arriving if weight > 0}
        total = sum(weight_of.values())
        heaviest = sorted(weight_of, key=lambda voter: (-weight_of[voter], order_of(voter)))
        return [self._vote(voter, vector, weight_of[voter] / total) for voter in heaviest]

    def left_out_shares(self, positions: Positions, keys: Sequence[str]) -> Shares:
        """Shares of labelled items, then of examples, each as if it had no vote of its own.

        They are for the caller to ask for by parts: each example takes an array of 10 times its shares.

        Args:
            positions: (n,) of labelled items.
            keys: m keys of examples.

        Returns:
            (n + m, C) as `shares` for items and as `predict` for examples.
        """
        mass = self.mass.at(self.labels.slots, positions)
        mass[self.labels.columns(positions.tolist()), np.arange(len(positions))] -= self.mass.own(positions)
        of_items = shares_of_mass(mass, mass.sum(axis=0)).T
        return np.concatenate([of_items, self._left_out_examples(keys)])

    def _left_out_examples(self, keys: Sequence[str]) -> Shares:
        if not keys:
            return np.zeros((0, len(self.classes)))
        near = [self.outside.near(key) for key in keys]
        positions = np.stack([each.positions for each in near])
        mass = self.mass.at(self.labels.slots, positions.ravel()).reshape(-1, *positions.shape)
        for row, (key, column) in enumerate(zip(keys, self.labels.columns(keys), strict=True)):
            mass[column, row] -= masses_at(self.mass.spread(key), positions[row])
        shares = shares_of_mass(mass.reshape(len(mass), -1), mass.sum(axis=0).ravel()).reshape(mass.shape)
        weights = np.stack([each.weights for each in near])
        left_out: Shares = np.einsum("nk,cnk->nc", weights, shares)
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


def shares_of_mass(mass: NDArray[np.signedinteger], total: NDArray[np.signedinteger]) -> Shares:
    """(C, n) shares from (C, n) mass and its (n,) sums; equal shares where there is none."""
    if not len(mass):
        return np.zeros(mass.shape)
    nothing = total == 0
    shares: Shares = mass / np.where(nothing, 1, total)
    shares[:, nothing] = 1.0 / len(mass)
    return shares
