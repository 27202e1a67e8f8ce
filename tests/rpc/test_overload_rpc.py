"""More work than the server can do: refused with a hint when to come back; nothing is done for nobody."""

import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from tests.support.waiting import assert_in_time
from vicinal.client import Client, ResourceExhaustedError, UnavailableError
from vicinal.core.records import Embedded
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.records.pools import Fingerprint, Medium
from vicinal.server.process import make_server
from vicinal.server.runtime.workers import EMBEDDING_THREADS, Workers
from vicinal.server.settings import Settings
from vicinal.server.telemetry.telemetry import Telemetry
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SECONDS = 60
MAX_WAITING = 2


class Authenticator:
    """A text featurizer that waits until it is opened, and may be slow to load."""

    def __init__(self):
        self.fingerprint = Fingerprint("door", "1", "none", 2, Medium.TEXT)
        self.open, self.loads = threading.Event(), threading.Event()
        self.loads.set()
        self.embedded = 0

    def names(self):
        return ["door"]

    def get(self, name):
        assert self.loads.wait(SECONDS)
        return self

    def embed(self, contents):
        assert self.open.wait(SECONDS)
        self.embedded += len(contents)
        return Embedded(np.ones((len(contents), 2), dtype=np.float32))


@pytest.fixture
def authenticator():
    made = Authenticator()
    yield made
    made.open.set()
    made.loads.set()


@pytest.fixture
def telemetry():
    return Telemetry()


@pytest.fixture
def workers(authenticator, telemetry):
    made = Workers(max_waiting=MAX_WAITING, model_load_seconds=0.2, telemetry=telemetry)
    yield made
    authenticator.open.set()
    made.close()


@pytest.fixture
def target(serve_inside, authenticator, workers, tmp_path):
    pools = Pools(MemoryStore(SystemClock()), authenticator, PoolNeighbourhoods, SystemClock())
    return serve_inside(lambda: make_server(Settings(data_dir=tmp_path), pools, workers).server).target


@pytest.fixture
def stub(target):
    with grpc.insecure_channel(target) as channel:
        yield SamplerServiceStub(channel)


def _embed(stub, **how):
    request = service.EmbedRequest(featurizer="door", contents=[{"text": "a"}])
    return stub.Embed.future(request, **how)


@pytest.fixture
def full(stub, workers):
    """As many calls under way and waiting for the model as are taken."""
    executor = workers.executors["embedding"]
    under_way = [_embed(stub) for _ in range(EMBEDDING_THREADS)]
    assert_in_time(lambda: executor.running == EMBEDDING_THREADS and executor.waiting == 0)
    waiting = [_embed(stub) for _ in range(MAX_WAITING)]
    assert_in_time(lambda: executor.waiting == MAX_WAITING)
    return under_way + waiting


def test_what_is_too_much_is_refused_with_a_hint(stub, full, authenticator, failure_of):
    failure = failure_of(lambda: _embed(stub).result())
    assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert failure.retry_seconds >= 0.1
    assert not stub.ListPools(service.ListPoolsRequest()).pools, "other work goes on"
    authenticator.open.set()
    assert all(call.result(SECONDS).embeddings for call in full)
    assert _embed(stub).result(SECONDS).embeddings


def test_the_client_waits_and_comes_back(target, full, authenticator, telemetry):
    def open_once_refused():
        assert_in_time(lambda: _refused(telemetry))
        authenticator.open.set()

    opening = threading.Thread(target=open_once_refused)
    opening.start()
    with Client(target, timeout_seconds=SECONDS, retries=20) as client:
        assert client.embed("door", ["a text"]).vectors.shape == (1, 2)
    opening.join()


def _refused(telemetry):
    return telemetry.metrics.registry.get_sample_value(
        "vicinal_work_rejected_total", {"executor": "embedding"}
    )


def test_a_client_that_does_not_try_again_gets_the_error(target, full):
    with Client(target, retries=0) as client, pytest.raises(ResourceExhaustedError):
        client.embed("door", ["a text"])


def test_a_call_that_ran_out_of_time_while_it_waited_is_never_begun(stub, full, authenticator, workers):
    full.pop().cancel()
    assert_in_time(lambda: workers.executors["embedding"].waiting == MAX_WAITING - 1)
    late = _embed(stub, timeout=0.3)
    assert late.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert_in_time(lambda: workers.executors["embedding"].waiting == MAX_WAITING - 1)
    authenticator.open.set()
    assert all(call.result(SECONDS).embeddings for call in full)
    assert authenticator.embedded == len(full)


def test_a_stream_under_way_is_not_refused(stub, authenticator, workers):
    authenticator.open.set()
    stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "featurizer": "door"}))
    crowded, at_second = threading.Event(), threading.Event()

    def chunk(number):
        items = [{"item_id": f"{number}", "content": {"text": "a"}}]
        return service.ImportItemsRequest(chunk={"items": items})

    def requests():
        yield service.ImportItemsRequest(header={"pool_id": "a"})
        yield chunk(1)
        at_second.set()
        assert crowded.wait(SECONDS)
        yield chunk(2)

    importing = stub.ImportItems.future(requests())
    assert at_second.wait(SECONDS)
    assert_in_time(lambda: stub.GetPool(service.GetPoolRequest(pool_id="a")).pool.counts.total == 1)
    authenticator.open.clear()
    calls = [_embed(stub) for _ in range(EMBEDDING_THREADS + MAX_WAITING)]
    assert_in_time(lambda: workers.executors["embedding"].waiting == MAX_WAITING)
    crowded.set()
    assert_in_time(lambda: workers.executors["embedding"].waiting == MAX_WAITING + 1)
    authenticator.open.set()
    assert importing.result(SECONDS).added == 2
    assert all(call.result(SECONDS) for call in calls)


def test_a_model_that_takes_long_to_load_is_loaded_once_and_not_waited_for(
    stub, authenticator, failure_of, workers
):
    authenticator.loads.clear()
    with ThreadPoolExecutor(8) as callers:
        failures = list(
            callers.map(lambda _: failure_of(lambda: _embed(stub).result()), range(8), timeout=SECONDS)
        )
    assert {failure.reason for failure in failures} == {"MODEL_LOADING"}
    assert {failure.code for failure in failures} == {grpc.StatusCode.UNAVAILABLE}
    assert all(failure.retry_seconds for failure in failures)
    assert workers.executors["loading"].running == 1
    authenticator.loads.set()
    authenticator.open.set()
    assert_in_time(lambda: workers.executors["loading"].running == 0)
    assert _embed(stub).result(SECONDS).embeddings


def test_the_client_says_that_the_model_is_loading(target, authenticator):
    authenticator.loads.clear()
    with Client(target, retries=0) as client, pytest.raises(UnavailableError, match="not loaded"):
        client.embed("door", ["a text"])
