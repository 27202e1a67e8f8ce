"""An executor's queue: bounded, counted, and run in the context of the caller that waits."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from tests.support.sessions import waiting
from vicinal.core.errors import CallEnded, Overloaded
from vicinal.pools.clock import Deadline
from vicinal.server.runtime import workers
from vicinal.server.runtime.current_call import Call, current_call
from vicinal.server.runtime.workers import LONGEST_RETRY_SECONDS, SHORTEST_RETRY_SECONDS, BoundedExecutor
from vicinal.server.telemetry.telemetry import Telemetry

THREADS, MAX_WAITING = 2, 3


@pytest.fixture
def authenticator():
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def executor(authenticator):
    made = BoundedExecutor("testing", THREADS, MAX_WAITING, Telemetry())
    yield made
    authenticator.set()
    made.close(wait=True)


async def _fill(executor, authenticator):
    tasks = [
        asyncio.ensure_future(executor.run(authenticator.wait, "wait")) for _ in range(THREADS + MAX_WAITING)
    ]
    while executor.running < THREADS:
        await asyncio.sleep(0.005)
    return tasks


async def test_so_many_work_so_many_wait_and_more_are_refused(executor, authenticator):
    tasks = await _fill(executor, authenticator)
    assert (executor.running, executor.waiting) == (THREADS, MAX_WAITING)
    with pytest.raises(Overloaded, match="3 calls wait for testing") as caught:
        await executor.run(authenticator.wait, "wait")
    assert caught.value.retry_after_seconds == SHORTEST_RETRY_SECONDS
    authenticator.set()
    await asyncio.gather(*tasks)
    assert (executor.running, executor.waiting) == (0, 0)
    assert await executor.run(lambda: "again", "again") == "again"


async def _work_of(executor, seconds, monkeypatch):
    """Has so many pieces of work of that length done that the executor's mean is theirs."""
    ahead, real = [0.0], time.perf_counter

    def work():
        ahead[0] += seconds

    with monkeypatch.context() as patched:
        patched.setattr(workers, "time", SimpleNamespace(perf_counter=lambda: real() + ahead[0]))
        for _ in range(100):
            await executor.run(work, "work")


async def test_the_hint_grows_with_what_waits(executor, authenticator, monkeypatch):
    await _work_of(executor, 4.0, monkeypatch)
    tasks = await _fill(executor, authenticator)
    with pytest.raises(Overloaded) as caught:
        await executor.run(authenticator.wait, "wait")
    assert caught.value.retry_after_seconds == pytest.approx(MAX_WAITING * 4.0 / THREADS, rel=0.01)
    authenticator.set()
    await asyncio.gather(*tasks)


async def test_the_hint_has_an_end(executor, authenticator, monkeypatch):
    await _work_of(executor, 4000.0, monkeypatch)
    tasks = await _fill(executor, authenticator)
    with pytest.raises(Overloaded) as caught:
        await executor.run(authenticator.wait, "wait")
    assert caught.value.retry_after_seconds == LONGEST_RETRY_SECONDS
    authenticator.set()
    await asyncio.gather(*tasks)


async def test_a_call_that_was_begun_is_not_refused_half_way(executor, authenticator):
    call = Call("ImportItems", "id")

    async def two_steps(first_done):
        current_call.set(call)
        await executor.run(lambda: None, "first")
        first_done.set()
        await asyncio.sleep(0)
        while executor.waiting < MAX_WAITING:
            await asyncio.sleep(0.005)
        return await executor.run(lambda: "done", "second")

    first_done = asyncio.Event()
    stream = asyncio.ensure_future(two_steps(first_done))
    await first_done.wait()
    tasks = await _fill(executor, authenticator)
    while executor.waiting <= MAX_WAITING:
        await asyncio.sleep(0.005)
    authenticator.set()
    assert await stream == "done"
    await asyncio.gather(*tasks)


async def test_work_out_of_time_is_not_begun(executor):
    done = []
    with waiting(Deadline(is_cancelled=True)), pytest.raises(CallEnded):
        await executor.run(lambda: done.append(1), "append")
    assert not done
    assert (executor.running, executor.waiting) == (0, 0)


async def test_what_is_cancelled_in_the_queue_leaves_it(executor, authenticator):
    tasks = await _fill(executor, authenticator)
    tasks[-1].cancel()
    await asyncio.wait([tasks[-1]])
    assert executor.waiting == MAX_WAITING - 1
    authenticator.set()
    await asyncio.gather(*tasks[:-1])
    assert (executor.running, executor.waiting) == (0, 0)


async def test_the_call_is_known_in_the_thread(executor):
    call = Call("GetPool", "the-id")
    current_call.set(call)
    assert await executor.run(current_call.get, "get") is call
    assert call.admitted == {"testing"}
