"""The log of a real server: each line with its request's id, in JSON if asked to, and no contents."""

import json
import logging
import threading

import grpc
import numpy as np
import pytest

from vicinal.core.errors import StorageCorrupt
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.pools.scoring import graphs
from vicinal.server.process import make_server
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.server.telemetry import logs
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


def _lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_a_server_is_json(make_server_process):
    server = make_server_process(VICINAL_LOG_FORMAT="json")
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        with pytest.raises(grpc.RpcError):
            stub.GetPool(
                service.GetPoolRequest(pool_id="absent"), metadata=(("x-request-id", "the-callers"),)
            )
    server.stop()
    told = _lines(server.log)
    (line,) = (each for each in told if each.get("method") == "GetPool")
    assert (line["code"], line["reason"], line["pool_id"]) == ("NOT_FOUND", "POOL_NOT_FOUND", "absent")
    assert (line["request_id"], line["level"], line["logger"]) == (
        "the-callers",
        "info",
        "vicinal.server.calls",
    )
    assert line["milliseconds"] > 0
    assert any("shutting down" in each["message"] and "request_id" not in each for each in told)


def test_what_ends_a_server_is_json_too(own_server, serve_process):
    ended = serve_process(
        VICINAL_DATA_DIR=str(own_server.data_dir), VICINAL_LISTEN="127.0.0.1:0", VICINAL_LOG_FORMAT="json"
    )
    last = _lines(ended.stderr)[-1]
    assert ended.returncode != 0
    assert last["level"] == "critical"
    assert "CannotServe" in last["stack"]


class Faulty(PoolNeighbourhoods):
    def grow(self, pool):
        raise ValueError("no neighbours today")


@pytest.fixture
def written():
    """What the log of this process holds, as lines of JSON."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(json.loads(self.format(record)))

    handler, root = Kept(), logging.getLogger()
    handler.setFormatter(logs.JsonLines())
    handler.addFilter(logs.add_request_id)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


@pytest.fixture
def stub(serve_inside, tmp_path, monkeypatch):
    monkeypatch.setattr(graphs, "QUICK_WORK", 0)
    pools = Pools(MemoryStore(SystemClock()), None, Faulty, SystemClock())
    workers = Workers()
    target = serve_inside(lambda: make_server(Settings(data_dir=tmp_path), pools, workers).server).target
    with grpc.insecure_channel(target) as channel:
        yield SamplerServiceStub(channel)
    workers.close()


def test_lines_of_deeper_parts_have_the_id_too(stub, written):
    stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 3}))
    vectors = np.eye(3, dtype="<f4")
    items = [{"item_id": f"{n}", "content": {"vector": vectors[n].tobytes()}} for n in range(3)]
    stub.AddItems(service.AddItemsRequest(pool_id="a", items=items))
    stub.LeaseBatch(service.LeaseBatchRequest(pool_id="a"), metadata=(("x-request-id", "needs-a-graph"),))
    for thread in threading.enumerate():
        if thread.name == "vicinal-graph":
            thread.join()
    (line,) = (each for each in written if each["logger"] == "vicinal.pools.scoring.graphs")
    assert line["request_id"] == "needs-a-graph"
    assert "no neighbours today" in line["stack"]


def test_a_fault_is_logged_with_its_stack_and_the_caller_gets_its_id(stub, written, monkeypatch, failure_of):
    def broken(*_):
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr(Pools, "list", broken)
    failure = failure_of(lambda: stub.ListPools(service.ListPoolsRequest()))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert "deep inside" not in failure.message
    (line,) = (each for each in written if each["logger"] == "vicinal.server.faults")
    assert line["request_id"] == failure.request_id
    assert "ZeroDivisionError: deep inside" in line["stack"]
    assert "in broken" in line["stack"]


def test_an_error_of_ours_is_no_fault(stub, written, monkeypatch, failure_of):
    def torn(*_):
        raise StorageCorrupt("torn")

    monkeypatch.setattr(Pools, "list", torn)
    assert failure_of(lambda: stub.ListPools(service.ListPoolsRequest())).reason == "STORAGE_CORRUPT"
    assert not [each for each in written if "stack" in each]
