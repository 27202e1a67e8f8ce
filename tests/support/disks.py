"""A data directory on disk, opened and closed at will."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.support.stored_records import HandClock
from vicinal.core.arrays import Vectors
from vicinal.core.ports import PoolStore
from vicinal.core.records import Change, DuplicateRecord, Event, ItemRecord, Sketch
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.labels import EventKind
from vicinal.storage import SqlStore


class Content(NamedTuple):
    records: list[ItemRecord]
    vectors: Vectors


class Disk:
    """One data directory; at most one store has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = HandClock()
        self.store: SqlStore | None = None

    def open(self) -> SqlStore:
        self.close()
        self.store = SqlStore(self.path, self.clock)
        return self.store

    def close(self) -> None:
        if self.store is not None:
            self.store.close()

    @property
    def database(self) -> Path:
        return self.path / "vicinal.sqlite3"

    @property
    def vectors(self) -> Path:
        """The vector file of the only pool."""
        (found,) = self.path.glob("pools/*/vectors.f32")
        return found

    @staticmethod
    def content(start: int, end: int) -> Content:
        """Items i3, i4, ... with vectors [9, 10, 11], [12, 13, 14], ..."""
        records = [ItemRecord(f"i{i}", f"h{i}", {"n": str(i)}) for i in range(start, end)]
        return Content(records, np.arange(3 * start, 3 * end, dtype=np.float32).reshape(-1, 3))

    @staticmethod
    def label(*item_ids: str, label: str = "ripe") -> Change:
        return Change(events=[Event(EventKind.LABELLED, item_id, 7.0, label, "ann") for item_id in item_ids])

    @staticmethod
    def sketches(start: int, end: int) -> list[Sketch]:
        """Of the items of `content`."""
        return [Sketch((f"d{i}",), bytes([i % 256])) for i in range(start, end)]

    @staticmethod
    def duplicates(start: int, end: int) -> list[DuplicateRecord]:
        """All but the first of the items of `content`, as duplicates of that one."""
        first, *others = (f"i{i}" for i in range(start, end))
        return [
            DuplicateRecord(i, first, DuplicateKind.DUPLICATE, DuplicateEvidence(1.0), first, 7.0)
            for i in others
        ]

    def assert_holds_duplicates(self, pool: PoolStore, items: int) -> None:
        """Items that came by threes have their sketches and duplicates."""
        assert list(pool.sketches()) == self.sketches(0, items)
        expected = [each for start in range(0, items, 3) for each in self.duplicates(start, start + 3)]
        assert list(pool.duplicates()) == sorted(expected, key=lambda each: each.item_id)

    def assert_holds(self, pool: PoolStore, items: int, events: int) -> None:
        expected = self.content(0, items)
        assert list(pool.items()) == expected.records
        np.testing.assert_array_equal(pool.vectors(), expected.vectors)
        assert [event.sequence for event in pool.events()] == list(range(1, events + 1))


def archive_of(store: SqlStore, pool_id: str | None) -> bytes:
    made = store.snapshot(pool_id)
    try:
        return b"".join(made.pieces())
    finally:
        made.close()


def restore(store: SqlStore, archive: bytes, pool_id: str) -> None:
    """Brings the only pool of an archive in."""
    incoming = store.receive()
    try:
        incoming.write(archive)
        (config,) = incoming.prepare()
        incoming.adopt({config.pool_id: pool_id})
    finally:
        incoming.close()


def let_vectors_have_any_length(disk: Disk) -> Disk:
    """Gives its pools a metric that the vectors of `content` go with: cosine has rows of length 1 alone."""
    with closing(sqlite3.connect(disk.database)) as connection, connection:
        connection.execute("UPDATE pools SET config = json_replace(config, '$.metric', 'euclidean')")
    return disk


def carry(source: SqlStore, target: SqlStore, pool_id: str, new_id: str) -> None:
    restore(target, archive_of(source, pool_id), new_id)
