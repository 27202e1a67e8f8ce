"""Which new items a pool can take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arms import is_held_out
from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput, ItemExists, VicinalError
from vicinal.core.field_rules import WrongLabels
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import DuplicateRecord, ItemRecord, Sketch
from vicinal.core.similarity import prepare_rows
from vicinal.pools.duplicates.search import NewItemMatches
from vicinal.pools.results import ItemsOutcome, PreparedItem
from vicinal.pools.state.pool import PoolState


@dataclass(frozen=True)
class Addition:
    """What adding will do.

    Attributes:
        records: the new items.
        vectors: (len(records), d) prepared rows.
        result: what to report to the caller.
        sketches: of the new items, one each, if duplicates are found in the pool.
        are_stored: whether the sketches are kept in the store.
        duplicates: those of the new items that are duplicates.
    """

    records: Sequence[ItemRecord]
    vectors: Vectors
    result: ItemsOutcome
    sketches: Sequence[Sketch] = ()
    are_stored: bool = False
    duplicates: Sequence[DuplicateRecord] = ()


def plan_addition(
    state: PoolState, items: Sequence[PreparedItem], vectors: Vectors, found: NewItemMatches, now: float
) -> Addition:
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
    result = ItemsOutcome(len(records), existing, dict(sorted(failures.items())), len(duplicates))
    sketches = [found.sketches[row] for row in rows] if found.sketches else ()
    return Addition(
        records, prepared[np.array(rows, dtype=np.int64)], result, sketches, found.are_stored, duplicates
    )


def _find_duplicates(
    state: PoolState, item_ids: Sequence[str], rows: Sequence[int], found: NewItemMatches, now: float
) -> list[DuplicateRecord]:
    """The records of those of the rows that are duplicates; a duplicate of one that is not taken is none."""
    taken, records = set(rows), dict[str, DuplicateRecord]()
    for row in rows:
        match = found.matches.get(row)
        if match is None:
            continue
        place = match.position - found.first
        if place >= 0 and place not in taken:
            continue
        other = item_ids[place] if place >= 0 else state.items.ids[match.position]
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
    holdout = item.holdout or is_held_out(config.seed, item.item_id, config.holdout_share)
    return ItemRecord(item.item_id, item.content_hash, item.metadata, holdout and not item.gold, item.gold)


def _exists(there: ItemRecord, item: PreparedItem) -> ItemExists:
    if there.content_hash == item.content_hash:
        text = "is there already to be learned from, so it cannot be kept as holdout; leave it as it is"
    else:
        text = "is there already with other content; choose another id"
    return ItemExists(f"item {item.item_id!r} {text}")
