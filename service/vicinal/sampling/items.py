"""The items of a pool: who they are and where they are in their lives."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.errors import ItemNotFound, Violation
from vicinal.core.ports import Event, EventKind, ItemRecord
from vicinal.sampling.results import HoldoutCounts, ItemCounts, ItemState

STATE_AFTER: Mapping[EventKind, ItemState] = {
    EventKind.LABELLED: ItemState.LABELLED,
    EventKind.RELABELLED: ItemState.LABELLED,
    EventKind.LABEL_REMOVED: ItemState.UNLABELLED,
    EventKind.SKIPPED: ItemState.SKIPPED,
    EventKind.EXCLUDED: ItemState.EXCLUDED,
    EventKind.RESTORED: ItemState.UNLABELLED,
}

_STATES = tuple(ItemState)


class ItemTable:
    """Items by id and by position, with the state each is in.

    A state follows from an item's last event, unless the item is leased. An item that would be unlabelled
    is excluded while another one stands for it.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.records: list[ItemRecord] = []
        self._positions: dict[str, int] = {}
        # A byte each, the place in _STATES.
        self._states = bytearray()
        self._last_events: dict[int, Event] = {}
        self._copies: set[int] = set()
        self._open: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._holdout: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._eligible: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._state_counts: Counter[ItemState] = Counter()
        self._label_counts: Counter[str] = Counter()
        self._holdout_labelled = 0

    def __len__(self) -> int:
        return len(self.ids)

    def append(self, records: Sequence[ItemRecord]) -> None:
        """Takes in new, unlabelled items; their ids must be new."""
        for record in records:
            self._positions[record.item_id] = len(self.ids)
            self.ids.append(record.item_id)
        self.records.extend(records)
        self._states.extend([_STATES.index(ItemState.UNLABELLED)] * len(records))
        self._state_counts[ItemState.UNLABELLED] += len(records)
        holdout = np.array([record.holdout for record in records], dtype=bool)
        self._holdout = np.concatenate([self._holdout, holdout])
        self._open = np.concatenate([self._open, np.ones(len(records), dtype=bool)])
        self._eligible = np.concatenate([self._eligible, ~holdout])

    def find(self, item_id: str) -> int | None:
        """The item's position, or None."""
        return self._positions.get(item_id)

    def position(self, item_id: str, field: str = "item_id") -> int:
        """The item's position.

        Raises:
            ItemNotFound: no such item; `field` is named as the place of the mistake.
        """
        position = self._positions.get(item_id)
        if position is None:
            text = not_found(item_id)
            raise ItemNotFound(f"{field}: {text}", violations=[Violation(field, text)])
        return position

    def record(self, item_id: str) -> ItemRecord | None:
        """The item's record, or None where there is no such item."""
        position = self._positions.get(item_id)
        return None if position is None else self.records[position]

    def state(self, position: int) -> ItemState:
        """The state of the item at `position`."""
        return _STATES[self._states[position]]

    def last_event(self, position: int) -> Event | None:
        """The newest line of the label log about the item."""
        return self._last_events.get(position)

    def last_events(self) -> Iterable[Event]:
        """The newest line of the label log about each item that has one."""
        return self._last_events.values()

    def label(self, position: int) -> str:
        """The label that stands, or empty."""
        if self.state(position) is not ItemState.LABELLED:
            return ""
        return self._last_events[position].label

    def apply(self, event: Event) -> None:
        """Takes in what happened to an item."""
        position = self._positions[event.item_id]
        if old := self.label(position):
            self._label_counts[old] -= 1
        self._last_events[position] = event
        self._move(position, self._resting(position))
        if new := self.label(position):
            self._label_counts[new] += 1

    def lease(self, position: int) -> None:
        """Marks an unlabelled item as leased."""
        self._move(position, ItemState.LEASED)

    def unlease(self, position: int) -> None:
        """Marks a leased item as no longer leased."""
        self._move(position, self._resting(position))

    def set_copy(self, position: int, is_copy: bool) -> None:
        """Notes whether another item stands for this one; a leased one is excluded when its lease ends."""
        (self._copies.add if is_copy else self._copies.discard)(position)
        if self.state(position) is not ItemState.LEASED:
            self._move(position, self._resting(position))

    def is_set_aside_as_copy(self, position: int) -> bool:
        """Whether the item is excluded for no other reason than that another one stands for it."""
        by_event = self._by_event(position)
        return self.state(position) is ItemState.EXCLUDED and by_event is not ItemState.EXCLUDED

    @property
    def eligible(self) -> NDArray[np.bool_]:
        """(N,) which items may be suggested to learn from: unlabelled, not leased. Not to be written to."""
        return self._eligible

    @property
    def open_holdout(self) -> NDArray[np.bool_]:
        """(N,) which items of the holdout are unlabelled and not leased."""
        return self._open & self._holdout

    @property
    def holdout(self) -> NDArray[np.bool_]:
        """(N,) which items are kept for measuring. Not to be written to."""
        return self._holdout

    def is_holdout(self, position: int) -> bool:
        """Whether the item is kept for measuring."""
        return self.records[position].holdout

    def holdout_counts(self) -> HoldoutCounts:
        """How many items are kept for measuring, and how many of them are labelled."""
        return HoldoutCounts(int(np.count_nonzero(self._holdout)), self._holdout_labelled)

    def counts(self) -> ItemCounts:
        """Items by state."""
        return ItemCounts(**{state.value: self._state_counts[state] for state in ItemState})

    def label_counts(self) -> dict[str, int]:
        """Standing labels by name, in alphabetical order."""
        return {label: count for label, count in sorted(self._label_counts.items()) if count}

    def _by_event(self, position: int) -> ItemState:
        event = self._last_events.get(position)
        return ItemState.UNLABELLED if event is None else STATE_AFTER[event.kind]

    def _resting(self, position: int) -> ItemState:
        """The state of the item while it is not leased."""
        state = self._by_event(position)
        is_aside = state is ItemState.UNLABELLED and position in self._copies
        return ItemState.EXCLUDED if is_aside else state

    def _move(self, position: int, state: ItemState) -> None:
        before = self.state(position)
        if self._holdout[position]:
            self._holdout_labelled += (state is ItemState.LABELLED) - (before is ItemState.LABELLED)
        self._state_counts[before] -= 1
        self._state_counts[state] += 1
        self._states[position] = _STATES.index(state)
        self._open[position] = state is ItemState.UNLABELLED
        self._eligible[position] = self._open[position] and not self._holdout[position]


def not_found(item_id: str) -> str:
    """What to tell somebody who names an item that the pool does not have."""
    return f"no item {item_id!r} in this pool; list its items to see their ids"
