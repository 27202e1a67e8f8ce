"""What every vote model offers, the labels that it learns from, and vectors from outside the pool."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.graph import TEMPERATURE
from vicinal.core.scoring.filters import Confidence, PoolAssessment
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.search import nearest_among, order_best_first
from vicinal.records.pool_options import Metric

Voter = int | str
"""Who votes: an item of the pool by its position, or an example by its key."""

# Pool items that an outside vector takes its probabilities from, and that an example's vote begins at.
OUTSIDE_NEIGHBOURS = 10
# Rows of the pool that examples are compared with at a time.
_BLOCK_ROWS = 1 << 16


@dataclass(frozen=True, eq=False)
class LabelledVector:
    """A labelled vector that is not in the pool.

    Attributes:
        key: unique among examples; of equally near ones, the smaller key votes first.
        vector: (d,) prepared.
        label: what it votes for.
    """

    key: str
    vector: Vectors
    label: str


@dataclass(frozen=True)
class Vote:
    """One labelled item's or example's part in a prediction.

    Attributes:
        position: of the labelled item in the pool; None for an example.
        label: what it votes for.
        similarity: to the vector asked about, in the pool's metric.
        weight: its part of all votes, 0 to 1.
        example: key of the example; empty for an item.
    """

    position: int | None
    label: str
    similarity: float
    weight: float
    example: str = ""


class Votes(Protocol):
    """Learns from labels without training: each is an instant, exactly reversible append.

    Besides the pool's labelled items, examples vote: labelled vectors that are not in the pool, each under
    a key. The state depends on the pool, the labels and the examples that are current, never on their order.
    Positions are row numbers of the pool. Each model has a `grow` of its own, which takes the vectors of a
    pool that grew, or its graph too.
    """

    def append(self, position: int, label: str) -> None:
        """Lets an item vote.

        Raises:
            ValueError: the item votes already, or is not in the pool.
        """
        ...

    def remove(self, position: int) -> None:
        """Takes an item's vote back, as if it had never been.

        Raises:
            ValueError: the item has no vote.
        """
        ...

    def relabel(self, position: int, label: str) -> None:
        """Changes what an item votes for.

        Raises:
            ValueError: the item has no vote.
        """
        ...

    def append_examples(self, examples: Sequence[LabelledVector]) -> None:
        """Lets labelled vectors vote that are not in the pool.

        Raises:
            ValueError: a key votes already, or comes twice. Then none is added.
        """
        ...

    def remove_example(self, key: str) -> None:
        """Takes an example's vote back, as if it had never been.

        Raises:
            ValueError: there is none of that key.
        """
        ...

    @property
    def labelled(self) -> Mapping[int, str]:
        """Current labels of items, by position."""
        ...

    @property
    def examples(self) -> Mapping[str, str]:
        """Labels of examples, by key."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels with at least one vote, in alphabetical order."""
        ...

    def probabilities(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Probabilities of the classes for items of the pool.

        Args:
            positions: (n,) which items; all when None.

        Returns:
            (n, C) in 0 to 1, columns in the order of `classes`, rows sum to 1; C = 0 without labels.
        """
        ...

    def uncertainty(self, measure: Uncertainty) -> NDArray[np.float64]:
        """Uncertainty of every item of the pool, as `scoring.uncertainty` computes it from the probabilities.

        Returns:
            (N,) larger is less sure; all zeros with fewer than two classes.
        """
        ...

    def assess(self, measure: Uncertainty, confidence_filter: float = 0.0) -> PoolAssessment:
        """Uncertainty of every item of the pool, and which of them are confident (`scoring.filters`).

        Args:
            measure: of uncertainty.
            confidence_filter: of the likeliest class, from which an item may be confident, to 1; 0 for none.

        Returns:
            None is confident with fewer than two classes.
        """
        ...

    def confidence(self, position: int) -> Confidence:
        """Whether the votes are confident of an item of the pool, and by which figures."""
        ...

    def predict(self, vectors: Vectors) -> NDArray[np.float64]:
        """Probabilities of the classes for prepared vectors from anywhere.

        Args:
            vectors: (n, d).

        Returns:
            (n, C), as `probabilities`.
        """
        ...

    def voters(self, vector: Vectors) -> list[Vote]:
        """The labelled items and examples that vote on a prepared (d,) vector.

        Returns:
            Heaviest first, weights sum to 1; empty without labels.
        """
        ...


def check_new_examples(examples: Sequence[LabelledVector], known: Mapping[str, str]) -> None:
    """Refuses examples whose keys are taken.

    Raises:
        ValueError: a key votes already, or comes twice.
    """
    seen = set(known)
    for example in examples:
        if example.key in seen:
            raise ValueError(f"example {example.key!r} votes already; remove it first")
        seen.add(example.key)


class VoteLabels:
    """Labels by voter, with a slot for each class that has one.

    A class keeps its slot while it has a label, so that arrays with a row per slot need not move when
    classes come and go; `slots` puts the rows into alphabetical order.
    """

    def __init__(self) -> None:
        self._labels: dict[int, str] = {}
        self._examples: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._classes: list[str] = []
        self._slot_of: dict[str, int] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._labels) + len(self._examples)

    @property
    def by_position(self) -> Mapping[int, str]:
        """Read-only view of the items' current labels."""
        return MappingProxyType(self._labels)

    @property
    def by_example(self) -> Mapping[str, str]:
        """Read-only view of the examples' labels."""
        return MappingProxyType(self._examples)

    @property
    def by_class(self) -> Mapping[str, int]:
        """Read-only view of how many labels each class has, in no order."""
        return MappingProxyType(self._counts)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes with at least one label, in alphabetical order."""
        return tuple(self._classes)

    @property
    def slots(self) -> NDArray[np.int64]:
        """(C,) the slot of each of `classes`."""
        return np.array([self._slot_of[name] for name in self._classes], dtype=np.int64)

    def label(self, voter: Voter) -> str:
        """What it votes for."""
        return self._examples[voter] if isinstance(voter, str) else self._labels[voter]

    def slot(self, voter: Voter) -> int:
        """The slot of the class that it votes for."""
        return self._slot_of[self.label(voter)]

    def columns(self, voters: Iterable[Voter]) -> NDArray[np.int64]:
        """(n,) the place in `classes` of the voters' classes."""
        place_of = {name: place for place, name in enumerate(self._classes)}
        return np.array([place_of[self.label(voter)] for voter in voters], dtype=np.int64)

    def put(self, voter: Voter, label: str) -> int:
        """Labels a voter that has no label; returns its class's slot.

        Raises:
            ValueError: it has one.
        """
        if isinstance(voter, str):
            if voter in self._examples:
                raise ValueError(f"example {voter!r} votes already; remove it first")
            self._examples[voter] = label
        else:
            if voter in self._labels:
                raise ValueError(f"position {voter} votes already; relabel it instead")
            self._labels[voter] = label
        self._counts[label] += 1
        if self._counts[label] == 1:
            insort(self._classes, label)
            self._slot_of[label] = self._free.pop() if self._free else len(self._slot_of)
        return self._slot_of[label]

    def drop(self, voter: Voter) -> int:
        """Takes a label back; returns the slot that its class had.

        Raises:
            ValueError: it has none.
        """
        label = self._take(voter)
        slot = self._slot_of[label]
        self._counts[label] -= 1
        if self._counts[label] == 0:
            del self._counts[label], self._slot_of[label]
            del self._classes[bisect_left(self._classes, label)]
            self._free.append(slot)
        return slot

    def _take(self, voter: Voter) -> str:
        if isinstance(voter, str):
            if voter not in self._examples:
                raise ValueError(f"there is no example {voter!r}")
            return self._examples.pop(voter)
        if voter not in self._labels:
            raise ValueError(f"position {voter} has no vote")
        return self._labels.pop(voter)


@dataclass(frozen=True)
class Near:
    """The pool items nearest to a vector.

    Attributes:
        positions: (k,) nearest first; of equals, the smaller position.
        similarities: (k,) float32, exact.
    """

    positions: Positions
    similarities: Vectors

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """(k,) exp(similarity / TEMPERATURE), scaled to sum to 1."""
        return kernel_weights(self.similarities)


class OutsideVectors:
    """Keeps the nearest pool items of vectors by key, as the pool grows.

    Similarities are exact (`similarity_to`): what is kept depends on the vectors and the pool alone, bit by
    bit, not on when either came.
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._vectors: dict[str, Vectors] = {}
        self._near: dict[str, Near] = {}

    @property
    def vectors(self) -> Mapping[str, Vectors]:
        """Prepared (d,) vectors by key."""
        return self._vectors

    def near(self, key: str) -> Near:
        """The pool items that a vector is nearest to, OUTSIDE_NEIGHBOURS at most."""
        return self._near[key]

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; rows seen before are unchanged."""
        first, self._pool = len(self._pool), pool
        self._search(list(self._vectors), first)

    def add(self, examples: Sequence[LabelledVector]) -> None:
        """Takes vectors in under new keys."""
        keys = [example.key for example in examples]
        self._vectors.update((example.key, example.vector) for example in examples)
        nothing = Near(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))
        self._near.update(dict.fromkeys(keys, nothing))
        self._search(keys, 0)

    def remove(self, key: str) -> None:
        """Takes a vector out."""
        del self._vectors[key], self._near[key]

    def _search(self, keys: Sequence[str], first: int) -> None:
        """Compares vectors with the pool from row `first` on."""
        if not keys:
            return
        vectors = np.stack([self._vectors[key] for key in keys])
        for start in range(first, len(self._pool), _BLOCK_ROWS):
            block = self._pool[start : start + _BLOCK_ROWS]
            similarities, rows = nearest_among(vectors, block, OUTSIDE_NEIGHBOURS, self._metric)
            for key, of_key, positions in zip(keys, similarities, rows + start, strict=True):
                self._near[key] = _nearer(self._near[key], Near(positions, of_key))


def kernel_weights(similarities: Vectors) -> NDArray[np.float64]:
    """(..., k) weights that fall with similarity as the graph's affinities do, each row summing to 1."""
    if not similarities.shape[-1]:
        return np.zeros(similarities.shape)
    nearest = similarities.astype(np.float64)
    weights = np.exp((nearest - nearest.max(axis=-1, keepdims=True)) / TEMPERATURE)
    scaled: NDArray[np.float64] = weights / weights.sum(axis=-1, keepdims=True)
    return scaled


def _nearer(before: Near, after: Near) -> Near:
    """The nearest of both; positions of `after` are the larger."""
    positions = np.concatenate([before.positions, after.positions])
    similarities = np.concatenate([before.similarities, after.similarities])
    kept, columns = order_best_first(similarities[np.newaxis], OUTSIDE_NEIGHBOURS)
    return Near(positions[columns[0]], kept[0])
