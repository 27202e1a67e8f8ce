"""The beginning of a server: alive at once, ready when its pools are loaded, whatever one of them holds."""

import asyncio
import re
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vicinal.cli.pool_view import pool_rows
from vicinal.client import Client
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.server import process
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.server.telemetry.telemetry import Telemetry
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SECONDS = 60
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class SlowStore(MemoryStore):
    """Opens its second pool when it is told to."""

    def __init__(self):
        super().__init__(SystemClock())
        self.go_on = threading.Event()
        self.waits = threading.Event()

    def open_pool(self, pool_id):
        if pool_id == "second" and threading.current_thread() is not threading.main_thread():
            self.waits.set()
            assert self.go_on.wait(SECONDS)
        return super().open_pool(pool_id)


@pytest.fixture
def store():
    made = SlowStore()
    for pool_id in ("first", "second", "third"):
        made.create_pool(PoolConfig(pool_id, 3))
    return made


@pytest.fixture
def starting(store, tmp_path, caplog):
    """A whole server that is about to load its second pool."""
    caplog.set_level("INFO")
    loop, stop, workers = asyncio.new_event_loop(), asyncio.Event(), Workers()
    pools = Pools(store, None, PoolNeighbourhoods, SystemClock())
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    living = process.live(settings, pools, workers, Telemetry(), stop)
    thread = threading.Thread(target=loop.run_until_complete, args=(living,), daemon=True)
    thread.start()
    assert store.waits.wait(SECONDS)
    (port,) = re.findall(r"alive on 127.0.0.1:(\d+)", caplog.text)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    store.go_on.set()
    loop.call_soon_threadsafe(stop.set)
    thread.join(SECONDS)
    workers.close()


def _status(channel, name):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(service=name)).status


def test_while_pools_are_loaded_it_is_alive_and_not_ready(starting, store, failure_of, capsys):
    stub = SamplerServiceStub(starting)
    names = ("", "ready", "vicinal.v1.SamplerService")
    assert _status(starting, "live") == SERVING
    assert [_status(starting, name) for name in names] == [NOT_SERVING] * 3
    for call in (
        lambda: stub.ListPools(service.ListPoolsRequest()),
        lambda: stub.GetPool(service.GetPoolRequest(pool_id="first")),
        lambda: stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "new", "dimension": 3})),
    ):
        failure = failure_of(call)
        assert (failure.code, failure.reason) == (grpc.StatusCode.UNAVAILABLE, "POOLS_LOADING")
        assert "loading pools, 1 of 3" in failure.message
        assert failure.retry_seconds == 1
    assert "listening" not in capsys.readouterr().out
    store.go_on.set()
    while _status(starting, "ready") != SERVING:
        time.sleep(0.02)
    assert [_status(starting, name) for name in names] == [SERVING] * 3
    assert len(stub.ListPools(service.ListPoolsRequest()).pools) == 3


def test_one_torn_pool_does_not_keep_the_others_from_being_served(own_server, failure_of):
    with grpc.insecure_channel(own_server.target) as channel:
        stub, before = SamplerServiceStub(channel), set()
        for pool_id in ("good", "torn"):
            stub.CreatePool(service.CreatePoolRequest(config={"pool_id": pool_id, "dimension": 2}))
            item = {"item_id": pool_id, "content": {"vector": bytes(4) + b"\0\0\x80\x3f"}}
            stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=[item]))
            before |= {folder := (set((own_server.data_dir / "pools").iterdir()) - before).pop()}
    own_server.stop()
    for path in folder.iterdir():
        path.write_bytes(b"")
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        assert _status(channel, "ready") == SERVING
        failure = failure_of(lambda: stub.LeaseBatch(service.LeaseBatchRequest(pool_id="torn")))
        assert (failure.code, failure.reason) == (grpc.StatusCode.DATA_LOSS, "STORAGE_CORRUPT")
        assert failure.facts["pool_id"] == "torn"
        assert stub.LeaseBatch(service.LeaseBatchRequest(pool_id="good")).batch.items[0].item_id == "good"
        listed = {
            pool.config.pool_id: pool.unavailable for pool in stub.ListPools(service.ListPoolsRequest()).pools
        }
        assert not listed["good"]
        assert "vectors.f32: rows 0 to 0 are missing" in listed["torn"]
        assert str(own_server.data_dir) not in listed["torn"]
        assert f"pool 'torn' is not served: {folder / 'vectors.f32'}: rows 0 to 0" in own_server.log
        with Client(own_server.target) as client:
            _, rows = pool_rows(list(client.list_pools()))
        assert [row[0] for row in rows] == ["good", "torn (not served)"]
        stub.DeletePool(service.DeletePoolRequest(pool_id="torn"))
        assert [pool.config.pool_id for pool in stub.ListPools(service.ListPoolsRequest()).pools] == ["good"]
