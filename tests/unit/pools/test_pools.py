"""Loading: one pool after the other, and one that is damaged does not keep the others from being served."""

import pytest

from vicinal.core.errors import PoolExists, PoolNotFound, PoolsLoading, StorageCorrupt
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.storage import MemoryStore


class FaultyStore(MemoryStore):
    """Opens pools but those that it has a fault for."""

    def __init__(self):
        super().__init__(SystemClock())
        self.faults = {}

    def open_pool(self, pool_id):
        if pool_id in self.faults:
            raise self.faults[pool_id]
        return super().open_pool(pool_id)


@pytest.fixture
def store():
    made = FaultyStore()
    for pool_id in "cab":
        made.create_pool(PoolConfig(pool_id, 3))
    return made


@pytest.fixture
def pools(store):
    return Pools(store, None, PoolNeighbourhoods, SystemClock(), max_pools=4)


def _loaded(pools):
    while pools.load_next():
        pass
    return pools


def test_an_empty_store_is_loaded_at_once():
    pools = Pools(MemoryStore(SystemClock()), None, PoolNeighbourhoods, SystemClock())
    assert pools.list() == []
    assert not pools.load_next()


@pytest.mark.parametrize(
    "call",
    [
        lambda pools: pools.get("a"),
        lambda pools: pools.list(),
        lambda pools: pools.create(PoolConfig("new", 3)),
        lambda pools: pools.delete("a"),
    ],
    ids=["get", "list", "create", "delete"],
)
def test_until_all_are_loaded_calls_are_told_how_far_it_is(pools, call):
    assert pools.load_next()
    with pytest.raises(PoolsLoading) as caught:
        call(pools)
    assert "1 of 3" in caught.value.message
    assert caught.value.retry_after_seconds == 1
    assert pools.load_status().waiting == 2
    call(_loaded(pools))


@pytest.mark.parametrize("fault", [StorageCorrupt("b is torn"), KeyError("what nobody expects")])
def test_one_that_cannot_be_loaded_is_set_aside(store, pools, fault, caplog):
    store.faults["b"] = fault
    _loaded(pools)
    assert pools.get("a").view().config.pool_id == "a"
    augmentations = pools.list()
    assert [view.config.pool_id for view in augmentations] == ["a", "b", "c"]
    assert [bool(view.unavailable) for view in augmentations] == [False, True, False]
    with pytest.raises(StorageCorrupt, match="pool 'b' is not served") as caught:
        pools.get("b")
    assert caught.value.details["pool_id"] == "b"
    assert "'b'" in caplog.text


def test_one_set_aside_keeps_its_id_until_it_is_deleted(store, pools):
    store.faults["b"] = StorageCorrupt("b is torn")
    _loaded(pools)
    with pytest.raises(PoolExists):
        pools.create(PoolConfig("b", 3))
    del store.faults["b"]
    pools.delete("b")
    with pytest.raises(PoolNotFound):
        pools.get("b")
    assert pools.create(PoolConfig("b", 3)).unavailable == ""
