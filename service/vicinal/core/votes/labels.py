"""The labels that stand, and the row that each class has in class-by-class arrays."""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


class StandingLabels:
    """Labels by position, with a slot for each class that has one.

    A class keeps its slot while it has a label, so that arrays with a row per slot need not move when
    classes come and go; `slots` puts the rows into alphabetical order.
    """

    def __init__(self) -> None:
        self._labels: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._classes: list[str] = []
        self._slot_of: dict[str, int] = {}
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def by_position(self) -> Mapping[int, str]:
        """Read-only view of the labels that stand."""
        return MappingProxyType(self._labels)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes with at least one label, in alphabetical order."""
        return tuple(self._classes)

    @property
    def slots(self) -> NDArray[np.int64]:
        """(C,) the slot of each of `classes`."""
        return np.array([self._slot_of[name] for name in self._classes], dtype=np.int64)

    def slot(self, position: int) -> int:
        """The slot of the class that an item is labelled with."""
        return self._slot_of[self._labels[position]]

    def columns(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) the place in `classes` of labelled items' classes."""
        places = [bisect_left(self._classes, self._labels[int(position)]) for position in positions]
        return np.array(places, dtype=np.int64)

    def put(self, position: int, label: str) -> int:
        """Labels an item that has no label; returns its class's slot.

        Raises:
            ValueError: it has one.
        """
        if position in self._labels:
            raise ValueError(f"position {position} votes already; relabel it instead")
        self._labels[position] = label
        self._counts[label] += 1
        if self._counts[label] == 1:
            insort(self._classes, label)
            self._slot_of[label] = self._free.pop() if self._free else len(self._slot_of)
        return self._slot_of[label]

    def drop(self, position: int) -> int:
        """Takes a label back; returns the slot that its class had.

        Raises:
            ValueError: the item has none.
        """
        if position not in self._labels:
            raise ValueError(f"position {position} has no vote")
        label = self._labels.pop(position)
        slot = self._slot_of[label]
        self._counts[label] -= 1
        if self._counts[label] == 0:
            del self._counts[label], self._slot_of[label]
            self._classes.remove(label)
            self._free.append(slot)
        return slot
