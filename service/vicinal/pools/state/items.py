"""The items of a pool: who they are and where they are in their lives."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vicinal.core.errors import ItemNotFound
from vicinal.core.records import Event, ItemRecord
from vicinal.pools.state.annotations import AnnotationTable
from vicinal.records.errors import Violation
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind
from vicinal.records.pools import HoldoutCounts, ItemCounts

STATE_AFTER: Mapping[EventKind, ItemState] = {
    EventKind.LABELLED: ItemState.LABELLED,
    EventKind.RELABELLED: ItemState.LABELLED,
    EventKind.LABEL_REMOVED: ItemState.UNLABELLED,
    EventKind.SKIPPED: ItemState.SKIPPED,
    EventKind.EXCLUDED: ItemState.EXCLUDED,
    EventKind.RESTORED: ItemState.UNLABELLED,
    EventKind.RESOLVED: ItemState.LABELLED,
}
# What an annotator does, as against what the pool's owner does.
_ANSWERS = (EventKind.LABELLED, EventKind.SKIPPED)

_STATES = tuple(ItemState)


class ItemTable:
    """Items by id and by position, with the state each is in.

    The state of an item that is not leased follows from its last event. Where several annotators may label
    it, it follows from their annotations and skips that stand. An item that would be unlabelled is excluded
    while another one stands for it.

    Args:
        overlap: how many different annotators an item is to have.

    Attributes:
        annotations: of the items that several annotators are asked about.
    """

    def __init__(self, overlap: int = 1) -> None:
        self.annotations = AnnotationTable(overlap)
        self._answers: Counter[str] = Counter()
        self._gold: dict[int, None] = {}
        self.ids: list[str] = []
        self.records: list[ItemRecord] = []
        self._positions: dict[str, int] = {}
        # A byte each, the place in _STATES.
        self._states = bytearray()
        self._last_events: dict[int, Event] = {}
        self._duplicates: set[int] = set()
        self._open: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._holdout: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._eligible: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._never_filter: NDArray[np.bool_] = np.zeros(0, dtype=bool)
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
        gold = np.array([bool(record.gold) for record in records], dtype=bool)
        first = len(self.ids) - len(records)
        self._gold.update(dict.fromkeys((first + np.flatnonzero(gold)).tolist()))
        self._eligible = np.concatenate([self._eligible, ~holdout & ~gold])
        self._never_filter = np.concatenate([self._never_filter, np.zeros(len(records), dtype=bool)])

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

    @property
    def has_history(self) -> bool:
        """Whether there is any line in the label log."""
        return bool(self._last_events)

    def given_by(self, position: int, annotator: str) -> Event | None:
        """The line of the log behind the label that a new one of the annotator's takes the place of."""
        if self.is_shared(position):
            return self.annotations.of(position).get(annotator)
        return self._last_events.get(position)

    def current_events(self) -> Iterable[Event]:
        """The log's line behind each current label, gold apart; of several annotators', the first."""
        for position, event in self._last_events.items():
            if self.state(position) is ItemState.LABELLED and position not in self._gold:
                shared = self.annotations.current_event(position) if self.is_shared(position) else None
                yield shared or event

    def label(self, position: int) -> str:
        """The current label, or empty."""
        if self.state(position) is not ItemState.LABELLED:
            return ""
        if self.is_shared(position):
            return self.records[position].gold or self.annotations.consensus(position)
        return self._last_events[position].label

    def is_shared(self, position: int) -> bool:
        """Whether several annotators may label the item, each for themselves."""
        return self.annotations.overlap > 1 or position in self._gold

    def disputed(self) -> list[int]:
        """Items whose annotators disagree and that no person resolved, the most disputed first; no gold."""
        return [position for position in self.annotations.disputed() if position not in self._gold]

    def answers(self, annotator: str) -> int:
        """How many items the annotator labelled or skipped so far, those undone since included."""
        return self._answers[annotator]

    def apply(self, event: Event) -> None:
        """Takes in what happened to an item."""
        position = self._positions[event.item_id]
        if old := self.label(position):
            self._label_counts[old] -= 1
        self._last_events[position] = event
        self._answers[event.annotator] += event.kind in _ANSWERS
        self._never_filter[position] |= event.kind is EventKind.RESTORED
        if self.is_shared(position):
            self.annotations.take(position, event)
        self._move(position, self._resting(position))
        if new := self.label(position):
            self._label_counts[new] += 1

    def lease(self, position: int) -> None:
        """Marks an unlabelled item as leased."""
        self._move(position, ItemState.LEASED)

    def unlease(self, position: int) -> None:
        """Marks a leased item as no longer leased."""
        self._move(position, self._resting(position))

    def set_duplicate(self, position: int, is_duplicate: bool) -> None:
        """Notes whether another item stands for this one; a leased one is excluded when its lease ends."""
        (self._duplicates.add if is_duplicate else self._duplicates.discard)(position)
        if self.state(position) is not ItemState.LEASED:
            self._move(position, self._resting(position))

    def is_excluded_as_duplicate(self, position: int) -> bool:
        """Whether the item is excluded for no other reason than that another one stands for it."""
        by_event = self._by_event(position)
        return self.state(position) is ItemState.EXCLUDED and by_event is not ItemState.EXCLUDED

    @property
    def eligible(self) -> NDArray[np.bool_]:
        """(N,) which items may be suggested to learn from: unlabelled, not leased. Not to be written to."""
        return self._eligible

    @property
    def never_filter(self) -> NDArray[np.bool_]:
        """(N,) which items were ever restored: never filtered again. Not to be written to."""
        return self._never_filter

    @property
    def open_holdout(self) -> NDArray[np.bool_]:
        """(N,) which items of the holdout are unlabelled and not leased."""
        return self._open & self._holdout

    @property
    def holdout(self) -> NDArray[np.bool_]:
        """(N,) which items are kept for measuring. Not to be written to."""
        return self._holdout

    @property
    def gold(self) -> Iterable[int]:
        """Positions of the items that annotators are checked by, in the order they were added."""
        return self._gold

    def is_learned(self, position: int) -> bool:
        """Whether the item's label is learned from: it is neither kept for measuring nor gold."""
        return not self.records[position].holdout and position not in self._gold

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
        if event is None:
            return ItemState.UNLABELLED
        return self._by_annotators(position, event) if self.is_shared(position) else STATE_AFTER[event.kind]

    def _by_annotators(self, position: int, last: Event) -> ItemState:
        """The state that follows from what stands of an item that several annotators may label."""
        if last.kind is EventKind.EXCLUDED:
            return ItemState.EXCLUDED
        if self.annotations.consensus(position):
            return ItemState.LABELLED
        # A gold item is open to the others, whoever skipped it.
        is_skipped_for_all = self.annotations.is_skipped(position) and position not in self._gold
        return ItemState.SKIPPED if is_skipped_for_all else ItemState.UNLABELLED

    def _resting(self, position: int) -> ItemState:
        """The state of the item while it is not leased."""
        state = self._by_event(position)
        is_aside = state is ItemState.UNLABELLED and position in self._duplicates
        return ItemState.EXCLUDED if is_aside else state

    def _move(self, position: int, state: ItemState) -> None:
        before = self.state(position)
        if self._holdout[position]:
            self._holdout_labelled += (state is ItemState.LABELLED) - (before is ItemState.LABELLED)
        self._state_counts[before] -= 1
        self._state_counts[state] += 1
        self._states[position] = _STATES.index(state)
        self._open[position] = state is ItemState.UNLABELLED
        self._eligible[position] = self._open[position] and self.is_learned(position)


def not_found(item_id: str) -> str:
    """What to say to a caller that names an item that the pool does not have."""
    return f"no item {item_id!r} in this pool; list its items to see their ids"
