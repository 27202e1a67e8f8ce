"""Processes of this machine."""

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait
from typing import Any

from threadpoolctl import threadpool_limits

from vicinal.jobs.engines.process import RowsDone, WorkerProcess, WorkerReady, WorkRefused
from vicinal.jobs.engines.protocol import Event, Task, TaskLost, TaskProgress, WorkerFactory, attempt_task
from vicinal.jobs.progress import RowProgress

START_SECONDS = 2.0
"""What several processes have to save, by the pace so far, before they are started."""


class LocalEngine:
    """Processes, which stay from one kind of work to the next.

    What need not be done apart is done in this very process where there is one worker, and by several until
    it is seen that they are worth their start.

    Args:
        workers: how many.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._processes: list[WorkerProcess] = []

    def run(self, work: WorkerFactory, tasks: Sequence[Any], progress: RowProgress) -> Generator[Event]:
        """See `Engine.run`."""
        waiting = deque(tasks)
        if not (work.needs_own_process or self._processes):
            yield from self._run_here(work, waiting, progress)
        if waiting or work.needs_own_process:
            yield from self._run_in_workers(work, waiting, progress)

    def close(self) -> None:
        """See `Engine.close`."""
        for process in self._processes:
            process.kill()
        self._processes.clear()

    def _run_here(self, work: WorkerFactory, waiting: deque[Any], progress: RowProgress) -> Generator[Event]:
        """Does what is not worth starting processes for."""
        if not waiting:
            return
        begun, rows, worker = time.monotonic(), 0, work.begin()
        progress.start_clock()
        while waiting and not (
            rows and self._are_workers_worthwhile(waiting, (time.monotonic() - begun) / rows)
        ):
            task, task_progress = waiting.popleft(), TaskProgress(progress)
            with threadpool_limits(work.threads):
                event = attempt_task(worker, task, task_progress.report)
            task_progress.finish(event)
            rows += task.rows
            yield event

    def _are_workers_worthwhile(self, waiting: Sequence[Task], row_seconds: float) -> bool:
        seconds = row_seconds * sum(task.rows for task in waiting)
        return seconds * (1 - 1 / min(self._workers, len(waiting))) > START_SECONDS

    def _run_in_workers(
        self, work: WorkerFactory, waiting: deque[Any], progress: RowProgress
    ) -> Generator[Event]:
        count = max(1, min(self._workers, len(waiting)))
        while len(self._processes) < count:
            self._processes.append(WorkerProcess())
        group = _WorkerGroup(self._processes[:count], waiting, progress)
        try:
            yield from group.events(work)
        finally:
            for process in group.busy:  # whoever asked for this has given it up
                process.kill()
            self._processes = [process for process in self._processes if process.is_running]


class _WorkerGroup:
    """Some processes at one kind of work.

    Attributes:
        at_work: those that have not done their last task.
    """

    def __init__(self, processes: list[WorkerProcess], waiting: deque[Any], progress: RowProgress) -> None:
        self.busy = processes
        self._waiting, self._progress = waiting, progress
        self._progress_by_worker = dict[WorkerProcess, TaskProgress]()

    def events(self, work: WorkerFactory) -> Iterator[Event]:
        """What comes of the tasks."""
        was_asked_to_try, early = not self._waiting, list[TaskLost]()
        for process in self.busy:
            process.begin(work)
        while self.busy:
            for connection in wait([process.connection for process in self.busy]):
                process = next(each for each in self.busy if each.connection is connection)
                event = self._receive_event(process)
                if isinstance(event, TaskLost) and event.task is None:
                    early.append(event)
                elif event is not None:
                    yield event
        if self._waiting or was_asked_to_try:
            yield from early  # they matter only where nobody did their work
        yield from (TaskLost(task, "was not begun: no worker was left") for task in self._waiting)

    def _receive_event(self, process: WorkerProcess) -> Event | None:
        match process.receive():
            case WorkRefused(error):
                raise error
            case RowsDone(rows):
                self._progress_by_worker[process].report(rows)
                return None
            case WorkerReady():
                self._progress.start_clock()
                self._give_next_task(process)
                return None
            case None:
                return self._note_lost(process)
            case event:
                self._progress_by_worker[process].finish(event)
                self._give_next_task(process)
                return event

    def _give_next_task(self, process: WorkerProcess) -> None:
        """Gives a worker its next task, or none."""
        process.assign(self._waiting.popleft() if self._waiting else None)
        self._progress_by_worker[process] = TaskProgress(self._progress)
        if process.task is None:
            self.busy.remove(process)

    def _note_lost(self, process: WorkerProcess) -> TaskLost:
        """Notes that a worker has ended."""
        self.busy.remove(process)
        how = process.wait_for_exit()
        if process.task is None:
            return TaskLost(None, f"{how} before it had a task; what it wrote says why")
        lost = TaskLost(process.task, f"its worker {how}")
        self._progress_by_worker[process].finish(lost)
        return lost
