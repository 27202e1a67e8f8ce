"""ImportItems while chunks are being written: what is read meanwhile, and what a fault leaves."""

import threading

import grpc
import numpy as np
import pytest

from vicinal.client import Client, NewItem
from vicinal.core.errors import StorageFailed
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.server.process import make_server
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

WAIT_SECONDS = 60


class SlowStore(MemoryStore):
    """Holds a chunk up until it is told to write it, or to fail."""

    def __init__(self):
        super().__init__(SystemClock())
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.fails = False

    def hold_up(self, pool):
        write = pool.append_items

        def slow(*args, **named):
            self.begun.set()
            assert self.go_on.wait(WAIT_SECONDS)
            if self.fails:
                raise StorageFailed("the disk is full; make room and send the request again")
            write(*args, **named)

        pool.append_items = slow


@pytest.fixture
def store():
    return SlowStore()


@pytest.fixture
def target(serve_inside, store, tmp_path):
    workers = Workers()
    pools = Pools(store, None, PoolNeighbourhoods, SystemClock())
    settings = Settings(data_dir=tmp_path, max_items_per_request=256)
    yield serve_inside(lambda: make_server(settings, pools, workers)[0]).target
    store.go_on.set()
    workers.close()


@pytest.fixture
def stub(target, store):
    """Overrides the shared server's: this one is inside the test."""
    with grpc.insecure_channel(target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 2}))
        store.hold_up(store.open_pool("a"))
        yield stub


def _chunk(*item_ids):
    vector = np.array([1, 2], dtype="<f4").tobytes()
    items = [{"item_id": item_id, "content": {"vector": vector}} for item_id in item_ids]
    return service.ImportItemsRequest(chunk={"items": items})


def _stream(*chunks):
    yield service.ImportItemsRequest(header={"pool_id": "a"})
    yield from chunks


def _total(stub):
    return stub.GetPool(service.GetPoolRequest(pool_id="a")).pool.counts.total


def test_it_is_answered_when_all_chunks_are_written(stub, store):
    future = stub.ImportItems.future(_stream(_chunk("a", "b"), _chunk("c")))
    assert store.begun.wait(WAIT_SECONDS)
    assert not future.done()
    store.go_on.set()
    response = future.result(WAIT_SECONDS)
    assert (response.added, response.existing) == (3, 0)
    assert _total(stub) == 3


def test_items_that_come_again_while_they_are_written_are_existing(stub, store):
    """The second chunk is looked through before the first is in the pool."""
    looked_through = threading.Event()

    def chunks():
        yield from _stream(_chunk("a", "b"), _chunk("b", "c"))
        looked_through.set()

    future = stub.ImportItems.future(chunks())
    assert looked_through.wait(WAIT_SECONDS)
    assert store.begun.wait(WAIT_SECONDS)
    store.go_on.set()
    response = future.result(WAIT_SECONDS)
    assert (response.added, response.existing) == (3, 1)


def test_a_chunk_under_way_is_written_though_the_next_is_wrong(stub, store, failure_of):
    future = stub.ImportItems.future(_stream(_chunk("a"), service.ImportItemsRequest()))
    assert store.begun.wait(WAIT_SECONDS)
    store.go_on.set()
    assert failure_of(lambda: future.result(WAIT_SECONDS)).fields == ("chunk",)
    assert _total(stub) == 1


@pytest.mark.parametrize("chunks", [[_chunk("a")], [_chunk("a"), _chunk("b")]])
def test_a_chunk_that_cannot_be_written_ends_the_stream(stub, store, failure_of, chunks):
    store.fails = True
    store.go_on.set()
    failure = failure_of(lambda: stub.ImportItems(_stream(*chunks)))
    assert failure.code is grpc.StatusCode.INTERNAL
    assert _total(stub) == 0


def test_a_chunk_longer_than_a_request_may_be_is_taken_in_by_parts(stub, store, target):
    store.go_on.set()
    items = [NewItem(f"{row}", np.array([1.0, row])) for row in range(1500)]
    items[700] = NewItem("700", np.array([1.0, 2.0, 3.0]))
    with Client(target) as client:
        added = client.import_items("a", items)
        assert (added.added, [error.index for error in added.errors]) == (1499, [700])
        added = client.add_items("a", items)
        assert (added.existing, [error.index for error in added.errors]) == (1499, [700])
    assert _total(stub) == 1499
