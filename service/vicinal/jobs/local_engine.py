"""Shards by processes on this machine."""

import multiprocessing
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from vicinal.core.errors import Violation
from vicinal.jobs.embedding_piece import Task, Work
from vicinal.jobs.progress import Pace
from vicinal.jobs.state import ShardRecord
from vicinal.jobs.worker import Answer, Failed, Passed, Ready, Refused, run_worker


@dataclass
class _Hand:
    """A worker, as its parent sees it."""

    process: SpawnProcess
    connection: Connection
    task: Task | None = None
    passed: int = 0


@dataclass
class _Run:
    """What is left to do, and what came of the rest."""

    waiting: deque[Task]
    pace: Pace
    records: list[ShardRecord] = field(default_factory=list)
    problems: list[Violation] = field(default_factory=list)
    lost: list[Violation] = field(default_factory=list)

    def next_for(self, hand: _Hand) -> None:
        """Gives a worker its next task, or lets it go."""
        hand.task, hand.passed = self.waiting.popleft() if self.waiting else None, 0
        hand.connection.send(hand.task)

    def fail(self, hand: _Hand, why: str) -> None:
        """Notes that the task in hand was not done."""
        assert hand.task is not None
        self.problems.append(Violation(str(hand.task), why))
        self.pace.add(-hand.passed)


def run_tasks(
    tasks: Sequence[Task], work: Work, workers: int, pace: Pace
) -> tuple[list[ShardRecord], list[Violation]]:
    """Does all tasks, each in one of so many processes that load the model once.

    A task that fails, or whose worker dies, is told of and not tried again; the others go on while there is
    a worker.

    Returns:
        Records of the shards that were made, and what went wrong with the others.

    Raises:
        VicinalError: no model, another model than that of the shards that are there, or no room on the disk.
    """
    run = _Run(deque(tasks), pace)
    with _crew(max(1, min(workers, len(tasks))), work) as hands:
        while hands:
            for connection in wait([hand.connection for hand in hands]):
                hand = next(each for each in hands if each.connection is connection)
                try:
                    _heard(run, hand, hand.connection.recv())
                except (EOFError, ConnectionResetError, BrokenPipeError):
                    hands.remove(hand)
                    _gone(run, hand)
    if run.waiting or not tasks:
        run.problems += run.lost  # workers that never began matter only where nobody did their work
    run.problems += [Violation(str(task), "was not begun: no worker was left") for task in run.waiting]
    return run.records, run.problems


@contextmanager
def _crew(count: int, work: Work) -> Iterator[list[_Hand]]:
    """Workers, which are ended at the latest with this."""
    # Not by fork: TensorFlow's threads do not live in a copy of the process.
    context = multiprocessing.get_context("spawn")
    hands = list[_Hand]()
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=run_worker, args=(theirs, work), daemon=True)
            process.start()
            theirs.close()
            hands.append(_Hand(process, ours))
        started = list(hands)
        yield hands
        for hand in started:
            hand.process.join()
    finally:
        for hand in hands:
            hand.process.terminate()
            hand.process.join()
            hand.connection.close()


def _heard(run: _Run, hand: _Hand, answer: Answer) -> None:
    match answer:
        case Refused(error):
            raise error
        case Passed(rows):
            hand.passed += rows
            run.pace.add(rows)
            return
        case Ready():
            run.pace.begin()
        case Failed(why):
            run.fail(hand, why)
        case _:
            run.records.append(answer)
    run.next_for(hand)


def _gone(run: _Run, hand: _Hand) -> None:
    """A worker has ended: as it was told to, or killed."""
    hand.process.join()
    code = hand.process.exitcode
    how = f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
    hint = "; if nobody did that, memory ran out: take fewer workers" if code == -9 else ""
    if hand.task is not None:
        run.fail(hand, f"its worker {how}{hint}; run the job again")
    elif code != 0:
        run.lost.append(Violation("a worker", f"{how} before it had a shard; what it wrote says why{hint}"))
    hand.connection.close()
