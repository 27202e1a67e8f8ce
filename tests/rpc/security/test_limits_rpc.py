"""Limits over the wire: each is told with what was given and what is allowed."""

import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from PIL import Image

from vicinal.client import Client, NewExample, NewItem, ResourceExhaustedError
from vicinal.v1.sampler_service_pb2 import ListPoolsRequest, ScorePoolRequest


@pytest.fixture
def limited(make_server_process):
    server = make_server_process(
        VICINAL_MAX_IMAGE_BYTES="5000",
        VICINAL_MAX_IMAGE_PIXELS="1000",
        VICINAL_MAX_ITEMS_PER_POOL="5",
        VICINAL_MAX_CLASSES_PER_POOL="2",
    )
    with Client(server.target, retries=0) as client:
        yield client


def _picture(width, height):
    file = BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def test_large_images_fail_alone(limited):
    limited.create_pool("p", featurizer="image-statistics")
    noise = bytes(np.random.default_rng(0).integers(0, 255, 5001, dtype=np.uint8))
    given = {"fits": _picture(25, 40), "bomb": _picture(40, 40), "heavy": noise}
    added = limited.add_items("p", [NewItem(item_id, image) for item_id, image in given.items()])
    assert added.added == 1
    told = {error.item_id: error.message for error in added.errors}
    assert "40 x 40 pixels, more than 1,000" in told["bomb"]
    assert "5001 bytes" in told["heavy"]
    assert "5000" in told["heavy"]
    answered = limited.embed("image-statistics", [given["bomb"], given["heavy"]])
    assert len(answered.errors) == 2


def test_a_pool_takes_so_many_items_and_no_part_of_more(limited):
    limited.create_pool("p", dimension=2)
    limited.add_items("p", [NewItem(str(row), np.array([1.0, row])) for row in range(4)])
    with pytest.raises(ResourceExhaustedError, match="max_items_per_pool") as caught:
        limited.add_items("p", [NewItem(f"more-{row}", np.array([2.0, row])) for row in range(2)])
    assert (caught.value.reason, caught.value.details["limit"]) == ("LIMIT_EXCEEDED", "5")
    assert limited.get_pool("p").counts.total == 4
    again = limited.add_items("p", [NewItem("0", np.array([1.0, 0]))])
    assert (again.added, again.existing) == (0, 1)
    assert limited.add_items("p", [NewItem("fifth", np.array([3.0, 1]))]).added == 1


def test_a_pool_has_so_many_classes_examples_included(limited):
    limited.create_pool("p", dimension=2)
    limited.add_items("p", [NewItem(str(row), np.array([1.0, row])) for row in range(4)])
    limited.add_examples("p", [NewExample("e", np.array([1.0, 1.0]), "first")])
    limited.submit_labels("p", {"0": "second", "1": "first"})
    for call in (
        lambda: limited.submit_labels("p", {"2": "first", "3": "third"}),
        lambda: limited.add_examples("p", [NewExample("f", np.array([1.0, 2.0]), "third")]),
    ):
        with pytest.raises(ResourceExhaustedError, match="3 different labels"):
            call()
    assert limited.get_pool("p").counts.labelled == 2
    limited.submit_labels("p", {"2": "second"})


def test_a_key_that_calls_too_often_is_told_when_to_try_again(
    make_server_process, keys_file, new_key, stub_with
):
    hasty, calm = new_key("read"), new_key("read")
    server = make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_MAX_CALLS_PER_SECOND_PER_KEY="2")
    stub = stub_with(server.target, hasty)
    refused = _refused_of_many(stub)
    assert refused
    for error in refused:
        assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert 0 < _retry_seconds(error) <= 0.5
    stub_with(server.target, calm).ListPools(ListPoolsRequest())
    # The client waits as it is told, and so gets its answer.
    with Client(server.target, key=hasty) as client:
        for _ in range(4):
            assert list(client.list_pools()) == []


def test_a_key_has_so_many_calls_under_way_and_a_cancelled_one_is_none(
    make_server_process, keys_file, new_key, stub_with, failure_of
):
    key = new_key()
    server = make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_MAX_CALLS_IN_FLIGHT_PER_KEY="1")
    stub = stub_with(server.target, key)
    with Client(server.target, key=key) as client:
        client.create_pool("p", dimension=2)
        vectors = np.random.default_rng(0).normal(size=(4000, 2))
        client.add_vectors("p", [f"{row:0250}" for row in range(4000)], vectors)
    # Long ids make more than is sent ahead, so that the call waits for its reader.
    stream = stub.ScorePool(ScorePoolRequest(pool_id="p"))
    next(stream)
    refused = failure_of(lambda: stub.ListPools(ListPoolsRequest()))
    assert (refused.code, refused.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS")
    stream.cancel()
    ends_at = time.monotonic() + 60
    while _outcome(stub) is not None:
        assert time.monotonic() < ends_at, server.log
        time.sleep(0.1)


def _refused_of_many(stub):
    """Of calls that come as fast as they can, until there are any: a slow machine may need several goes."""
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            if refused := [each for each in threads.map(lambda _: _outcome(stub), range(8)) if each]:
                break
    return refused


def _outcome(stub):
    try:
        stub.ListPools(ListPoolsRequest())
    except grpc.RpcError as error:
        return error
    return None


def _retry_seconds(error):
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in rpc_status.from_call(error).details)
    return retry.retry_delay.ToTimedelta().total_seconds()
