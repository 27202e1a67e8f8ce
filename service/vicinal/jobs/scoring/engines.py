"""Who does the work of a job: this process, several, or a Ray cluster."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

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

    def each(self, worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
        """See `Engine.each`."""
        if self._workers == 1 or len(tasks) < 2:
            yield from _here(worker, tasks, kept)
            return
        context = multiprocessing.get_context("spawn")
        count = min(self._workers, len(tasks))
        with ProcessPoolExecutor(count, context, begin, (worker,)) as pool:
            waiting = {pool.submit(work, task): task for task in tasks}
            try:
                for done in as_completed(waiting):
                    yield _outcome(done, waiting[done], waiting, kept)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Nothing is held between calls."""


def _here(worker: Callable[[Task], None], tasks: Sequence[Task], kept: Path) -> Iterator[Task]:
    with threadpool_limits(1):
        for task in tasks:
            try:
                worker(task)
            except OSError as error:
                raise stopped_by(error, str(task), kept) from error
            yield task


class _Held:
    worker: Callable[[Any], None]


def begin(worker: Callable[[Any], None]) -> None:
    """Makes this process a worker, on one thread."""
    use_threads(1)
    threadpool_limits(1)
    _Held.worker = worker


def work(task: Any) -> None:
    """What a process does that has begun."""
    _Held.worker(task)


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
    return future.done() and future.exception() is None
