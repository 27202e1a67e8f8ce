"""Duplicates and sketches in every `Store`."""

from dataclasses import replace

import pytest

from tests.support.stored_records import records, response, rows
from vicinal.core.errors import ItemExists, RequestIdReused
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, DuplicateRecord, Sketch
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind, DuplicateTransform
from vicinal.records.pool_options import Duplicates

EVIDENCE = DuplicateEvidence(
    0.1 + 0.2, 41, DuplicateTransform(True, -90.5, 0.5, 1.25, 0.1, -0.2, 0.75, 1.0), ("mirrored", "turned")
)
SKETCHES = (Sketch(("bytes:1", "pixels:ü"), b"\x00body\xff"), Sketch(()), Sketch(("bytes:3",)))


def duplicate(item_id: str, representative_id: str = "a", **changes: object) -> DuplicateRecord:
    record = DuplicateRecord(item_id, representative_id, DuplicateKind.AUGMENTATION, EVIDENCE, "b", 12.5)
    return replace(record, **changes)  # type: ignore[arg-type]


def test_written_with_the_items(pool):
    first = duplicate("c"), duplicate("b", evidence=DuplicateEvidence(1.0), kind=DuplicateKind.DUPLICATE)
    pool.append_items(records("a", "b", "c"), rows(3), sketches=SKETCHES, duplicates=first)
    pool.append_items(records("d"), rows(1, 3))
    pool.append_items(records("e"), rows(1, 4), sketches=[SKETCHES[0]])
    assert list(pool.duplicates()) == [first[1], first[0]]
    assert list(pool.sketches()) == [*SKETCHES, Sketch(()), SKETCHES[0]]
    assert list(pool.bodies([4, 1, 0, 0])) == [b"\x00body\xff", b"", b"\x00body\xff", b"\x00body\xff"]


def test_many_sketches_come_in_order(pool):
    made = [Sketch((f"d{row}",), bytes([row % 256])) if row % 3 else Sketch(()) for row in range(600)]
    pool.append_items(records(*map(str, range(600))), rows(600), sketches=made)
    assert list(pool.sketches()) == made
    assert list(pool.bodies(range(599, -1, -1))) == [each.body for each in reversed(made)]


def test_changed_and_dropped(pool):
    pool.append_items(records("a", "b", "c"), rows(3), duplicates=[duplicate("b"), duplicate("c")])
    restored = duplicate("b", is_restored=True)
    pool.commit(Change(put_duplicates=[restored], drop_duplicates=["c", "unknown"]))
    assert list(pool.duplicates()) == [restored]


def test_all_or_none(store, pool):
    pool.append_items(records("a"), rows(1), response("r"))
    with pytest.raises(RequestIdReused):
        pool.append_items(
            records("b"), rows(1), response("r"), sketches=SKETCHES[:1], duplicates=[duplicate("b")]
        )
    with pytest.raises(ItemExists):
        pool.append_items(records("b", "a"), rows(2), sketches=SKETCHES[:2], duplicates=[duplicate("b")])
    assert list(pool.duplicates()) == []
    assert list(pool.sketches()) == [Sketch(())]


def test_each_pool_has_its_own(store, pool):
    other = store.create_pool(PoolConfig("other", 3))
    for each in (pool, other):
        each.append_items(records("a", "b"), rows(2), sketches=SKETCHES[:2], duplicates=[duplicate("b")])
    other.commit(Change(drop_duplicates=["b"]))
    assert list(pool.duplicates()) == [duplicate("b")]
    store.delete_pool("fruits")
    again = store.create_pool(PoolConfig("fruits", 3))
    assert (list(again.duplicates()), list(again.sketches())) == ([], [])


def test_settings_come_back(store):
    config = PoolConfig(
        "near", 3, duplicates=Duplicates.NEAR, carry_labels=True, augmentations=("mirror", "rotate-90")
    )
    store.create_pool(config)
    assert store.pools() == [config]
