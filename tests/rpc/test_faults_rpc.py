"""The whole service inside the test, with a store or a model that fails when told to."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from vicinal.core.errors import FeaturizerNotFound, FeaturizerUnavailable, StorageFull
from vicinal.core.records import Embedded
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.registry import Pools
from vicinal.records.pools import Fingerprint, Medium
from vicinal.server.process import make_server
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings
from vicinal.storage import MemoryStore
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


class LetterCounts:
    """A text featurizer that counts its calls, and waits where it is told to."""

    def __init__(self):
        self.fingerprint = Fingerprint("letters", "1", "none", 26, Medium.TEXT)
        self.chunks = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def embed(self, contents):
        self.begun.set()
        assert self.go_on.wait(60)
        self.chunks.append(len(contents))
        counts = [
            [math.nan if "nan" in text else text.count(chr(97 + letter)) + 0.5 for letter in range(26)]
            for text in contents
        ]
        return Embedded(np.array(counts, dtype=np.float32))


class Shelf:
    """Featurizers by name: one that works, one whose model cannot be had."""

    def __init__(self):
        self.letters = LetterCounts()

    def names(self):
        return ["letters", "absent"]

    def get(self, name):
        if name == "letters":
            return self.letters
        if name == "absent":
            raise FeaturizerUnavailable("its model cannot be fetched; set the handle to a local folder")
        raise FeaturizerNotFound(f"no featurizer {name!r}")


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def store():
    return MemoryStore(SystemClock())


@pytest.fixture
def stub(serve_inside, store, shelf, tmp_path):
    """Overrides the shared server's: this one is inside the test."""
    pools = Pools(store, shelf, PoolNeighbourhoods, SystemClock())
    workers = Workers()
    settings = Settings(data_dir=tmp_path, max_text_characters=1000)
    target = serve_inside(lambda: make_server(settings, pools, workers)[0]).target
    with grpc.insecure_channel(target) as channel:
        yield SamplerServiceStub(channel)
    shelf.letters.go_on.set()
    workers.close()


def _make_pool(stub, **config):
    stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", **config}))


def _texts(*texts):
    return [{"item_id": f"{row}", "content": {"text": text}} for row, text in enumerate(texts)]


def _counts(stub):
    return stub.GetPool(service.GetPoolRequest(pool_id="a")).pool.counts


def test_when_the_store_fails_nothing_is_acknowledged_and_nothing_changes(
    stub, store, failure_of, monkeypatch
):
    _make_pool(stub, featurizer="letters")
    stub.AddItems(service.AddItemsRequest(pool_id="a", items=_texts("abba", "cab")))
    before = _counts(stub)

    def full(*_, **__):
        raise StorageFull("the disk is full; make room and send the request again")

    labels = [{"item_id": "0", "label": "cat"}]
    mutations = {
        "commit": lambda: stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="a", labels=labels)),
        "append_items": lambda: stub.AddItems(
            service.AddItemsRequest(pool_id="a", items=_texts("abba", "cab", "new"))
        ),
    }
    for written_by, mutate in mutations.items():
        with monkeypatch.context() as fault:
            fault.setattr(type(store.open_pool("a")), written_by, full)
            failure = failure_of(mutate)
        assert (failure.code, failure.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FULL")
        assert _counts(stub) == before
    for mutate in mutations.values():
        mutate()
    assert (_counts(stub).total, _counts(stub).labelled) == (3, 1)


def test_a_model_that_cannot_be_had_is_said(stub, failure_of):
    for call in (
        lambda: _make_pool(stub, featurizer="absent"),
        lambda: stub.Embed(service.EmbedRequest(featurizer="absent", contents=[{"text": "a"}])),
    ):
        failure = failure_of(call)
        assert (failure.code, failure.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "FEATURIZER_UNAVAILABLE",
        )
        assert "set the handle" in failure.message


def test_a_retry_is_answered_without_embedding_again(stub, shelf):
    _make_pool(stub, featurizer="letters")
    request = service.AddItemsRequest(pool_id="a", items=_texts("abba", "cab"), request_id="once")
    assert stub.AddItems(request) == stub.AddItems(request)
    assert shelf.letters.chunks == [2]


def test_a_model_changed_since_is_refused(stub, shelf, failure_of):
    _make_pool(stub, featurizer="letters")
    shelf.letters.fingerprint = Fingerprint("letters", "2", "none", 26, Medium.TEXT)
    failure = failure_of(lambda: stub.AddItems(service.AddItemsRequest(pool_id="a", items=_texts("abba"))))
    assert (failure.code, failure.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "FINGERPRINT_MISMATCH")


def test_a_text_over_the_limit_fails_alone(stub):
    _make_pool(stub, featurizer="letters")
    response = stub.AddItems(service.AddItemsRequest(pool_id="a", items=_texts("abba", "a" * 1001)))
    assert response.added == 1
    assert [(error.index, error.reason) for error in response.errors] == [(1, "INVALID_INPUT")]


def test_other_calls_are_answered_while_a_model_works(stub, shelf):
    _make_pool(stub, featurizer="letters")
    shelf.letters.go_on.clear()
    adding = stub.AddItems.future(service.AddItemsRequest(pool_id="a", items=_texts("abba")))
    assert shelf.letters.begun.wait(60)
    assert _counts(stub).total == 0
    shelf.letters.go_on.set()
    assert adding.result().added == 1


def test_a_call_out_of_time_embeds_no_further_chunk(stub, shelf):
    _make_pool(stub, featurizer="letters")
    shelf.letters.go_on.clear()
    request = service.AddItemsRequest(pool_id="a", items=_texts(*["abba"] * 300))
    # A slow machine may need longer than the first of them to begin with the first chunk.
    for seconds in (0.5, 5, 50):
        assert stub.AddItems.future(request, timeout=seconds).code() == grpc.StatusCode.DEADLINE_EXCEEDED
        if shelf.letters.begun.is_set():
            break
    shelf.letters.go_on.set()
    stub.AddItems(service.AddItemsRequest(pool_id="a", items=_texts("cab")))
    assert shelf.letters.chunks == [64, 1]
    assert _counts(stub).total == 1


def test_the_same_items_sent_twice_at_once_are_added_once(stub, shelf):
    _make_pool(stub, featurizer="letters")
    request = service.AddItemsRequest(pool_id="a", items=_texts("abba", "cab"), request_id="once")
    shelf.letters.go_on.clear()
    with ThreadPoolExecutor(2) as callers:
        answers = [callers.submit(stub.AddItems, request) for _ in range(2)]
        assert shelf.letters.begun.wait(60)
        shelf.letters.go_on.set()
        first, second = (answer.result() for answer in answers)
    assert first == second
    assert (first.added, first.existing) == (2, 0)


def test_a_model_that_returns_nan_fails_for_that_content_alone(stub):
    _make_pool(stub, featurizer="letters")
    added = stub.AddItems(service.AddItemsRequest(pool_id="a", items=_texts("fine", "nan", "good")))
    assert (added.added, [error.index for error in added.errors]) == (2, [1])
    contents = [item["content"] for item in _texts("nan", "fine")]
    embedded = stub.Embed(service.EmbedRequest(featurizer="letters", contents=contents))
    assert [each.index for each in embedded.embeddings] == [1]
    assert [error.reason for error in embedded.errors] == ["CONTENT_UNREADABLE"]
    assert "NaN" in embedded.errors[0].message
    stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="a", labels=[{"item_id": "0", "label": "x"}]))
    given = [{"content": each} for each in contents]
    classified = stub.Classify(service.ClassifyRequest(pool_id="a", inputs=given))
    assert [each.index for each in classified.predictions] == [1]
    assert [error.index for error in classified.errors] == [0]
