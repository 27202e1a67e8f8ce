"""Which new items a pool can take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arms import is_held_out
from vicinal.core.errors import InvalidInput, ItemExists, VicinalError
from vicinal.core.ports import ItemRecord, PoolConfig, Vectors
from vicinal.core.similarity import prepare_rows
from vicinal.sampling.results import Added, NewItem
from vicinal.sampling.state import PoolState


@dataclass(frozen=True)
class Addition:
    """What adding will do.

    Attributes:
        records: the new items.
        vectors: (len(records), d) prepared rows.
        result: what to tell the caller.
    """

    records: Sequence[ItemRecord]
    vectors: Vectors
    result: Added


def plan_addition(state: PoolState, items: Sequence[NewItem], vectors: Vectors) -> Addition:
    """Sorts new items into those to add, those there already, and those that cannot be taken.

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
    for row, item in enumerate(items):
        if row in failures:
            continue
        there = taken.get(item.item_id) or state.items.record(item.item_id)
        if there is None:
            taken[item.item_id] = _record(state.config, item)
            rows.append(row)
        elif is_same(there, item):
            existing += 1
        else:
            failures[row] = _exists(there, item)
    records = list(taken.values())
    state.limits.check_items(state.config.pool_id, len(state.items), len(records))
    result = Added(len(records), existing, dict(sorted(failures.items())))
    return Addition(records, prepared[np.array(rows, dtype=np.int64)], result)


def is_same(there: ItemRecord, item: NewItem) -> bool:
    """Whether a new item is one that the pool has already."""
    return there.content_hash == item.content_hash and (there.holdout or not item.holdout)


def _record(config: PoolConfig, item: NewItem) -> ItemRecord:
    holdout = item.holdout or is_held_out(config.seed, item.item_id, config.holdout_share)
    return ItemRecord(item.item_id, item.content_hash, item.metadata, holdout)


def _exists(there: ItemRecord, item: NewItem) -> ItemExists:
    if there.content_hash == item.content_hash:
        text = "is there already to be learned from, so it cannot be kept as holdout; leave it as it is"
    else:
        text = "is there already with other content; choose another id"
    return ItemExists(f"item {item.item_id!r} {text}")
