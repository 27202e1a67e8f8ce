"""Votes that spread: each label also counts for the unlabelled items around it."""

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.graph import MASS_UNIT, TEMPERATURE, Spread, Spreader
from vicinal.core.similarity import Metric, similarities
from vicinal.core.uncertainty import Uncertainty
from vicinal.core.votes.blend_kernel import blended_uncertainty
from vicinal.core.votes.labels import StandingLabels
from vicinal.core.votes.mass import VoteMass, mass_at
from vicinal.core.votes.protocol import Vectors, Vote

Positions = NDArray[np.int64]
Shares = NDArray[np.float64]

# Pool items that an outside vector takes its shares from.
OUTSIDE_NEIGHBOURS = 10
# Similarities of outside vectors to the pool held at a time.
_BLOCK_PAIRS = 1 << 24


class DiffusedVotes:
    """Votes of labelled items spread over the pool's graph by personalised PageRank, as `Votes`.

    Appending label y at item i adds its spread (`graph.Spreader`) to the mass of class y. Mass is kept in
    whole units, so taking a label back leaves no trace, to the last bit. Shares are each item's mass by
    class over its whole mass; an item that no vote has reached has equal shares. A vector from outside
    takes the affinity-weighted mean shares of its nearest pool items.

    Attributes:
        labels: those that stand.
        mass: of every pool item by the slot of its class, in units of 1 / MASS_UNIT.

    Source: D. Zhou et al., Learning with Local and Global Consistency, NIPS 2003.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._spreader: Spreader | None = None
        self._asked: tuple[bytes, Positions, Shares] | None = None
        self.labels = StandingLabels()
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
        """Changes what an item votes for; see `Votes.relabel`."""
        self.remove(position)
        self.append(position, label)

    @property
    def labelled(self) -> Mapping[int, str]:
        """Labels that stand, by position."""
        return self.labels.by_position

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        return self.labels.classes

    def evidence(self, positions: Positions | None = None) -> NDArray[np.float64]:
        """(n,) how much vote mass has reached items of the pool; 0 is new ground."""
        total = self.mass.total if positions is None else self.mass.total[positions]
        return total / MASS_UNIT

    def shares(self, positions: Positions | None = None) -> Shares:
        """Shares of the classes for items of the pool; see `Votes.shares`."""
        which = np.arange(len(self._pool)) if positions is None else positions
        return shares_of_mass(self.mass.at(self.labels.slots, which), self.mass.total[which]).T

    def uncertainty(self, measure: Uncertainty) -> Shares:
        """Uncertainty of every item of the pool; see `Votes.uncertainty`."""
        return blended_uncertainty(self.mass.by_class(self.labels.slots), None, measure)

    def predict(self, vectors: Vectors) -> Shares:
        """Shares of the classes for prepared vectors; see `Votes.predict`."""
        near, weights = self._nearest(vectors)
        predicted = np.zeros((len(vectors), len(self.classes)))
        for rows in self._blocks(len(vectors)):
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
        nearest = np.take_along_axis(similar, near, axis=1).astype(np.float64)
        weights = np.exp((nearest - nearest.max(axis=1, keepdims=True)) / TEMPERATURE)
        return near, weights / weights.sum(axis=1, keepdims=True)

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items whose votes reach a prepared (d,) vector; see `Votes.voters`."""
        near, weights = self.outside_neighbours(vector[np.newaxis])
        reach = dict(zip(near[0].tolist(), weights[0].tolist(), strict=True))
        weight_of = {at: _overlap(spread, reach) for at, spread in self.mass.spreads.items()}
        total = sum(weight_of.values())
        similar = similarities(vector[np.newaxis], self._pool[list(weight_of)], self._metric)[0]
        votes = [
            Vote(position, self.labelled[position], float(similarity), weight / total)
            for (position, weight), similarity in zip(weight_of.items(), similar, strict=True)
            if weight > 0
        ]
        return sorted(votes, key=lambda vote: (-vote.weight, vote.position))


def shares_of_mass(mass: NDArray[np.signedinteger], total: NDArray[np.signedinteger]) -> Shares:
    """(C, n) shares from (C, n) mass and its (n,) sums; equal shares where there is none."""
    if not len(mass):
        return np.zeros(mass.shape)
    nothing = total == 0
    shares: Shares = mass / np.where(nothing, 1, total)
    shares[:, nothing] = 1.0 / len(mass)
    return shares


def _overlap(spread: Spread, reach: Mapping[int, float]) -> float:
    return sum(weight * mass_at(spread, position) for position, weight in reach.items())
