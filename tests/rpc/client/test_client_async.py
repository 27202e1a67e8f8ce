"""The asyncio client against the same scripted server: what differs from the sync one is how it waits."""

import asyncio
import threading
from contextlib import aclosing
from uuid import UUID

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2

from vicinal.client import (
    AsyncClient,
    DeadlineExceededError,
    InternalError,
    InvalidArgumentError,
    NewItem,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from vicinal.client.channel import MAX_MESSAGE_BYTES
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as v1

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


@pytest.fixture
async def client(script):
    async with AsyncClient(
        script.target, timeout_seconds=60.0, metadata=[("authorization", "key")]
    ) as client:
        yield client


async def test_retries_while_unavailable_with_the_same_request(script, client, fault):
    script.answers("LeaseBatch", fault(UNAVAILABLE), fault(UNAVAILABLE), v1.LeaseBatchResponse())
    assert (await client.lease_batch("p", 3)).items == []
    first, *others = script.requests("LeaseBatch")
    assert others == [first, first]
    UUID(first.request_id)
    assert script.seen[0].metadata["authorization"] == "key"


async def test_gives_up_after_the_retries(script, fault):
    script.answers("GetPool", *[fault(UNAVAILABLE, "down for now")] * 3)
    async with AsyncClient(script.target, retries=2) as client:
        with pytest.raises(UnavailableError, match="down for now"):
            await client.get_pool("p")
    assert len(script.seen) == 3


async def test_no_retry_after_another_failure(script, client, fault):
    script.answers("LeaseBatch", fault(grpc.StatusCode.INTERNAL), v1.LeaseBatchResponse())
    with pytest.raises(InternalError):
        await client.lease_batch("p")
    assert len(script.seen) == 1


async def test_no_retry_that_would_begin_after_the_deadline(script, fault):
    script.answers("GetPool", fault.asking_to_wait(90), v1.GetPoolResponse())
    async with AsyncClient(script.target, timeout_seconds=60) as client:
        with pytest.raises(ResourceExhaustedError):
            await client.get_pool("p")
    assert len(script.seen) == 1


async def test_deadline_ends_the_call(script):
    release = threading.Event()

    def hang(request):
        release.wait(60)
        return v1.GetPoolResponse()

    script.answers("GetPool", hang)
    async with AsyncClient(script.target, timeout_seconds=0.3) as client:
        with pytest.raises(DeadlineExceededError):
            await client.get_pool("p")
    release.set()


async def test_rich_errors_arrive_whole(script, client, fault):
    info = error_details_pb2.ErrorInfo(reason="POOL_NOT_FOUND", domain="vicinal", metadata={"pool_id": "p"})
    script.answers("GetPool", fault(grpc.StatusCode.NOT_FOUND, "no pool", [info]))
    script.answers("ScorePool", [fault(grpc.StatusCode.NOT_FOUND, "no pool", [info])])
    with pytest.raises(NotFoundError, match="no pool") as unary:
        await client.get_pool("p")
    with pytest.raises(NotFoundError, match="no pool") as streamed:
        await anext(client.score_pool("p"))
    for caught in (unary, streamed):
        assert (caught.value.reason, caught.value.details) == ("POOL_NOT_FOUND", {"pool_id": "p"})


async def test_calls_run_side_by_side(script, client):
    together = threading.Barrier(3)

    def meet(request):
        together.wait(60)
        return v1.GetPoolResponse()

    script.answers("GetPool", meet, meet, meet)
    await asyncio.gather(*(client.get_pool("p") for _ in range(3)))
    assert (together.n_waiting, together.broken) == (0, False)
    assert len(script.seen) == 3


async def test_adding_many_items_is_split_and_errors_count_through(script, client):
    def failing_first(request):
        return v1.AddItemsResponse(added=len(request.items) - 1, errors=[resources.ItemError(index=0)])

    script.answers("AddItems", failing_first, failing_first)
    added = await client.add_vectors("p", [f"i{n}" for n in range(300)], np.ones((300, 2)))
    assert (added.added, [error.index for error in added.errors]) == (298, [0, 256])


async def test_pages_are_followed(script, client):
    first = v1.ListPoolsResponse(
        pools=[resources.Pool(config=resources.PoolConfig(pool_id="a"))], next_page_token="t"
    )
    second = v1.ListPoolsResponse(pools=[resources.Pool(config=resources.PoolConfig(pool_id="b"))])
    script.answers("ListPools", first, second)
    assert [pool.pool_id async for pool in client.list_pools()] == ["a", "b"]
    assert [request.page_token for request in script.requests("ListPools")] == ["", "t"]


async def test_stream_is_tried_again_before_its_first_row(script, client, fault):
    row = v1.ExportLabelsResponse(events=[resources.LabelEvent(sequence=1)])
    script.answers("ExportLabels", [fault(UNAVAILABLE)], [row])
    assert [event.sequence async for event in client.export_labels("p")] == [1]


async def test_stream_that_breaks_midway_is_not_tried_again(script, client, fault):
    handed_on = threading.Event()

    row = v1.ExportLabelsResponse(events=[resources.LabelEvent(sequence=1)])

    def after_the_first_row(request):
        assert handed_on.wait(60)
        return row

    script.answers("ExportLabels", [row, after_the_first_row, fault(UNAVAILABLE)], [row])
    sequences = []

    async def read():
        async for event in client.export_labels("p"):
            sequences.append(event.sequence)
            handed_on.set()

    with pytest.raises(UnavailableError):
        await read()
    assert sequences[0] == 1
    assert len(script.seen) == 1


async def test_a_stream_left_early_is_cancelled(script, client):
    part = v1.ScorePoolResponse(items=[v1.ScorePoolResponse.ScoredItem(item_id="a", rank=1)])
    script.answers("ScorePool", [part] * 100_000)
    async with aclosing(client.score_pool("p")) as rows:
        assert (await anext(rows)).item_id == "a"
    assert await asyncio.to_thread(script.ended.wait, 60)


async def test_a_cancelled_task_cancels_its_call(script, client):
    reached = threading.Event()

    def hang(request):
        reached.set()
        script.ended.wait(60)
        return v1.GetPoolResponse()

    script.answers("GetPool", hang)
    task = asyncio.create_task(client.get_pool("p"))
    assert await asyncio.to_thread(reached.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(script.ended.wait, 5)


async def test_import_sends_header_then_chunks(script, client):
    script.answers("ImportItems", v1.ImportItemsResponse(added=1100))
    items = [NewItem(f"i{n}", "x") for n in range(1100)]
    items.append(NewItem("huge", bytes(MAX_MESSAGE_BYTES)))
    added = await client.import_items("p", items, fingerprint_digest="f")
    header, *chunks = script.requests("ImportItems")
    assert header.header == v1.ImportItemsRequest.Header(pool_id="p", fingerprint_digest="f")
    assert [len(chunk.chunk.items) for chunk in chunks] == [1024, 76]
    assert (added.added, added.error_count, added.errors[0].index) == (1100, 1, 1100)


async def test_a_failure_while_items_are_read_is_raised_as_it_is(script, client):
    def items():
        yield NewItem("a", "x")
        raise OSError("disk gone")

    script.answers("ImportItems", v1.ImportItemsResponse(), v1.ImportItemsResponse())
    with pytest.raises(OSError, match="disk gone"):
        await client.import_items("p", items())
    with pytest.raises(InvalidArgumentError, match=r"items\[1\]\.content"):
        await client.import_items("p", [NewItem("a", "x"), NewItem("b", 7)])


async def test_an_import_the_server_refuses_raises_its_error(script, client, fault):
    script.answers("ImportItems", fault(grpc.StatusCode.NOT_FOUND, "no pool"))
    with pytest.raises(NotFoundError, match="no pool"):
        await client.import_items("p", (NewItem(f"i{n}", "x" * 1000) for n in range(20_000)))


async def test_a_cancelled_import_ends_its_call(script, client):
    reached = threading.Event()

    def endless():
        while not script.ended.wait(0.01):
            if script.seen:
                reached.set()
            yield NewItem("a", "x")

    script.answers("ImportItems", v1.ImportItemsResponse())
    task = asyncio.create_task(client.import_items("p", endless()))
    assert await asyncio.to_thread(reached.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(script.ended.wait, 60)


async def test_wait_ready(script, client):
    await client.wait_ready(timeout_seconds=60)
    async with AsyncClient("127.0.0.1:1") as nowhere:
        with pytest.raises(UnavailableError, match=r"no server at 127\.0\.0\.1:1 within 0\.2 seconds"):
            await nowhere.wait_ready(timeout_seconds=0.2)
