"""Requests sent again get the first response."""

import threading
from dataclasses import replace

import pytest

from vicinal.core.errors import RequestIdReused, StorageCorrupt
from vicinal.pools.clock import SystemClock
from vicinal.pools.transactions import Transactions
from vicinal.server.rpc.idempotency import request_digest, run_once, stored_response
from vicinal.v1.sampler_service_pb2 import (
    RemoveLabelsRequest,
    RestoreItemsRequest,
    SkipItemsRequest,
    SkipItemsResponse,
)


class Counter:
    """A target that counts what is done to it, and stores responses as a pool does."""

    def __init__(self):
        self.done = 0
        self.stored = {}
        self.transactions = Transactions(threading.RLock(), self.stored.get, SystemClock())
        self.stored_response = self.transactions.stored_response
        self.transact = self.transactions.begin

    def act(self):
        planned = self.done + 1

        def write(response):
            self.done = planned
            if response is not None:
                self.stored[response.request_id] = response

        self.transactions.write(write)
        return planned


def _skip(counter, request, respond=lambda done: SkipItemsResponse(skipped=done)):
    return run_once(counter, request, SkipItemsResponse, counter.act, respond)


def test_without_an_id_each_request_is_carried_out():
    counter = Counter()
    assert [_skip(counter, SkipItemsRequest(pool_id="a")).skipped for _ in range(3)] == [1, 2, 3]


def test_with_an_id_it_is_carried_out_once():
    counter, request = Counter(), SkipItemsRequest(pool_id="a", request_id="one")
    assert stored_response(counter, request, SkipItemsResponse) is None
    assert [_skip(counter, request).skipped for _ in range(3)] == [1, 1, 1]
    assert stored_response(counter, request, SkipItemsResponse) == SkipItemsResponse(skipped=1)
    assert _skip(counter, SkipItemsRequest(pool_id="a", request_id="two")).skipped == 2


def test_an_id_used_for_another_request_is_refused():
    counter = Counter()
    _skip(counter, SkipItemsRequest(pool_id="a", request_id="one"))
    with pytest.raises(RequestIdReused):
        _skip(counter, SkipItemsRequest(pool_id="b", request_id="one"))
    assert counter.done == 1


def test_requests_of_two_kinds_differ_though_their_bytes_are_the_same():
    fields = {"pool_id": "a", "item_ids": ["x"], "request_id": "one"}
    one, other = RestoreItemsRequest(**fields), RemoveLabelsRequest(**fields)
    assert one.SerializeToString() == other.SerializeToString()
    assert request_digest(one) != request_digest(other)


def test_a_damaged_stored_response_is_reported_and_nothing_is_done_again():
    counter, request = Counter(), SkipItemsRequest(pool_id="a", request_id="one")
    _skip(counter, request)
    counter.stored["one"] = replace(counter.stored["one"], message=b"\xff\xff")
    for act in (_skip, lambda target, asked: stored_response(target, asked, SkipItemsResponse)):
        with pytest.raises(StorageCorrupt, match="damaged"):
            act(counter, request)
    assert counter.done == 1


def test_the_response_is_built_once_and_stored_as_it_is_sent():
    counter, built = Counter(), []

    def respond(done):
        built.append(SkipItemsResponse(skipped=done))
        return built[-1]

    first = _skip(counter, SkipItemsRequest(pool_id="a", request_id="one"), respond)
    assert [first] == built
    assert first is built[0]
    assert counter.stored["one"].message == first.SerializeToString()
    _skip(counter, SkipItemsRequest(pool_id="a"), respond)
    assert len(built) == 2


def test_nothing_is_done_where_the_response_cannot_be_built():
    counter, request = Counter(), SkipItemsRequest(pool_id="a", request_id="one")

    def refuse(_):
        raise ValueError("no message can hold it")

    with pytest.raises(ValueError, match="no message"):
        _skip(counter, request, refuse)
    assert (counter.done, counter.stored) == (0, {})
    assert _skip(counter, request).skipped == 1
