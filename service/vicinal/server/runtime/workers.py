"""The threads that do the work, so that the event loop stays free for calls."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Lock
from typing import ParamSpec, TypeVar

from vicinal.core.errors import CallEnded, ModelLoading, Overloaded
from vicinal.core.ports import Featurizer
from vicinal.core.records import Embedded, RawContent
from vicinal.pools.clock import check_deadline
from vicinal.server.runtime.current_call import current_call
from vicinal.server.telemetry.telemetry import Telemetry

R = TypeVar("R")

P = ParamSpec("P")

# Calls on one pool wait for its lock; with several threads, other pools can work meanwhile.
COMPUTING_THREADS = 8
# A model uses all cores by itself; the second thread lets another model work meanwhile.
EMBEDDING_THREADS = 2
# Searches through whole pools take minutes, and no annotator waits for them.
SEARCHING_THREADS = 2
# One for each known model: a download that hangs does not delay the others.
LOADING_THREADS = 4
LOADING_RETRY_SECONDS = 5.0
SHORTEST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 30.0
# Weight of the last piece of work in the mean of durations.
_NEWEST = 0.1


@dataclass
class _Ticket:
    """A piece of work in the queue."""

    came: float = field(default_factory=time.perf_counter)
    is_begun: bool = False
    is_left: bool = False


class BoundedExecutor:
    """Threads with a queue of limited length, first in, first out.

    Args:
        name: for messages and metrics.
        threads: how many pieces of work run at once.
        max_waiting: how many more may wait.
        telemetry: records each piece of work.
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
            Overloaded: too many wait, and this executor has begun nothing for this call before.
            CallEnded: the caller no longer waited when its turn came.
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
            # A call that was begun goes on: an import that is refused half-way would have to start again.
            call.admitted.add(self.name)

    def _overloaded(self) -> Overloaded:
        expected = self.waiting * self._mean_seconds / self._size
        seconds = min(max(expected, SHORTEST_RETRY_SECONDS), LONGEST_RETRY_SECONDS)
        return Overloaded(
            f"{self.waiting} calls wait for {self.name} already, the most that this server allows; "
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
            check_deadline()
            with self._telemetry.work(self.name, what, begun - ticket.came):
                return work()
        finally:
            seconds = time.perf_counter() - begun
            with self._lock:
                self.running -= 1
                self._mean_seconds += _NEWEST * (seconds - self._mean_seconds)


class Workers:
    """Bounded groups of threads: for the use cases, for searches, for models at work and being loaded.

    A call that is cancelled while it waits for a thread is never begun; one that runs ends at its next step,
    or is finished.

    Args:
        max_waiting: most calls that wait for each group; more are refused.
        model_load_seconds: longest time that a call waits for a model to be loaded.
        telemetry: records the work.
    """

    def __init__(
        self,
        *,
        max_waiting: int = 128,
        model_load_seconds: float = 300.0,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._telemetry = telemetry or Telemetry()
        self._model_load_seconds = model_load_seconds
        self._loading: dict[str, asyncio.Future[Featurizer]] = {}
        threads = {
            "computing": COMPUTING_THREADS,
            "embedding": EMBEDDING_THREADS,
            "searching": SEARCHING_THREADS,
            "loading": LOADING_THREADS,
        }
        self.executors = {
            name: BoundedExecutor(name, count, max_waiting, self._telemetry)
            for name, count in threads.items()
        }

    async def compute(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a use case.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["computing"].run(lambda: work(*args, **kwargs), _name(work))

    async def embed(self, model: Featurizer, contents: Sequence[RawContent]) -> Embedded:
        """Vectors of contents.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        embedded = await self.executors["embedding"].run(lambda: model.embed(contents), "embed")
        self._telemetry.metrics.embedded.labels(model.fingerprint.name).inc(len(contents))
        return embedded

    async def load(self, name: str, load: Callable[[], Featurizer]) -> Featurizer:
        """The model of that name; it is loaded once, however many calls wait for it.

        Raises:
            ModelLoading: loading takes longer than a call may wait; it goes on.
        """
        loading = self._loading.get(name)
        if loading is None:
            loading = asyncio.ensure_future(self.executors["loading"].run(load, "load"))
            self._loading[name] = loading
            loading.add_done_callback(lambda done: self._loaded(name, done))
        try:
            return await asyncio.wait_for(asyncio.shield(loading), self._model_load_seconds)
        except TimeoutError:
            raise ModelLoading(
                f"featurizer {name!r} is not loaded after {self._model_load_seconds:g} seconds; loading "
                "goes on: try again later, or check whether the server can download its model",
                retry_after_seconds=LOADING_RETRY_SECONDS,
            ) from None

    async def examine(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of other work on contents, such as sketches; it shares the threads of the models.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["embedding"].run(lambda: work(*args, **kwargs), _name(work))

    async def search(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a search through a whole pool.

        Raises:
            Overloaded: too many wait already; once something was begun for a call, it waits.
        """
        return await self.executors["searching"].run(lambda: work(*args, **kwargs), _name(work))

    def close(self) -> None:
        """Lets running work end and begins no more. Does not wait for a model that is being loaded."""
        self.executors["computing"].close(wait=True)
        self.executors["embedding"].close(wait=True)
        self.executors["searching"].close(wait=True)
        self.executors["loading"].close(wait=False)

    def _loaded(self, name: str, done: asyncio.Future[Featurizer]) -> None:
        del self._loading[name]
        if not done.cancelled():
            done.exception()  # retrieved here, in case nobody waits any more


def _name(work: object) -> str:
    return str(getattr(work, "__name__", "work")).strip("_")
