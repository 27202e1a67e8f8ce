"""Requests sent again get the first answer."""

import threading

import pytest

from vicinal.core.errors import RequestIdReused, StorageCorrupt
from vicinal.server.idempotency import kept_answer, once, request_digest
from vicinal.v1.sampler_service_pb2 import (
    RemoveLabelsRequest,
    RestoreItemsRequest,
    SkipItemsRequest,
    SkipItemsResponse,
)


class Counter:
    """A target that counts what is done to it, and keeps answers as a pool does."""

    def __init__(self):
        self.done = 0
        self._kept = {}
        self._lock = threading.RLock()

    def exclusive(self):
        return self._lock

    def replay(self, request_id, digest):
        kept = self._kept.get(request_id)
        if kept is None:
            return None
        if kept[0] != digest:
            raise RequestIdReused("another request")
        return kept[1]

    def act(self, retry):
        self.done += 1
        if retry is not None:
            self._kept[retry.request_id] = (retry.digest, retry.encode(self.done))
        return self.done


def _skip(counter, request):
    return once(
        counter, request, SkipItemsResponse, counter.act, lambda done: SkipItemsResponse(skipped=done)
    )


def test_without_an_id_each_request_is_carried_out():
    counter = Counter()
    assert [_skip(counter, SkipItemsRequest(pool_id="a")).skipped for _ in range(3)] == [1, 2, 3]


def test_with_an_id_it_is_carried_out_once():
    counter, request = Counter(), SkipItemsRequest(pool_id="a", request_id="one")
    assert kept_answer(counter, request, SkipItemsResponse) is None
    assert [_skip(counter, request).skipped for _ in range(3)] == [1, 1, 1]
    assert kept_answer(counter, request, SkipItemsResponse) == SkipItemsResponse(skipped=1)
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


def test_a_kept_answer_that_is_none_is_told_of_and_nothing_is_done_again():
    counter, request = Counter(), SkipItemsRequest(pool_id="a", request_id="one")
    _skip(counter, request)
    counter._kept["one"] = (counter._kept["one"][0], b"\xff\xff")
    for act in (_skip, lambda target, asked: kept_answer(target, asked, SkipItemsResponse)):
        with pytest.raises(StorageCorrupt, match="damaged"):
            act(counter, request)
    assert counter.done == 1
