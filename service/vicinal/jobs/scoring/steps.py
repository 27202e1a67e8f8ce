"""Stages of a scoring job: all tasks of one kind, of which each has to be done."""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from vicinal.core.errors import VicinalError
from vicinal.jobs.engines.protocol import Engine, Failed, Lost, Task, WorkerFactory
from vicinal.jobs.progress import Pace
from vicinal.jobs.scoring.unfinished import unfinished, unfinished_by


def pace_of(waiting: Sequence[Task], rows: int, report: Callable[[int], None]) -> Pace:
    """Counts the rows of a stage, of which those that wait are not done yet."""
    return Pace(rows - sum(task.rows for task in waiting), rows, lambda progress: report(progress.rows_done))


def run_tasks(engine: Engine, work: WorkerFactory, tasks: Sequence[Task], kept: Path, pace: Pace) -> None:
    """Has all tasks done; workers keep what they find themselves.

    Args:
        engine: who does them.
        work: what they have in common.
        tasks: in the order they are begun.
        kept: the folder of what is done, for errors.
        pace: is told how many rows are done.

    Raises:
        JobUnfinished: a worker died or the system refused; names the task.
        VicinalError: a worker refused its task.
    """
    with closing(engine.run(work, tasks, pace)) as events:
        for event in events:
            match event:
                case Failed(error=VicinalError() as error):
                    raise error
                case Failed(task, error=OSError() as error):
                    raise unfinished_by(error, str(task), kept) from error
                case Failed(task, why) | Lost(task, why):
                    raise unfinished(str(task or "a worker"), why, kept)
