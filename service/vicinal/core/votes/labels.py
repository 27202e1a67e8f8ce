"""The labels that stand, and the row that each class has in class-by-class arrays."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Voter = int | str
"""Who votes: an item of the pool by its position, or an example by its key."""


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
        """Read-only view of the items' labels that stand."""
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
