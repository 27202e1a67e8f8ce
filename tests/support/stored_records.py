"""Small records to store, and a clock that is set by hand."""

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.records import Event, ItemRecord, LeaseRecord, StoredResponse
from vicinal.records.labels import EventKind


class HandClock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def now(self) -> float:
        return self.time


def records(*item_ids: str) -> list[ItemRecord]:
    return [ItemRecord(item_id, f"hash of {item_id}", {"path": f"/{item_id}"}) for item_id in item_ids]


def rows(count: int, start: int = 0) -> Vectors:
    return np.arange(start * 3, (start + count) * 3, dtype=np.float32).reshape(count, 3)


def labelled(item_id: str, label: str = "ripe") -> Event:
    return Event(EventKind.LABELLED, item_id, 5.5, label, "ann", "looks it")


def lease(lease_id: str, *item_ids: str, expires_at: float = 50.5) -> LeaseRecord:
    return LeaseRecord(lease_id, "ann", expires_at, item_ids)


def response(request_id: str, at: float = 1_000_000.0) -> StoredResponse:
    return StoredResponse(request_id, "digest", b"\x00answer\xff", at)
