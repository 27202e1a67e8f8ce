"""Long calls whose callers have gone: they stop between two steps, and what was done until then stands."""

import threading
import time

import grpc
import numpy as np
import pytest

from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.pools.suggesting import ControlSampler
from vicinal.server.process import make_server
from vicinal.server.rpc import contents, votes
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SECONDS = 60
ITEMS = 400


@pytest.fixture
def pools():
    return Pools(MemoryStore(SystemClock()), None, PoolNeighbourhoods, SystemClock())


@pytest.fixture
def workers():
    made = Workers()
    yield made
    made.close()


@pytest.fixture
def stub(serve_inside, pools, workers, tmp_path):
    target = serve_inside(lambda: make_server(Settings(data_dir=tmp_path), pools, workers).server).target
    with grpc.insecure_channel(target) as channel:
        made = SamplerServiceStub(channel)
        made.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 8}))
        made.AddItems(service.AddItemsRequest(pool_id="a", items=_items(0, ITEMS)))
        yield made


def _items(first, count):
    vectors = np.random.default_rng(first).normal(size=(count, 8)).astype("<f4")
    return [
        {"item_id": f"{first + row}", "content": {"vector": vector.tobytes()}}
        for row, vector in enumerate(vectors)
    ]


def _quiet(workers):
    ends = time.monotonic() + SECONDS
    while workers.executors["computing"].running:
        assert time.monotonic() < ends
        time.sleep(0.01)


def _still(count):
    """Waits until a count has not risen for half a second."""
    ends, before = time.monotonic() + SECONDS, -1
    while before != (before := count()):
        assert time.monotonic() < ends
        time.sleep(0.5)


def _counts(stub):
    return stub.GetPool(service.GetPoolRequest(pool_id="a")).pool.counts


def test_a_large_batch_is_given_up_and_leases_nothing(stub, pools, workers, monkeypatch):
    slots = []

    def slow(control_sampler, slot, is_open):
        slots.append(slot)
        time.sleep(0.05)
        return plain(control_sampler, slot, is_open)

    plain = ControlSampler.pick
    monkeypatch.setattr(ControlSampler, "pick", slow)
    with pytest.raises(grpc.RpcError) as caught:
        stub.LeaseBatch(service.LeaseBatchRequest(pool_id="a", size=ITEMS), timeout=0.4)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    _quiet(workers)
    assert len(slots) < ITEMS
    assert _counts(stub).leased == 0


def test_a_listing_that_nobody_reads_is_not_made(stub, workers, monkeypatch):
    made = []

    def slow(rows):
        made.append(1)
        time.sleep(0.05)
        return plain(rows)

    plain = votes.next_scored
    monkeypatch.setattr(votes, "SCORED_CHUNK", 2)
    monkeypatch.setattr(votes, "next_scored", slow)
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ScorePool(service.ScorePoolRequest(pool_id="a"), timeout=0.4))
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    _still(lambda: len(made))
    assert len(made) < ITEMS / 2


def test_an_import_out_of_time_keeps_what_it_brought(stub, workers):
    late = threading.Event()

    def requests():
        yield service.ImportItemsRequest(header={"pool_id": "a"})
        yield service.ImportItemsRequest(chunk={"items": _items(ITEMS, 10)})
        assert late.wait(SECONDS)
        yield service.ImportItemsRequest(chunk={"items": _items(ITEMS + 10, 10)})

    # A slow machine may need longer than the first of them to take the first chunk in.
    for seconds in (2, 8, 32):
        importing = stub.ImportItems.future(requests(), timeout=seconds)
        assert importing.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        if _counts(stub).total > ITEMS:
            break
    late.set()
    _quiet(workers)
    assert _counts(stub).total == ITEMS + 10


def test_a_large_request_is_read_no_further_once_its_caller_has_gone(stub, workers, monkeypatch):
    read, plain = [], contents.read_content

    def slow(*given):
        read.append(given)
        time.sleep(0.05)
        return plain(*given)

    monkeypatch.setattr(contents, "read_content", slow)
    with pytest.raises(grpc.RpcError) as caught:
        stub.AddItems(service.AddItemsRequest(pool_id="a", items=_items(ITEMS, ITEMS)), timeout=0.4)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    _quiet(workers)
    assert len(read) < ITEMS
    assert _counts(stub).total == ITEMS
