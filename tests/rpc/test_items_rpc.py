"""AddItems and ImportItems: what is taken, what fails alone, what refuses the request."""

import io
from uuid import uuid4

import grpc
import numpy as np
import pytest
from PIL import Image

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig


def _vector(*values):
    return Content(vector=np.array(values, dtype="<f4").tobytes())


def _picture(seed):
    pixels = np.random.default_rng(seed).integers(0, 255, size=(24, 24, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return Content(image=file.getvalue())


def _add(stub, pool_id, items, **fields):
    return stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items, **fields))


def _count(stub, pool_id):
    return stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.counts.total


@pytest.fixture
def picture_pool(stub, pool_id):
    config = PoolConfig(pool_id=pool_id, featurizer="image-statistics")
    return stub.CreatePool(service.CreatePoolRequest(config=config)).pool


def test_items_that_cannot_be_taken_fail_alone(stub, make_pool):
    pool_id = make_pool(0, dimension=2).pool_id
    items = [
        NewItem(item_id="good", content=_vector(1, 0)),
        NewItem(item_id="", content=_vector(1, 0)),
        NewItem(item_id="short", content=_vector(1)),
        NewItem(item_id="zero", content=_vector(0, 0)),
        NewItem(item_id="not finite", content=_vector(np.nan, 1)),
        NewItem(item_id="nothing"),
        NewItem(item_id="picture", content=Content(image=b"\xff\xd8")),
        NewItem(item_id="good", content=_vector(0, 1)),
        NewItem(item_id="good too", content=_vector(0, 1)),
        NewItem(item_id="good", content=_vector(1, 0)),
        NewItem(item_id="tab\tin it", content=_vector(0, 1)),
        NewItem(item_id="heavy", content=_vector(0, 1), metadata={"text": "x" * 20_000}),
    ]
    response = _add(stub, pool_id, items)
    assert (response.added, response.existing) == (2, 1)
    failed = {error.index: error.reason for error in response.errors}
    expected = dict.fromkeys((1, 2, 3, 4, 5, 6, 10, 11), "INVALID_INPUT") | {7: "ITEM_EXISTS"}
    assert failed == expected
    assert [error.item_id for error in response.errors] == [items[index].item_id for index in sorted(failed)]
    assert _count(stub, pool_id) == 2


def test_the_same_items_again_are_existing(stub, make_pool):
    pool = make_pool(4)
    items = [
        NewItem(item_id=item_id, content=Content(vector=vector.tobytes()))
        for item_id, vector in zip(pool.item_ids, pool.vectors, strict=True)
    ]
    response = _add(stub, pool.pool_id, items)
    assert (response.added, response.existing, len(response.errors)) == (0, 4, 0)


def test_a_retry_gets_the_first_answer(stub, make_pool, failure_of):
    pool_id, request_id = make_pool(0, dimension=2).pool_id, uuid4().hex
    items = [NewItem(item_id="a", content=_vector(1, 2)), NewItem(item_id="b")]
    first = _add(stub, pool_id, items, request_id=request_id)
    assert (first.added, len(first.errors)) == (1, 1)
    assert _add(stub, pool_id, items, request_id=request_id) == first
    failure = failure_of(lambda: _add(stub, pool_id, items[:1], request_id=request_id))
    assert failure.reason == "REQUEST_ID_REUSED"


def test_pictures_are_embedded_and_broken_ones_fail_by_name(stub, picture_pool):
    pool_id = picture_pool.config.pool_id
    items = [NewItem(item_id=f"{seed}.png", content=_picture(seed)) for seed in range(70)]
    items[3] = NewItem(item_id="broken.png", content=Content(image=b"\x89PNG nothing more"))
    items[66] = NewItem(item_id="text", content=Content(text="no picture"))
    response = _add(stub, pool_id, items)
    assert response.added == 68
    failed = [(error.index, error.item_id, error.reason) for error in response.errors]
    assert failed == [(3, "broken.png", "CONTENT_UNREADABLE"), (66, "text", "CONTENT_UNREADABLE")]


def test_vectors_for_a_featurizer_need_its_digest(stub, picture_pool, failure_of):
    pool_id, fingerprint = picture_pool.config.pool_id, picture_pool.fingerprint
    embedded = stub.Embed(service.EmbedRequest(featurizer="image-statistics", contents=[_picture(1)]))
    assert embedded.fingerprint == fingerprint
    items = [NewItem(item_id="a", content=Content(vector=embedded.embeddings[0].vector))]
    for digest in ("", "0" * 32):
        failure = failure_of(lambda digest=digest: _add(stub, pool_id, items, fingerprint_digest=digest))
        assert (failure.code, failure.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "FINGERPRINT_MISMATCH",
        )
        assert failure.facts["fingerprint_digest"] == fingerprint.digest
    assert _count(stub, pool_id) == 0
    assert _add(stub, pool_id, items, fingerprint_digest=fingerprint.digest).added == 1


def test_a_digest_for_plain_vectors_is_refused(stub, make_pool, failure_of):
    pool = make_pool(1, dimension=2)
    items = [NewItem(item_id="a", content=_vector(1, 1))]
    failure = failure_of(lambda: _add(stub, pool.pool_id, items, fingerprint_digest="0" * 32))
    assert failure.reason == "FINGERPRINT_MISMATCH"


def _stream(pool_id, *chunks):
    yield service.ImportItemsRequest(header=service.ImportItemsRequest.Header(pool_id=pool_id))
    for items in chunks:
        yield service.ImportItemsRequest(chunk=service.ImportItemsRequest.Chunk(items=items))


def test_a_stream_of_chunks_is_imported(stub, make_pool):
    pool_id = make_pool(0, dimension=2).pool_id
    first = [NewItem(item_id="a", content=_vector(1, 2)), NewItem(item_id="b")]
    second = [
        NewItem(item_id="a", content=_vector(1, 2)),
        NewItem(item_id="c"),
        NewItem(item_id="d", content=_vector(2, 1)),
    ]
    response = stub.ImportItems(_stream(pool_id, first, second))
    assert (response.added, response.existing, response.error_count) == (2, 1, 2)
    assert [(error.index, error.item_id) for error in response.errors] == [(1, "b"), (3, "c")]


def test_no_more_than_a_thousand_errors_are_listed(stub, make_pool):
    pool_id = make_pool(0, dimension=2).pool_id
    response = stub.ImportItems(_stream(pool_id, *[[NewItem(item_id="a")] * 600] * 2))
    assert (response.error_count, len(response.errors)) == (1200, 1000)
    assert response.errors[-1].index == 999


def test_chunks_before_a_broken_stream_are_kept(stub, make_pool, failure_of):
    pool_id = make_pool(0, dimension=2).pool_id

    def broken():
        yield from _stream(pool_id, [NewItem(item_id="a", content=_vector(1, 2))])
        yield from _stream(pool_id)

    failure = failure_of(lambda: stub.ImportItems(broken()))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("header",))
    assert _count(stub, pool_id) == 1


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "header"),
        ([service.ImportItemsRequest()], "header"),
        ([service.ImportItemsRequest(chunk={})], "header"),
        ([service.ImportItemsRequest(header={"pool_id": "a b"})], "header.pool_id"),
    ],
)
def test_a_stream_begins_with_its_header(stub, failure_of, messages, field):
    failure = failure_of(lambda: stub.ImportItems(iter(messages)))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, (field,))


def test_a_message_with_nothing_in_it_is_refused(stub, make_pool, failure_of):
    pool_id = make_pool(0).pool_id
    messages = [*_stream(pool_id), service.ImportItemsRequest()]
    assert failure_of(lambda: stub.ImportItems(iter(messages))).fields == ("chunk",)


def test_too_many_items_for_one_request_are_refused(stub, make_pool, failure_of):
    pool_id = make_pool(0).pool_id
    items = [NewItem(item_id=f"{row}") for row in range(2049)]
    failure = failure_of(lambda: _add(stub, pool_id, items))
    assert (failure.code, failure.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("items",))
    # A stream has no such limit: each of its items is looked at, and found empty.
    assert stub.ImportItems(_stream(pool_id, items)).error_count == len(items)
