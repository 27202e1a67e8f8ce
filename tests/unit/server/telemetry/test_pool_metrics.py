"""Metrics of pools: those that load, those that cannot be had, those at work, and many."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from vicinal.core.errors import StorageCorrupt
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.pools.results import PreparedItem
from vicinal.server.rpc.pools import list_pools
from vicinal.server.telemetry.metrics import Metrics, PoolMetrics
from vicinal.storage import MemoryStore
from vicinal.v1.sampler_service_pb2 import ListPoolsRequest


class TornStore(MemoryStore):
    """Cannot open the pool `torn`."""

    def open_pool(self, pool_id):
        if pool_id == "torn" and self.is_torn:
            raise StorageCorrupt("torn")
        return super().open_pool(pool_id)

    is_torn = False


@pytest.fixture
def pools():
    store = TornStore(SystemClock())
    for pool_id in ("good", "late", "torn"):
        store.create_pool(PoolConfig(pool_id, 3))
    store.is_torn = True
    return Pools(store, None, PoolNeighbourhoods, SystemClock())


@pytest.fixture
def value(pools):
    registry = Metrics().registry
    registry.register(PoolMetrics(pools, 50))

    def read(name, **labels):
        return registry.get_sample_value(name, labels)

    return read


def _add(session, count):
    vectors = np.random.default_rng(0).normal(size=(count, 3)).astype(np.float32)
    session.add_items([PreparedItem(f"{row}", f"hash {row}") for row in range(count)], vectors)


def test_pools_are_counted_by_how_they_stand(pools, value):
    states = ("served", "unavailable", "loading")
    assert [value("vicinal_pools", state=state) for state in states] == [0, 0, 3]
    pools.load_next()
    assert [value("vicinal_pools", state=state) for state in states] == [1, 0, 2]
    while pools.load_next():
        pass
    assert [value("vicinal_pools", state=state) for state in states] == [2, 1, 0]
    assert value("vicinal_pool_items", pool="good", state="unlabelled") == 0
    assert value("vicinal_pool_items", pool="torn", state="unlabelled") is None


def test_a_busy_pool_is_shown_as_it_was_before(pools, value):
    while pools.load_next():
        pass
    good = pools.get("good")
    _add(good, 5)
    assert value("vicinal_pool_items", pool="good", state="unlabelled") == 5
    held, go_on = threading.Event(), threading.Event()

    def work():
        with good.exclusive():
            _add(good, 9)
            held.set()
            assert go_on.wait(30)

    thread = threading.Thread(target=work)
    thread.start()
    assert held.wait(30)
    assert value("vicinal_pool_items", pool="good", state="unlabelled") == 5
    go_on.set()
    thread.join()
    assert value("vicinal_pool_items", pool="good", state="unlabelled") == 9


def test_a_deleted_pool_is_not_shown(pools, value):
    while pools.load_next():
        pass
    assert value("vicinal_pool_labels", pool="good") == 0
    pools.delete("good")
    assert value("vicinal_pool_labels", pool="good") is None


def test_a_pool_that_cannot_be_looked_at_hides_none_of_the_others(pools, value, monkeypatch, caplog):
    pools.load_all()
    session = pools.get("late")

    def fail(_):
        raise ValueError("a value that cannot be shown")

    monkeypatch.setattr(session, "read", fail)
    assert value("vicinal_pool_leases_open", pool="good") == 0
    assert value("vicinal_pool_leases_open", pool="late") is None
    assert "'late' cannot be looked at" in caplog.text
    listed = {view.config.pool_id: view for view in pools.list()}
    assert "cannot be shown" in listed["late"].unavailable
    assert listed["good"].unavailable == ""
    page = list_pools(pools, ListPoolsRequest())
    assert [pool.config.pool_id for pool in page.pools] == ["good", "late", "torn"]


def test_a_pool_that_cannot_be_shown_hides_none_of_the_others(pools, monkeypatch):
    pools.load_all()
    view, session = pools.get("late").view(), pools.get("late")
    monkeypatch.setattr(
        session, "read", lambda _: replace(view, config=replace(view.config, created_at=1e300))
    )
    page = list_pools(pools, ListPoolsRequest())
    assert [(pool.config.pool_id, bool(pool.unavailable)) for pool in page.pools] == [
        ("good", False),
        ("late", True),
        ("torn", True),
    ]
