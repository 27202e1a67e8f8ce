"""Steps of a call in gRPC, which are waited for so long and never cancelled.

Were one cancelled, gRPC would later write its outcome to where nothing is any more.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

_UNDER_WAY: set["asyncio.Task[Any]"] = set()


async def at_most(step: Coroutine[Any, Any, Any], seconds: float) -> "asyncio.Task[Any] | None":
    """The step once it is done, well or not; None if it goes on beyond that time."""
    task = asyncio.ensure_future(step)
    _UNDER_WAY.add(task)
    task.add_done_callback(_done)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return task if done else None


def _done(task: "asyncio.Task[Any]") -> None:
    _UNDER_WAY.discard(task)
    if not task.cancelled():
        task.exception()  # heard here, should nobody wait any more
