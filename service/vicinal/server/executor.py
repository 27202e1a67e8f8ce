"""One group of threads with a bounded queue before it."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from vicinal.core.errors import CallEnded, Overloaded
from vicinal.sampling import deadline
from vicinal.server.current_call import current_call
from vicinal.server.telemetry.telemetry import Telemetry

R = TypeVar("R")

SHORTEST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 30.0
# The part that the last piece of work has in the mean of their durations.
_NEWEST = 0.1


@dataclass
class _Ticket:
    """A piece of work in the queue."""

    came: float = field(default_factory=time.perf_counter)
    is_begun: bool = False
    is_left: bool = False


class BoundedExecutor:
    """Threads that work off what waits, in the order it came.

    Args:
        name: for people, and in metrics.
        threads: how many pieces of work run at once.
        max_waiting: how many more may wait.
        telemetry: hears of each piece.
    """

    def __init__(self, name: str, threads: int, max_waiting: int, telemetry: Telemetry) -> None:
        self.name = name
        self.running = 0
        self.waiting = 0
        self._size = threads
        self._max_waiting = max_waiting
        self._telemetry = telemetry
        self._mean_seconds = 0.0
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(threads, f"vicinal-{name}")
        telemetry.metrics.watch_executor(self)

    async def run(self, work: Callable[[], R], what: str) -> R:
        """The result of the work, done by one of the threads in the context of the caller.

        Raises:
            Overloaded: too many wait, and nothing was begun for this call here before.
            CallEnded: nobody waited for it any more when its turn came.
        """
        ticket = _Ticket()
        self._admit()
        context = copy_context()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, lambda: context.run(self._work, ticket, work, what)
            )
        finally:
            with self._lock:
                if not ticket.is_begun:
                    ticket.is_left = True
                    self.waiting -= 1

    def close(self, *, wait: bool) -> None:
        """Begins no more; waits for what runs if `wait`."""
        self._threads.shutdown(wait=wait, cancel_futures=True)

    def _admit(self) -> None:
        call = current_call.get()
        with self._lock:
            crowd = self.waiting + self.running
            if crowd >= self._size + self._max_waiting and not (call and self.name in call.admitted):
                self._telemetry.metrics.rejected.labels(self.name).inc()
                raise self._overloaded()
            self.waiting += 1
        if call:
            # What is under way goes on: refused half-way, an import would have to begin again.
            call.admitted.add(self.name)

    def _overloaded(self) -> Overloaded:
        expected = self.waiting * self._mean_seconds / self._size
        seconds = min(max(expected, SHORTEST_RETRY_SECONDS), LONGEST_RETRY_SECONDS)
        return Overloaded(
            f"{self.waiting} calls wait for {self.name} already, the most that this server keeps waiting; "
            f"try again in {seconds:.1f} seconds",
            retry_after_seconds=seconds,
        )

    def _work(self, ticket: _Ticket, work: Callable[[], R], what: str) -> R:
        with self._lock:
            if ticket.is_left:
                raise CallEnded("cancelled while it waited for a thread")
            ticket.is_begun = True
            self.waiting -= 1
            self.running += 1
        begun = time.perf_counter()
        try:
            deadline.check()
            with self._telemetry.work(self.name, what, begun - ticket.came):
                return work()
        finally:
            seconds = time.perf_counter() - begun
            with self._lock:
                self.running -= 1
                self._mean_seconds += _NEWEST * (seconds - self._mean_seconds)
