"""The interface of an engine: its tasks and its results."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from vicinal.core.errors import VicinalError
from vicinal.jobs.progress import RowProgress


class EngineName(StrEnum):
    """LOCAL: processes of this machine. RAY: actors of Ray Data, of a Ray of its own where none is named."""

    LOCAL = "local"
    RAY = "ray"


class Task(Protocol):
    """A stretch of work; its words name it in errors."""

    @property
    def rows(self) -> int:
        """Of the input that it goes through."""
        ...


ReportRows = Callable[[int], None]
Worker = Callable[[Any, ReportRows], Any]
"""Does a task, telling how many more of its rows are done, and answers."""


class WorkerFactory(Protocol):
    """One kind of work. It goes to each worker once, by pickle; tasks follow."""

    @property
    def threads(self) -> int:
        """That a worker may take."""
        ...

    @property
    def needs_own_process(self) -> bool:
        """Whether it must never be done in the process that asks for it, even if there is little of it."""
        ...

    def begin(self) -> Worker:
        """Makes what all tasks need, a loaded model for one.

        Raises:
            VicinalError: it cannot be had; the job ends.
        """
        ...


@dataclass(frozen=True)
class TaskDone:
    """A task, and what the worker answered."""

    task: Any
    answer: Any


@dataclass(frozen=True)
class TaskFailed:
    """A task that cannot be done; others may.

    Attributes:
        task: which.
        why: in words.
        error: as it was raised, where it is one of ours or the system's.
    """

    task: Any
    why: str
    error: VicinalError | OSError | None = None


@dataclass(frozen=True)
class TaskLost:
    """A task whose worker died at it, or that nobody was left for.

    Attributes:
        task: which; None where a worker died before it had one, and there was none to be lost.
        why: in words.
    """

    task: Any
    why: str


Event = TaskDone | TaskFailed | TaskLost


@dataclass
class TaskProgress:
    """Keeps the pace right by task: what came of one says how many of its rows count.

    Attributes:
        progress: of the job.
        reported_rows: rows that the task has reported so far.
    """

    progress: RowProgress
    reported_rows: int = 0

    def report(self, rows: int) -> None:
        """More rows of the task were gone through."""
        self.reported_rows += rows
        self.progress.add(rows)

    def finish(self, event: Event) -> None:
        """The task is over."""
        rows = event.task.rows if isinstance(event, TaskDone) else 0
        if rows != self.reported_rows:
            self.progress.add(rows - self.reported_rows)


class Engine(Protocol):
    """Has tasks done by as many workers as it was made with. It may be asked again and again."""

    def run(self, work: WorkerFactory, tasks: Sequence[Any], progress: RowProgress) -> Generator[Event]:
        """Gives the tasks to workers, in order; a task that fails or is lost is not tried by this call again.

        Work that is done apart is begun by one worker even without a task, to see that it can be done. What
        was not answered when the iterator is closed is given up.

        Args:
            work: what the tasks have in common.
            tasks: each a `Task`, for `work`.
            progress: called with the progress of the work; a cluster reports it task by task.

        Yields:
            What came of each task, in any order.

        Raises:
            VicinalError: the work cannot be begun, or Ray cannot be had.
        """
        ...

    def close(self) -> None:
        """Lets the workers go, at once."""
        ...


def attempt_task(worker: Worker, task: Any, report: ReportRows) -> TaskDone | TaskFailed:
    """What comes of a task."""
    try:
        return TaskDone(task, worker(task, report))
    except VicinalError as error:
        return TaskFailed(task, str(error), error)
    except Exception as error:  # models of others raise what they like
        known = error if isinstance(error, OSError) else None
        return TaskFailed(task, f"{type(error).__name__}: {error}", known)
