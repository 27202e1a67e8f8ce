"""What a pool knows of its items, table by table: states, annotations, leases, suggestions, examples."""

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arms import SuggestionRecord
from vicinal.core.errors import ItemNotFound, LeaseNotFound
from vicinal.core.records import Event, ExampleRecord, ItemRecord, LeaseRecord
from vicinal.core.statistics.consensus import disagreement, majority
from vicinal.records.errors import Violation
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, EventKind
from vicinal.records.pools import HoldoutCounts, ItemCounts, SuggestionCounts

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
_NO_ANNOTATIONS: Mapping[str, Event] = MappingProxyType({})


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
        # A byte each, the index in _STATES.
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
            text = describe_missing_item(item_id)
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


def describe_missing_item(item_id: str) -> str:
    """What to say to a caller that names an item that the pool does not have."""
    return f"no item {item_id!r} in this pool; list its items to see their ids"


class AnnotationTable:
    """Annotations and skips by item and annotator, and the label that follows from them.

    An item's label is what it was resolved to, or else what most of its annotators say. Of
    one annotator the newest annotation counts: a label takes the place of the same annotator's skip. A skip
    stands until the item is restored, whatever others do. What a person resolved stands until that person's
    resolution, or all labels, are taken back; a consensus over all annotations until the item's annotations
    change.

    Args:
        overlap: how many different annotators an item is to have.
    """

    def __init__(self, overlap: int) -> None:
        self.overlap = overlap
        self.count = 0
        # Of each item, by annotator in the order of their first annotations.
        self._given: dict[int, dict[str, Event]] = {}
        self._resolved: dict[int, Event] = {}
        self._skipped_by: dict[int, set[str]] = {}
        # Items that wait for more annotations, in the order of their first; a dict, since sets have no order.
        self._waiting: dict[int, None] = {}

    def take(self, position: int, event: Event) -> None:
        """Takes in what happened to an item."""
        if event.kind in (EventKind.LABELLED, EventKind.RELABELLED):
            self._give(position, event)
        elif event.kind is EventKind.LABEL_REMOVED:
            self._remove(position, event.annotator)
        elif event.kind is EventKind.RESOLVED:
            self._resolved[position] = event
        elif event.kind is EventKind.SKIPPED:
            self._skipped_by.setdefault(position, set()).add(event.annotator)
        elif event.kind is EventKind.RESTORED:
            self._skipped_by.pop(position, None)
        self._keep_waiting(position)

    def of(self, position: int) -> Mapping[str, Event]:
        """Each annotator's newest annotation of an item, in the order of their first."""
        return self._given.get(position, _NO_ANNOTATIONS)

    def labels(self, position: int) -> list[str]:
        """The labels that an item's annotators gave, in the order of their first annotations."""
        return [event.label for event in self.of(position).values()]

    def consensus(self, position: int) -> str:
        """The label that an item was resolved to, or that most annotations give; empty without any."""
        resolved = self._resolved.get(position)
        return resolved.label if resolved else majority(self.labels(position))

    def resolver(self, position: int) -> str:
        """The person who resolved the item; empty if nobody did."""
        resolved = self._resolved.get(position)
        return resolved.annotator if resolved else ""

    def current_event(self, position: int) -> Event | None:
        """The log's line of the label that the item has: the first annotation's, or else the resolution's.

        None where there is neither.
        """
        first = next(iter(self.of(position).values()), None) or self._resolved.get(position)
        return None if first is None else replace(first, label=self.consensus(position))

    def has_seen(self, position: int, annotator: str) -> bool:
        """Whether the annotator has labelled or skipped the item."""
        return annotator in self.of(position) or self.has_skipped(position, annotator)

    def has_skipped(self, position: int, annotator: str) -> bool:
        """Whether the annotator's skip of the item stands."""
        return annotator in self._skipped_by.get(position, ())

    def is_skipped(self, position: int) -> bool:
        """Whether anybody's skip of the item stands."""
        return bool(self._skipped_by.get(position))

    def waiting(self) -> Iterator[int]:
        """Items that have an annotation, and fewer than the overlap asks for, in the order of their first."""
        return iter(self._waiting)

    def disputed(self) -> list[int]:
        """Items whose annotators disagree and that no person resolved, the most disputed first."""
        found = [
            (-disagreement(self.labels(position)), position)
            for position in self._given
            if not self.is_resolved(position)
        ]
        return [position for apart, position in sorted(found) if apart < 0]

    def is_resolved(self, position: int) -> bool:
        """Whether somebody resolved the item, which no further annotation changes."""
        return bool(self.resolver(position))

    def positions(self) -> Iterator[int]:
        """Items with an annotation, in the order of their first."""
        return iter(self._given)

    def _give(self, position: int, event: Event) -> None:
        given = self._given.setdefault(position, {})
        self.count += event.annotator not in given
        given[event.annotator] = event
        self._skipped_by.get(position, set()).discard(event.annotator)
        self._drop_consensus(position)

    def _remove(self, position: int, annotator: str) -> None:
        """Takes back one annotator's annotation, or else resolution; with no name, all of both."""
        given = self._given.get(position, {})
        if not annotator:
            self.count -= len(given)
            given.clear()
            self._resolved.pop(position, None)
        elif annotator in given:
            del given[annotator]
            self.count -= 1
            self._drop_consensus(position)
        elif annotator == self.resolver(position):
            del self._resolved[position]
        if not given:
            self._given.pop(position, None)

    def _drop_consensus(self, position: int) -> None:
        if not self.is_resolved(position):
            self._resolved.pop(position, None)

    def _keep_waiting(self, position: int) -> None:
        annotations = len(self.of(position))
        if 0 < annotations < self.overlap and not self.is_resolved(position):
            self._waiting[position] = None
        else:
            self._waiting.pop(position, None)


class LeaseTable:
    """The open leases of a pool. An item is in one at most, unless several annotators are to label it.

    Leases stand in the order they were opened, whatever becomes of them later. Who gets what next depends on
    that order, so it is stored with each lease as its number.
    """

    def __init__(self) -> None:
        # Both in the order that leases were opened; a lease that changes keeps its place.
        self._leases: dict[str, LeaseRecord] = {}
        self._leases_of_item: dict[str, tuple[str, ...]] = {}
        self._last_number = 0
        self._item_counts: Counter[str] = Counter()
        self._expiries: list[tuple[float, str]] = []

    def __len__(self) -> int:
        return len(self._leases)

    def __iter__(self) -> Iterator[LeaseRecord]:
        """The open leases, in the order they were opened."""
        return iter(self._leases.values())

    @property
    def next_number(self) -> int:
        """The number of the lease that is opened next."""
        return self._last_number + 1

    def get(self, lease_id: str, field: str = "lease_id") -> LeaseRecord:
        """The open lease of that id.

        Raises:
            LeaseNotFound: it never was, or it has ended.
        """
        lease = self._leases.get(lease_id)
        if lease is None:
            text = f"no open lease {lease_id!r}: it has expired, or all its items are done; lease a new batch"
            raise LeaseNotFound(f"{field}: {text}", violations=[Violation(field, text)])
        return lease

    def find(self, lease_id: str) -> LeaseRecord | None:
        """The open lease of that id, or None."""
        return self._leases.get(lease_id)

    def of_item(self, item_id: str) -> list[LeaseRecord]:
        """The open leases that hold the item, each of another annotator, in the order they were opened."""
        return [self._leases[lease_id] for lease_id in self._leases_of_item.get(item_id, ())]

    def is_leased(self, item_id: str) -> bool:
        """Whether an open lease holds the item."""
        return item_id in self._leases_of_item

    def items_of(self, annotator: str) -> int:
        """How many items are leased to the annotator."""
        return self._item_counts[annotator]

    def items(self) -> Iterator[str]:
        """All leased items, each once: by the first lease that holds it, as suggested there."""
        seen: set[str] = set()
        for lease in self._leases.values():
            for item_id in lease.item_ids:
                if item_id not in seen:
                    seen.add(item_id)
                    yield item_id

    def put(self, lease: LeaseRecord) -> None:
        """Takes in a new lease, or one that was renewed or lost items.

        New ones must come in the order they were opened.
        """
        before = self._leases.get(lease.lease_id)
        before_ids = before.item_ids if before else ()
        self._leases[lease.lease_id] = lease
        self._last_number = max(self._last_number, lease.number)
        self._take_out(lease.lease_id, set(before_ids) - set(lease.item_ids))
        for item_id in lease.item_ids:
            lease_ids = self._leases_of_item.get(item_id, ())
            if lease.lease_id not in lease_ids:
                self._leases_of_item[item_id] = (*lease_ids, lease.lease_id)
        self._item_counts[lease.annotator] += len(lease.item_ids) - len(before_ids)
        heapq.heappush(self._expiries, (lease.expires_at, lease.lease_id))

    def drop(self, lease_id: str) -> None:
        """Forgets a lease; an unknown one is passed over."""
        lease = self._leases.pop(lease_id, None)
        if lease is not None:
            self._item_counts[lease.annotator] -= len(lease.item_ids)
            self._take_out(lease_id, lease.item_ids)

    def _take_out(self, lease_id: str, item_ids: Iterable[str]) -> None:
        for item_id in item_ids:
            others = tuple(each for each in self._leases_of_item.pop(item_id) if each != lease_id)
            if others:
                self._leases_of_item[item_id] = others

    def expired(self, now: float) -> list[LeaseRecord]:
        """The leases whose time is up at `now` (seconds since the epoch); they stay until dropped."""
        ended: dict[str, LeaseRecord] = {}
        while self._expiries and self._expiries[0][0] <= now:
            _, lease_id = heapq.heappop(self._expiries)
            lease = self._leases.get(lease_id)
            if lease is not None and lease.expires_at <= now:
                ended[lease_id] = lease
        return list(ended.values())


class SuggestionTable:
    """Every item's last suggestion, and how many suggestions there were of each arm."""

    def __init__(self) -> None:
        self._last: dict[str, SuggestionRecord] = {}
        self._counts: Counter[Arm] = Counter()

    def put(self, suggestions: Iterable[SuggestionRecord]) -> None:
        """Takes in suggestions, in order."""
        for suggestion in suggestions:
            self._last[suggestion.item_id] = suggestion
            self._counts[suggestion.arm] += 1

    def last(self, item_id: str) -> SuggestionRecord | None:
        """The item's last suggestion; None if it was never suggested."""
        return self._last.get(item_id)

    @property
    def count(self) -> int:
        """All suggestions; the next one's number is one more."""
        return self._counts.total()

    @property
    def active_and_control(self) -> int:
        """Suggestions of active and control arm: what the next one's chance depends on."""
        return self._counts[Arm.ACTIVE] + self._counts[Arm.CONTROL]

    def counts(self) -> SuggestionCounts:
        """Suggestions of active and control arm."""
        return SuggestionCounts(self._counts[Arm.ACTIVE], self._counts[Arm.CONTROL])


class ExampleTable:
    """The examples that stand, by id."""

    def __init__(self) -> None:
        self._records: dict[str, ExampleRecord] = {}
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    def find(self, example_id: str) -> ExampleRecord | None:
        """The example of that id, or None."""
        return self._records.get(example_id)

    def labels(self) -> set[str]:
        """Their different labels."""
        return {record.label for record in self._records.values()}

    def put(self, record: ExampleRecord) -> None:
        """Takes in an example, in place of one of the same id."""
        if record.example_id not in self._records:
            insort(self._ids, record.example_id)
        self._records[record.example_id] = record

    def drop(self, example_id: str) -> None:
        """Forgets an example that is there."""
        del self._records[example_id]
        del self._ids[bisect_left(self._ids, example_id)]

    def page(self, after: str, limit: int) -> tuple[list[ExampleRecord], str | None]:
        """Examples with ids beyond `after`, by id, and where the next page begins (None: the last page)."""
        start = bisect_right(self._ids, after)
        ids = self._ids[start : start + limit]
        more = start + limit < len(self._ids)
        return [self._records[example_id] for example_id in ids], ids[-1] if more else None
