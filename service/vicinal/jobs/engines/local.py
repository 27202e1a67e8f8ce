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
        self._hands: list[WorkerProcess] = []

    def run(self, work: WorkerFactory, tasks: Sequence[Any], pace: RowProgress) -> Generator[Event]:
        """See `Engine.run`."""
        waiting = deque(tasks)
        if not (work.apart or self._hands):
            yield from self._here(work, waiting, pace)
        if waiting or work.apart:
            yield from self._by_workers(work, waiting, pace)

    def close(self) -> None:
        """See `Engine.close`."""
        for hand in self._hands:
            hand.end()
        self._hands.clear()

    def _here(self, work: WorkerFactory, waiting: deque[Any], pace: RowProgress) -> Generator[Event]:
        """Does what is not worth starting processes for."""
        if not waiting:
            return
        begun, rows, worker = time.monotonic(), 0, work.begin()
        pace.begin()
        while waiting and not (
            rows and self._are_workers_worthwhile(waiting, (time.monotonic() - begun) / rows)
        ):
            task, task_pace = waiting.popleft(), TaskProgress(pace)
            with threadpool_limits(work.threads):
                event = attempt_task(worker, task, task_pace.report)
            task_pace.settle(event)
            rows += task.rows
            yield event

    def _are_workers_worthwhile(self, waiting: Sequence[Task], row_seconds: float) -> bool:
        seconds = row_seconds * sum(task.rows for task in waiting)
        return seconds * (1 - 1 / min(self._workers, len(waiting))) > START_SECONDS

    def _by_workers(self, work: WorkerFactory, waiting: deque[Any], pace: RowProgress) -> Generator[Event]:
        count = max(1, min(self._workers, len(waiting)))
        while len(self._hands) < count:
            self._hands.append(WorkerProcess())
        shift = _Shift(self._hands[:count], waiting, pace)
        try:
            yield from shift.events(work)
        finally:
            for hand in shift.at_work:  # whoever asked for this has given it up
                hand.end()
            self._hands = [hand for hand in self._hands if hand.is_there]


class _Shift:
    """Some processes at one kind of work.

    Attributes:
        at_work: those that have not done their last task.
    """

    def __init__(self, hands: list[WorkerProcess], waiting: deque[Any], pace: RowProgress) -> None:
        self.at_work = hands
        self._waiting, self._pace = waiting, pace
        self._paces = dict[WorkerProcess, TaskProgress]()

    def events(self, work: WorkerFactory) -> Iterator[Event]:
        """What comes of the tasks."""
        was_asked_to_try, early = not self._waiting, list[TaskLost]()
        for hand in self.at_work:
            hand.begin(work)
        while self.at_work:
            for connection in wait([hand.connection for hand in self.at_work]):
                hand = next(each for each in self.at_work if each.connection is connection)
                event = self._heard(hand)
                if isinstance(event, TaskLost) and event.task is None:
                    early.append(event)
                elif event is not None:
                    yield event
        if self._waiting or was_asked_to_try:
            yield from early  # they matter only where nobody did their work
        yield from (TaskLost(task, "was not begun: no worker was left") for task in self._waiting)

    def _heard(self, hand: WorkerProcess) -> Event | None:
        match hand.heard():
            case WorkRefused(error):
                raise error
            case RowsDone(rows):
                self._paces[hand].report(rows)
                return None
            case WorkerReady():
                self._pace.begin()
                self._next(hand)
                return None
            case None:
                return self._lose(hand)
            case event:
                self._paces[hand].settle(event)
                self._next(hand)
                return event

    def _next(self, hand: WorkerProcess) -> None:
        """Gives a worker its next task, or none."""
        hand.give(self._waiting.popleft() if self._waiting else None)
        self._paces[hand] = TaskProgress(self._pace)
        if hand.task is None:
            self.at_work.remove(hand)

    def _lose(self, hand: WorkerProcess) -> TaskLost:
        """Notes that a worker has ended."""
        self.at_work.remove(hand)
        how = hand.ended()
        if hand.task is None:
            return TaskLost(None, f"{how} before it had a task; what it wrote says why")
        lost = TaskLost(hand.task, f"its worker {how}")
        self._paces[hand].settle(lost)
        return lost
