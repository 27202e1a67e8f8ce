"""The items of a pool: which new ones it can take, and which are excluded and restored."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from vicinal.core.arms import is_in_holdout
from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput, ItemExists, ItemLeased, VicinalError, WrongItemState
from vicinal.core.field_rules import WrongLabels
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import DuplicateRecord, ItemRecord
from vicinal.core.similarity import prepare_rows
from vicinal.pools.changes import Addition, ChangeWriter, PlannedEvent, plan_change
from vicinal.pools.duplicates.search import DuplicateSearch, NewItemMatches
from vicinal.pools.filtered import filtered
from vicinal.pools.labelling import LEASED_MESSAGE, Fault, check_items
from vicinal.pools.results import ItemsOutcome, PreparedItem
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind


class PoolItems:
    """Adds, excludes and restores items. All methods may be called from any thread.

    Args:
        changes: of the pool.
        search: looks new items up among those that are there.
    """

    def __init__(self, changes: ChangeWriter, search: DuplicateSearch) -> None:
        self._changes = changes
        self._search = search

    def add(
        self, items: Sequence[PreparedItem], vectors: Vectors, found: NewItemMatches | None = None
    ) -> ItemsOutcome:
        """Adds items with their vectors; those that cannot be taken fail alone.

        Args:
            items: n new items.
            vectors: (n, d), row i of `items[i]`; need not be unit rows.
            found: what `DuplicateSearch.look_up` found of them, from callers that hold the pool's lock inside
                it, as every transaction does.

        Raises:
            InvalidInput: the vectors' shape does not go with the pool or the items.
            LimitExceeded: the pool would have more items than it takes; none is added.
        """
        looking_up = self._search.look_up(items) if found is None else nullcontext(found)
        with looking_up as matches, self._changes.lock_state() as state:
            addition, added = plan_addition(state, items, vectors, matches, self._changes.now())
            self._changes.add(addition)
            return added

    def find_existing(self, items: Mapping[int, PreparedItem]) -> list[int]:
        """The keys of those items that the pool has already, with the same content."""
        with self._changes.lock_state() as state:
            return [key for key, item in items.items() if has_item(state, item)]

    def exclude(self, item_ids: Sequence[str], reason: str = "", annotator: str = "") -> int:
        """Leaves items out of the suggestions until they are restored. Returns how many.

        Raises:
            InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
        """
        with self._changes.lock_state() as state:
            planned = plan_exclusions(state, item_ids)
            self._changes.write(plan_change(state, planned, self._changes.now(), annotator, reason))
            return len(planned)

    def restore(self, item_ids: Sequence[str], annotator: str = "") -> int:
        """Makes skipped, excluded and filtered items eligible, and duplicates items of their own.

        Returns:
            How many items that changes.

        Raises:
            InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
        """
        with self._changes.lock_state() as state:
            planned = plan_restorations(state, item_ids)
            apart = restore_duplicates(state, item_ids)
            now = self._changes.now()
            self._changes.write(plan_change(state, planned, now, annotator, duplicates=apart))
            return len({each.item_id for each in planned} | {record.item_id for record in apart})


def plan_addition(
    state: PoolState, items: Sequence[PreparedItem], vectors: Vectors, found: NewItemMatches, now: float
) -> tuple[Addition, ItemsOutcome]:
    """Sorts new items into those to add, those there already, and those that cannot be taken.

    Args:
        state: of the pool.
        items: n new items.
        vectors: (n, d), row i of `items[i]`.
        found: what their duplicates are.
        now: when they come, in seconds since the epoch.

    Raises:
        InvalidInput: the vectors' shape does not go with the pool or the items.
        LimitExceeded: the pool would have more items than it takes; none is added.
    """
    if len(items) != len(vectors):
        raise InvalidInput.at("vectors", f"{len(vectors)} rows for {len(items)} items; give one row each")
    prepared, refused = prepare_rows(vectors, state.config.dimension, state.config.metric)
    failures: dict[int, VicinalError] = dict(refused)
    taken: dict[str, ItemRecord] = {}
    rows: list[int] = []
    existing = 0
    classes, wrong = state.config.class_set, WrongLabels(state.config.classes)
    for row, item in enumerate(items):
        if row in failures:
            continue
        there = taken.get(item.item_id) or state.items.record(item.item_id)
        if item.gold and classes and item.gold not in classes:
            failures[row] = InvalidInput.at("gold_label", wrong.describe(item.gold))
        elif there is None:
            taken[item.item_id] = _record(state.config, item)
            rows.append(row)
        elif is_same(there, item):
            existing += 1
        else:
            failures[row] = _exists(there, item)
    records = list(taken.values())
    state.limits.check_items(state.config.pool_id, len(state.items), len(records))
    duplicates = _find_duplicates(state, [item.item_id for item in items], rows, found, now)
    added = ItemsOutcome(len(records), existing, dict(sorted(failures.items())), len(duplicates))
    sketches = [found.sketches[row] for row in rows] if found.sketches else ()
    taken_vectors = prepared[np.array(rows, dtype=np.int64)]
    return Addition(records, taken_vectors, sketches, found.are_stored, duplicates), added


def _find_duplicates(
    state: PoolState, item_ids: Sequence[str], rows: Sequence[int], found: NewItemMatches, now: float
) -> list[DuplicateRecord]:
    """The records of those of the rows that are duplicates; a duplicate of one that is not taken is none."""
    taken, records = set(rows), dict[str, DuplicateRecord]()
    for row in rows:
        match = found.matches.get(row)
        if match is None:
            continue
        new_row = match.position - found.first
        if new_row >= 0 and new_row not in taken:
            continue
        other = item_ids[new_row] if new_row >= 0 else state.items.ids[match.position]
        representative_id = (
            records[other].representative_id
            if other in records
            else state.duplicates.representative_id(other)
        )
        records[item_ids[row]] = DuplicateRecord(
            item_ids[row], representative_id, match.kind, match.evidence, other, now
        )
    return list(records.values())


def has_item(state: PoolState, item: PreparedItem) -> bool:
    """Whether the pool has this item with this content already."""
    there = state.items.record(item.item_id)
    return there is not None and is_same(there, item)


def is_same(there: ItemRecord, item: PreparedItem) -> bool:
    """Whether a new item is one that the pool has already."""
    same_gold = not item.gold or there.gold == item.gold
    return there.content_hash == item.content_hash and (there.holdout or not item.holdout) and same_gold


def _record(config: PoolConfig, item: PreparedItem) -> ItemRecord:
    holdout = item.holdout or is_in_holdout(config.seed, item.item_id, config.holdout_share)
    return ItemRecord(item.item_id, item.content_hash, item.metadata, holdout and not item.gold, item.gold)


def _exists(there: ItemRecord, item: PreparedItem) -> ItemExists:
    if there.content_hash == item.content_hash:
        text = "is there already to be learned from, so it cannot be kept as holdout; leave it as it is"
    else:
        text = "is there already with other content; choose another id"
    return ItemExists(f"item {item.item_id!r} {text}")


def plan_exclusions(state: PoolState, item_ids: Sequence[str]) -> list[PlannedEvent]:
    """The events that exclude items; none for items excluded already.

    Raises:
        InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label first"
        if state.leases.is_leased(item_ids[row]):
            return ItemLeased, LEASED_MESSAGE.format(item_ids[row])
        return None

    check_items("item_ids[{}]", state, item_ids, fault_of)
    # A duplicate is excluded by its record alone; a person's word outlasts that.
    where = ((item_id, state.items.position(item_id)) for item_id in item_ids)
    return [
        PlannedEvent(EventKind.EXCLUDED, item_id)
        for item_id, position in where
        if state.items.state(position) is not ItemState.EXCLUDED
        or state.items.is_excluded_as_duplicate(position)
    ]


def plan_restorations(state: PoolState, item_ids: Sequence[str]) -> list[PlannedEvent]:
    """The events that make skipped and excluded items eligible again; none for open items not filtered.

    Everybody's skips of an item are taken back, also those of a gold item, which is open to others meanwhile.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label to open it again"
        return None

    check_items("item_ids[{}]", state, item_ids, fault_of)
    positions = [state.items.position(item_id) for item_id in item_ids]
    if any(state.items.state(position) is ItemState.UNLABELLED for position in positions):
        state.scorer.refresh()
    filter_grades, aside = filtered(state), (ItemState.SKIPPED, ItemState.EXCLUDED)
    return [
        PlannedEvent(EventKind.RESTORED, item_id)
        for item_id, position in zip(item_ids, positions, strict=True)
        if state.items.state(position) in aside
        or filter_grades[position]
        or state.items.annotations.is_skipped(position)
    ]


def restore_duplicates(state: PoolState, item_ids: Sequence[str]) -> list[DuplicateRecord]:
    """The records of those items that another one stood for, once a person restored them."""
    records = (state.duplicates.live(item_id) for item_id in item_ids)
    return [replace(record, is_restored=True) for record in records if record is not None]
