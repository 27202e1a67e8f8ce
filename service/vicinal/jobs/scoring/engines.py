"""Who does the work of a job: this process, several, or a Ray cluster."""

import multiprocessing
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from threadpoolctl import threadpool_limits

from vicinal.core.parallel import use_threads
from vicinal.jobs.scoring.stopped import stopped, stopped_by

Task = TypeVar("Task")


class EngineName(StrEnum):
    """LOCAL: processes of this machine. RAY: actors of a Ray cluster, a local one without an address."""

    LOCAL = "local"
    RAY = "ray"


class Engine(Protocol):
    """Runs one worker's work on many tasks, on as many workers as it has."""

    def each(self, worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
        """Gives each task to a worker; workers keep what they find themselves.

        Args:
            worker: goes to each process once.
            tasks: in the order they are begun; their words name them in errors.
            kept: the folder of what is done, for errors.

        Yields:
            Tasks as they are done, in any order.

        Raises:
            JobUnfinished: a worker died or the system refused; names the task.
            VicinalError: a worker refused its task.
        """
        ...

    def close(self) -> None:
        """Lets the workers go."""
        ...


class LocalEngine:
    """Processes of this machine, each on one thread; with one worker, this very process.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def each(self, worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
        """See `Engine.each`."""
        if self._workers == 1 or len(tasks) < 2:
            yield from _here(worker, tasks, kept)
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, on_one_thread)
        packed, stage = pickle.dumps(worker), uuid4().hex
        waiting = {self._pool.submit(_work, stage, packed, task): task for task in tasks}
        try:
            for done in as_completed(waiting):
                yield _outcome(done, waiting[done], waiting, kept)
        finally:
            for future in waiting:
                future.cancel()

    def close(self) -> None:
        """Lets the processes go, once they have done what they are at."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


def on_one_thread() -> None:
    """Keeps all work of this process to one thread: others are beside it."""
    use_threads(1)
    threadpool_limits(1)


def _here(worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
    for task in tasks:
        try:
            with threadpool_limits(1):
                worker(task)
        except OSError as error:
            raise stopped_by(error, str(task), kept) from error
        yield task


@lru_cache(maxsize=1)
def _unpacked(_stage: str, packed: bytes) -> Callable[[Any], None]:
    worker: Callable[[Any], None] = pickle.loads(packed)
    return worker


def _work(stage: str, packed: bytes, task: Any) -> None:
    _unpacked(stage, packed)(task)


def _outcome(done: "Future[None]", task: Task, waiting: dict[Any, Task], kept: Path) -> Task:
    try:
        done.result()
    except BrokenProcessPool as error:
        lost = [str(each) for future, each in waiting.items() if future is done or not _is_done(future)]
        named = lost[0] if len(lost) == 1 else f"{lost[0]}, or a later task"
        raise stopped(named, "a worker process was killed, or ran out of memory", kept) from error
    except OSError as error:
        raise stopped_by(error, str(task), kept) from error
    return task


def _is_done(future: "Future[None]") -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
