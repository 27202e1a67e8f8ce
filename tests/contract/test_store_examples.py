"""Examples in every `Store`."""

import numpy as np
import pytest

from tests.support.stored_records import response
from vicinal.core.errors import RequestIdReused
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import PoolStore
from vicinal.core.records import Change, ExampleRecord


def example(example_id: str, label: str = "ripe", at: float = 5.5) -> ExampleRecord:
    vector = np.array([0.1, -1e-30, len(example_id)], dtype=np.float32)
    return ExampleRecord(example_id, label, f"hash of {example_id}", vector, at, "ann")


def facts(store_of_pool: PoolStore) -> list[tuple]:
    return [fact_of(each) for each in store_of_pool.examples()]


def fact_of(each: ExampleRecord) -> tuple:
    assert each.vector.dtype == np.float32
    vector = each.vector.tobytes()
    return each.example_id, each.label, each.content_hash, vector, each.created_at, each.annotator


def test_put_changed_and_dropped(pool):
    assert facts(pool) == []
    pool.commit(Change(put_examples=[example("x"), example("a'; --"), example("ü")]))
    assert facts(pool) == [fact_of(example(each)) for each in ("a'; --", "x", "ü")]
    changed = example("x", "rotten", 9.25)
    pool.commit(Change(put_examples=[changed], drop_examples=["ü", "unknown"]))
    assert facts(pool) == [fact_of(example("a'; --")), fact_of(changed)]


def test_each_pool_has_its_own(store, pool):
    other = store.create_pool(PoolConfig("other", 3))
    pool.commit(Change(put_examples=[example("x")]))
    other.commit(Change(put_examples=[example("x", "rotten")]))
    other.commit(Change(drop_examples=["x"]))
    assert facts(pool) == [fact_of(example("x"))]
    assert facts(other) == []
    store.delete_pool("fruits")
    assert facts(store.create_pool(PoolConfig("fruits", 3))) == []


def test_stored_with_their_response_or_not_at_all(store, pool):
    pool.commit(Change(put_examples=[example("x")], stored_response=response("r")))
    assert store.stored_response("r") == response("r")
    with pytest.raises(RequestIdReused):
        pool.commit(Change(put_examples=[example("y")], drop_examples=["x"], stored_response=response("r")))
    assert facts(pool) == [fact_of(example("x"))]
