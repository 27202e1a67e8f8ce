"""Work is done off the event loop, and work that nobody waits for is not begun."""

import asyncio
import threading

import pytest

from vicinal.server.runtime.workers import COMPUTING_THREADS, Workers


@pytest.fixture
def workers():
    made = Workers()
    yield made
    made.close()


async def test_work_leaves_the_event_loop(workers):
    here = threading.get_ident()
    assert await workers.compute(threading.get_ident) != here
    assert await workers.load("letters", threading.get_ident) != here


async def test_errors_come_back_as_they_are(workers):
    def fail():
        raise KeyError("a")

    with pytest.raises(KeyError):
        await workers.compute(fail)


async def test_cancelled_while_it_waits_work_is_not_begun(workers):
    go_on, done = threading.Event(), []
    holding = [asyncio.ensure_future(workers.compute(go_on.wait)) for _ in range(COMPUTING_THREADS)]
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(workers.compute(done.append, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0)  # the thread's side hears of it in the next turn of the loop
    go_on.set()
    await asyncio.gather(*holding)
    await workers.compute(lambda: None)
    assert waiting.cancelled()
    assert not done
