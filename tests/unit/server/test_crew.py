"""The queue before a crew's threads: bounded, counted, in the context of whoever waits."""

import asyncio
import threading

import pytest

from tests.unit.sampling.sessions import waiting
from vicinal.core.errors import CallEnded, Overloaded
from vicinal.sampling.patience import Patience
from vicinal.server.crew import LONGEST_RETRY_SECONDS, SHORTEST_RETRY_SECONDS, Crew
from vicinal.server.current_call import Call, current_call
from vicinal.server.telemetry.telemetry import Telemetry

THREADS, MAX_WAITING = 2, 3


@pytest.fixture
def door():
    made = threading.Event()
    yield made
    made.set()


@pytest.fixture
def crew(door):
    made = Crew("testing", THREADS, MAX_WAITING, Telemetry())
    yield made
    door.set()
    made.close(wait=True)


async def _fill(crew, door):
    tasks = [asyncio.ensure_future(crew.run(door.wait, "wait")) for _ in range(THREADS + MAX_WAITING)]
    while crew.running < THREADS:
        await asyncio.sleep(0.005)
    return tasks


async def test_so_many_work_so_many_wait_and_more_are_refused(crew, door):
    tasks = await _fill(crew, door)
    assert (crew.running, crew.waiting) == (THREADS, MAX_WAITING)
    with pytest.raises(Overloaded, match="3 calls wait for testing") as caught:
        await crew.run(door.wait, "wait")
    assert caught.value.retry_after_seconds == SHORTEST_RETRY_SECONDS
    door.set()
    await asyncio.gather(*tasks)
    assert (crew.running, crew.waiting) == (0, 0)
    assert await crew.run(lambda: "again", "again") == "again"


async def test_the_hint_grows_with_what_waits(crew, door):
    crew._mean_seconds = 4.0
    tasks = await _fill(crew, door)
    with pytest.raises(Overloaded) as caught:
        await crew.run(door.wait, "wait")
    assert caught.value.retry_after_seconds == MAX_WAITING * 4.0 / THREADS
    crew._mean_seconds = 4000.0
    with pytest.raises(Overloaded) as caught:
        await crew.run(door.wait, "wait")
    assert caught.value.retry_after_seconds == LONGEST_RETRY_SECONDS
    door.set()
    await asyncio.gather(*tasks)


async def test_a_call_that_was_begun_is_not_refused_half_way(crew, door):
    call = Call("ImportItems", "id")

    async def two_steps(first_done):
        current_call.set(call)
        await crew.run(lambda: None, "first")
        first_done.set()
        await asyncio.sleep(0)
        while crew.waiting < MAX_WAITING:
            await asyncio.sleep(0.005)
        return await crew.run(lambda: "done", "second")

    first_done = asyncio.Event()
    stream = asyncio.ensure_future(two_steps(first_done))
    await first_done.wait()
    tasks = await _fill(crew, door)
    while crew.waiting <= MAX_WAITING:
        await asyncio.sleep(0.005)
    door.set()
    assert await stream == "done"
    await asyncio.gather(*tasks)


async def test_work_out_of_time_is_not_begun(crew):
    done = []
    with waiting(Patience(given_up=True)), pytest.raises(CallEnded):
        await crew.run(lambda: done.append(1), "append")
    assert not done
    assert (crew.running, crew.waiting) == (0, 0)


async def test_what_is_cancelled_in_the_queue_leaves_it(crew, door):
    tasks = await _fill(crew, door)
    tasks[-1].cancel()
    await asyncio.wait([tasks[-1]])
    assert crew.waiting == MAX_WAITING - 1
    door.set()
    await asyncio.gather(*tasks[:-1])
    assert (crew.running, crew.waiting) == (0, 0)


async def test_the_call_is_known_in_the_thread(crew):
    call = Call("GetPool", "the-id")
    current_call.set(call)
    assert await crew.run(current_call.get, "get") is call
    assert call.admitted == {"testing"}
