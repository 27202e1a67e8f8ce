"""The end of a server: what is under way ends well, what is new is refused, leases are kept."""

import signal
import threading
import time

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SECONDS = 60


def _items(*numbers):
    vectors = np.random.default_rng(0).normal(size=(100, 4)).astype("<f4")
    return [{"item_id": f"{n}", "content": {"vector": vectors[n].tobytes()}} for n in numbers]


class Import:
    """An import under way: what it has sent is taken, and more comes when it is let on."""

    def __init__(self, stub):
        self.go_on = threading.Event()
        self.outcome = stub.ImportItems.future(self._requests())
        self._wait_for_the_first(stub)

    def _requests(self):
        yield service.ImportItemsRequest(header={"pool_id": "a"})
        yield service.ImportItemsRequest(chunk={"items": _items(*range(10, 20))})
        self.go_on.wait(SECONDS)
        yield service.ImportItemsRequest(chunk={"items": _items(*range(20, 30))})

    @staticmethod
    def _wait_for_the_first(stub):
        while stub.GetPool(service.GetPoolRequest(pool_id="a")).pool.counts.total < 20:
            time.sleep(0.02)


@pytest.fixture
def busy(make_server_process):
    """A server with a pool of ten items, one leased, and an import under way."""
    server = make_server_process(VICINAL_SHUTDOWN_GRACE_SECONDS=f"{SECONDS}")
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 4}))
        stub.AddItems(service.AddItemsRequest(pool_id="a", items=_items(*range(10))))
        server.lease_id = stub.LeaseBatch(service.LeaseBatchRequest(pool_id="a")).batch.lease.lease_id
        under_way = Import(stub)
        yield server, channel, under_way
        under_way.go_on.set()


def _status(channel, name):
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=SECONDS).status


def _told_to_end(server, channel):
    """Until health says so; a watcher hears of it as soon."""
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="ready"))
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    server.process.send_signal(signal.SIGTERM)
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()


def test_a_long_stream_ends_well_while_new_calls_are_refused(busy, failure_of):
    server, channel, under_way = busy
    _told_to_end(server, channel)
    for name in ("", "ready", "vicinal.v1.SamplerService"):
        assert _status(channel, name) == health_pb2.HealthCheckResponse.NOT_SERVING
    assert _status(channel, "live") == health_pb2.HealthCheckResponse.SERVING
    refused = failure_of(lambda: SamplerServiceStub(channel).ListPools(service.ListPoolsRequest()))
    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN")
    assert refused.retry_seconds == 1
    assert server.process.poll() is None
    under_way.go_on.set()
    assert under_way.outcome.result(SECONDS).added == 20
    assert server.process.wait(SECONDS) == 0
    assert "Traceback" not in server.log


def test_leases_are_kept(busy):
    server, _, under_way = busy
    under_way.go_on.set()
    server.restart()
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        renewed = stub.RenewLeases(service.RenewLeasesRequest(pool_id="a", lease_ids=[server.lease_id]))
        assert [lease.lease_id for lease in renewed.leases] == [server.lease_id]


def test_a_second_signal_does_not_wait(busy):
    server, channel, under_way = busy
    _told_to_end(server, channel)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(SECONDS) == 128 + signal.SIGTERM
    assert under_way.outcome.code() == grpc.StatusCode.UNAVAILABLE
    server.start()
    with grpc.insecure_channel(server.target) as again:
        pool = SamplerServiceStub(again).GetPool(service.GetPoolRequest(pool_id="a")).pool
        assert pool.counts.total == 20


def test_what_outlasts_the_grace_is_cancelled(make_server_process):
    server = make_server_process(VICINAL_SHUTDOWN_GRACE_SECONDS="0.2")
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 4}))
        stub.AddItems(service.AddItemsRequest(pool_id="a", items=_items(*range(10))))
        under_way = Import(stub)
        assert server.stop() == 0
        assert under_way.outcome.code() == grpc.StatusCode.UNAVAILABLE
        assert "shutting down" in under_way.outcome.details()
        under_way.go_on.set()
    assert "are cancelled" in server.log
    assert "Traceback" not in server.log


def test_a_graph_build_under_way_is_abandoned(make_server_process):
    server = make_server_process()
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        # A fast machine may be done with the first of them before it is asked.
        assert any(_is_building(stub, f"p{rows}", rows) for rows in (20_000, 40_000, 80_000))
    assert server.stop() == 0
    assert "Traceback" not in server.log


def _is_building(stub, pool_id, rows, dimension=160, chunk=2000):
    """Makes a pool that is enough work for a thread of its own; whether that is still at it."""
    vectors = np.random.default_rng(0).normal(size=(rows, dimension)).astype("<f4")
    stub.CreatePool(service.CreatePoolRequest(config={"pool_id": pool_id, "dimension": dimension}))
    for start in range(0, rows, chunk):
        items = [
            {"item_id": f"{row}", "content": {"vector": vectors[row].tobytes()}}
            for row in range(start, start + chunk)
        ]
        stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))
    stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id))
    return stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.graph.covered_items == 0
