"""Which new items a pool can take."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.errors import InvalidInput, ItemExists, VicinalError
from vicinal.core.ports import ItemRecord, Vectors
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
    """
    if len(items) != len(vectors):
        raise InvalidInput.at("vectors", f"{len(vectors)} rows for {len(items)} items; give one row each")
    prepared, refused = prepare_rows(vectors, state.config.dimension, state.config.metric)
    failures: dict[int, VicinalError] = dict(refused)
    taken: dict[str, str] = {}
    rows: list[int] = []
    existing = 0
    for row, item in enumerate(items):
        if row in failures:
            continue
        hash_there = taken.get(item.item_id) or state.items.content_hash(item.item_id)
        if hash_there is None:
            taken[item.item_id] = item.content_hash
            rows.append(row)
        elif hash_there == item.content_hash:
            existing += 1
        else:
            failures[row] = ItemExists(
                f"item {item.item_id!r} is there already with other content; choose another id"
            )
    records = [ItemRecord(items[row].item_id, items[row].content_hash, items[row].metadata) for row in rows]
    result = Added(len(records), existing, dict(sorted(failures.items())))
    return Addition(records, prepared[np.array(rows, dtype=np.int64)], result)
