"""A pool with rows in every table, as a service would have written them."""

from pathlib import Path

import numpy as np

from tests.support.disks import archive_of
from vicinal.core.arms import SuggestionRecord
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock, PoolStore
from vicinal.core.records import (
    Change,
    DuplicateRecord,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Neighbours,
    Sketch,
)
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind, DuplicateTransform
from vicinal.records.labels import Arm, EventKind
from vicinal.storage import SqlStore

_EVIDENCE = DuplicateEvidence(
    1.0, 3, DuplicateTransform(True, 90.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0), ("cropped",)
)


def make_rich_pool(store: SqlStore, pool_id: str) -> PoolStore:
    pool = store.create_pool(PoolConfig(pool_id, 4))
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0, 1]]
    records = [
        ItemRecord(f"i{i}", f"h{i}", {"n": str(i)}, holdout=i == 4, gold="ripe" if i == 5 else "")
        for i in range(6)
    ]
    duplicates = [DuplicateRecord("i3", "i0", DuplicateKind.DUPLICATE, _EVIDENCE, "i1", 7.0)]
    pool.append_items(
        records, vectors, sketches=[Sketch((f"d{i}",), b"") for i in range(6)], duplicates=duplicates
    )
    suggestions = [SuggestionRecord(1, "i1", Arm.ACTIVE, 4), SuggestionRecord(2, "i2", Arm.CONTROL, 3)]
    events = [
        Event(EventKind.LABELLED, "i1", 7.0, "ripe", "ann", "", suggestion=suggestions[0], predicted="green"),
        Event(EventKind.SKIPPED, "i2", 8.0, "", "bo", "blurred"),
    ]
    lease = LeaseRecord("l", "ann", 1_000_600.0, ("i0",))
    example = ExampleRecord("e", "ripe", "h", vectors[0], 7.0, "ann")
    pool.commit(Change(events, [lease], suggestions=suggestions, put_examples=[example]))
    keys = np.full((6, 20), -1, dtype=np.int32)
    pool.save_neighbours(Neighbours(keys, np.full((6, 20), -np.inf, dtype=np.float32)))
    return pool


def rich_archive(folder: Path, clock: Clock) -> bytes:
    store = SqlStore(folder, clock)
    make_rich_pool(store, "fruits")
    archive = archive_of(store, "fruits")
    store.close()
    return archive
