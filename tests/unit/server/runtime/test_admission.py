"""Room for calls: who gives way when it is full."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from vicinal.core.errors import Overloaded
from vicinal.server.runtime.admission import CallAdmission


class Call:
    """A call in a room, in a task of its own."""

    def __init__(self, room, peer, *, works=False):
        self._inside, self._leave = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(room, peer, works))

    async def _run(self, room, peer, works):
        with room.place(peer) as place:
            place.gives_way = not works
            self._inside.set()
            await self._leave.wait()

    async def inside(self):
        await asyncio.wait(
            {self.task, asyncio.create_task(self._inside.wait())}, return_when="FIRST_COMPLETED"
        )
        return self

    async def gave_way(self):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return self.task.done() and isinstance(self.task.exception(), Overloaded)

    async def leave(self):
        self._leave.set()
        await asyncio.wait({self.task})


@pytest.fixture
async def enter():
    async with AsyncExitStack() as ends:

        async def make(room, peer, **how):
            call = Call(room, peer, **how)
            ends.push_async_callback(call.leave)
            return await call.inside()

        yield make


async def test_the_oldest_of_the_connection_with_most_gives_way(enter):
    room = CallAdmission("calls", 4)
    quiet = await enter(room, "ipv4:1.1.1.1:1")
    floods = [await enter(room, "ipv4:1.1.1.1:2") for _ in range(3)]
    await enter(room, "ipv4:1.1.1.1:3")
    assert [await call.gave_way() for call in floods] == [True, False, False]
    assert not await quiet.gave_way()
    assert len(room) == 4


async def test_the_host_with_most_connections_gives_way_before_others(enter):
    room = CallAdmission("calls", 4)
    two = [await enter(room, "ipv4:1.1.1.1:1") for _ in range(2)]
    many = [await enter(room, f"ipv4:2.2.2.2:{port}") for port in range(2)]
    many.append(await enter(room, "ipv4:2.2.2.2:9"))
    assert await two[0].gave_way()
    await enter(room, "ipv4:3.3.3.3:1")
    assert await many[0].gave_way()
    assert not await two[1].gave_way()


async def test_who_is_at_work_stays_and_the_next_is_refused_for_now(enter):
    room = CallAdmission("calls", 2)
    at_work = [await enter(room, "ipv4:1.1.1.1:1", works=True) for _ in range(2)]
    refused = await enter(room, "ipv4:2.2.2.2:1")
    assert await refused.gave_way()
    assert refused.task.exception().retry_after_seconds
    assert not any([await call.gave_way() for call in at_work])
    await at_work[0].leave()
    assert not await (await enter(room, "ipv4:2.2.2.2:1")).gave_way()


async def test_a_call_that_is_cancelled_for_another_reason_is_cancelled_and_leaves_its_place(enter):
    room = CallAdmission("calls", 1)
    call = await enter(room, "ipv4:1.1.1.1:1")
    call.task.cancel()
    await asyncio.wait({call.task})
    assert call.task.cancelled()
    assert len(room) == 0


async def test_who_gives_way_and_is_cancelled_by_another_is_cancelled(enter):
    room = CallAdmission("calls", 1)
    call = await enter(room, "ipv4:1.1.1.1:1")
    with room.place("ipv4:2.2.2.2:1"):
        call.task.cancel()
    await asyncio.wait({call.task})
    assert call.task.cancelled()
