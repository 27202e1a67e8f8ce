"""What is tried again, with the same request id, and what is not; deadlines over all tries."""

import threading
import time
from uuid import UUID

import grpc
import numpy as np
import pytest

from vicinal.client import (
    Client,
    DeadlineExceededError,
    InternalError,
    NewItem,
    ResourceExhaustedError,
    UnavailableError,
)
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


def test_retries_while_unavailable_with_the_same_request(script, scripted_client, fault):
    script.answers(
        "SubmitLabels", fault(UNAVAILABLE), fault(UNAVAILABLE), v1.SubmitLabelsResponse(labelled=1)
    )
    assert scripted_client.submit_labels("p", {"a": "x"}).labelled == 1
    first, *others = script.requests("SubmitLabels")
    assert len(others) == 2
    assert all(other == first for other in others)
    UUID(first.request_id)


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("CreatePool", lambda client: client.create_pool("p")),
        ("DeletePool", lambda client: client.delete_pool("p")),
        ("AddItems", lambda client: client.add_items("p", [NewItem("a", "text")])),
        ("LeaseBatch", lambda client: client.lease_batch("p")),
        ("SubmitLabels", lambda client: client.submit_labels("p", {"a": "x"})),
        ("RenewLeases", lambda client: client.renew_leases("p", ["l"])),
        ("ReleaseLeases", lambda client: client.release_leases("p", ["l"])),
        ("SkipItems", lambda client: client.skip_items("p", ["a"])),
        ("ExcludeItems", lambda client: client.exclude_items("p", ["a"])),
        ("RestoreItems", lambda client: client.restore_items("p", ["a"])),
        ("RemoveLabels", lambda client: client.remove_labels("p", ["a"])),
    ],
)
def test_each_mutation_keeps_its_request_id_over_retries_and_no_longer(
    script, scripted_client, fault, method, call
):
    answer = getattr(v1, f"{method}Response")()
    script.answers(method, fault(UNAVAILABLE), answer, answer)
    call(scripted_client)
    call(scripted_client)
    first, retried, second = (UUID(request.request_id) for request in script.requests(method))
    assert first == retried != second


def test_gives_up_after_the_retries(script, fault):
    script.answers("GetPool", *[fault(UNAVAILABLE, "down for now")] * 3)
    with Client(script.target, retries=2) as client, pytest.raises(UnavailableError, match="down for now"):
        client.get_pool("p")
    assert len(script.seen) == 3


def test_no_retry_after_another_failure(script, scripted_client, fault):
    script.answers("LeaseBatch", fault(grpc.StatusCode.INTERNAL), v1.LeaseBatchResponse())
    with pytest.raises(InternalError):
        scripted_client.lease_batch("p")
    assert len(script.seen) == 1


def test_waits_as_long_as_an_exhausted_server_asks(script, scripted_client, fault):
    script.answers("GetPool", fault.asking_to_wait(0.5), v1.GetPoolResponse())
    began = time.monotonic()
    scripted_client.get_pool("p")
    assert time.monotonic() - began >= 0.5
    assert len(script.seen) == 2


def test_no_retry_when_exhausted_for_good(script, scripted_client, fault):
    script.answers("GetPool", fault(grpc.StatusCode.RESOURCE_EXHAUSTED), v1.GetPoolResponse())
    with pytest.raises(ResourceExhaustedError):
        scripted_client.get_pool("p")
    assert len(script.seen) == 1


def test_deadline_reaches_the_server_and_ends_the_call(script):
    release = threading.Event()

    def hang(request):
        release.wait(60)
        return v1.GetPoolResponse()

    # A slow machine may need longer than the first of them to bring the call to the server.
    for seconds in (0.3, 3.0, 30.0):
        script.answers("GetPool", hang)
        with Client(script.target, timeout_seconds=seconds) as client, pytest.raises(DeadlineExceededError):
            client.get_pool("p")
        if script.seen:
            break
    release.set()
    # On the wire a deadline is rounded up, to some milliseconds.
    assert 0 < script.seen[0].remaining_seconds < seconds + 0.05


def test_retries_share_one_deadline(script, fault):
    script.answers("GetPool", fault.asking_to_wait(2.0), v1.GetPoolResponse())
    with Client(script.target, timeout_seconds=60) as client:
        client.get_pool("p")
    # On the wire a deadline is rounded up, to a second where it is far.
    assert script.seen[0].remaining_seconds - script.seen[1].remaining_seconds >= 0.9


def test_no_retry_that_would_begin_after_the_deadline(script, fault):
    script.answers("GetPool", fault.asking_to_wait(90), v1.GetPoolResponse())
    with Client(script.target, timeout_seconds=60) as client, pytest.raises(ResourceExhaustedError):
        client.get_pool("p")
    assert len(script.seen) == 1


def test_each_request_carries_the_metadata(script, scripted_client):
    script.answers("GetPool", v1.GetPoolResponse())
    scripted_client.get_pool("p")
    assert script.seen[0].metadata["authorization"] == "Bearer key"


def test_stream_is_tried_again_before_its_first_row(script, scripted_client, fault):
    row = v1.ExportLabelsResponse(events=[resources.LabelEvent(sequence=1)])
    script.answers("ExportLabels", [fault(UNAVAILABLE)], [row])
    assert [event.sequence for event in scripted_client.export_labels("p")] == [1]


def test_stream_that_breaks_midway_is_not_tried_again(script, scripted_client, fault):
    handed_on = threading.Event()
    row = v1.ExportLabelsResponse(events=[resources.LabelEvent(sequence=1)])

    def after_the_first_row(request):
        assert handed_on.wait(60)
        return row

    script.answers("ExportLabels", [row, after_the_first_row, fault(UNAVAILABLE)], [row])
    sequences = []

    def read():
        for event in scripted_client.export_labels("p"):
            sequences.append(event.sequence)
            handed_on.set()

    with pytest.raises(UnavailableError):
        read()
    assert sequences[0] == 1
    assert len(script.seen) == 1


def test_a_stream_left_early_is_cancelled(script, scripted_client):
    part = v1.ScorePoolResponse(items=[v1.ScorePoolResponse.ScoredItem(item_id="a", rank=1)])
    script.answers("ScorePool", [part] * 100_000)
    rows = scripted_client.score_pool("p")
    assert next(rows).item_id == "a"
    rows.close()
    assert script.ended.wait(60)


def test_import_is_not_retried(script, scripted_client, fault):
    script.answers("ImportItems", fault(UNAVAILABLE), v1.ImportItemsResponse())
    with pytest.raises(UnavailableError):
        scripted_client.import_items("p", [NewItem("a", np.ones(2))])
    assert len(script.steps["ImportItems"]) == 1


def test_no_server_is_an_error_that_says_so(script):
    with Client("127.0.0.1:1", timeout_seconds=60, retries=1) as client:
        with pytest.raises(UnavailableError):
            client.list_pools().__next__()
        with pytest.raises(UnavailableError, match=r"no server at 127\.0\.0\.1:1 within 0\.2 seconds"):
            client.wait_ready(timeout_seconds=0.2)


def test_wait_ready_returns_once_the_server_is_there(script, scripted_client):
    scripted_client.wait_ready(timeout_seconds=60)
    assert script.seen == []


def test_closing_twice_is_harmless(script):
    client = Client(script.target)
    client.close()
    client.close()
    assert script.seen == []
