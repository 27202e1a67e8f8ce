"""What a scoring job is to do: tasks of one kind after another, each of which has to be done."""

import errno
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from vicinal.core.errors import InvalidInput, JobUnfinished, VicinalError
from vicinal.core.scoring.density import Density
from vicinal.core.scoring.strategies import Strategy, strategy_named
from vicinal.data.labels import GivenExample, GivenLabels
from vicinal.jobs.engines.protocol import Engine, Task, TaskFailed, TaskLost, WorkerFactory
from vicinal.jobs.progress import RowProgress
from vicinal.jobs.vectors_in import VectorShards
from vicinal.records.pool_options import Metric, VoteModel, Weighting

RANGE_ROWS = 1 << 16
"""Rows that a worker scores at a time."""

EXACT_ROWS = 8_000_000
"""Up to so many items ranks and batches are exact; some 400 bytes an item of the job's own memory."""


@dataclass(frozen=True)
class ScoringPlan:
    """What numbers are asked for; goes to every worker.

    Attributes:
        strategy: its name.
        metric: of the vectors.
        neighbours: labelled items that vote, where the nearest vote.
        weighting: of their votes.
        seed: of the strategy `random`.
        only_classes: whether nothing but predicted classes is asked for.
        range_rows: rows that a worker scores at a time.
        exact_rows: the largest pool whose ranks are found by sorting.
    """

    strategy: str = "default"
    metric: Metric = Metric.COSINE
    neighbours: int = 10
    weighting: Weighting = Weighting.SIMILARITY
    seed: int = 0
    only_classes: bool = False
    range_rows: int = RANGE_ROWS
    exact_rows: int = EXACT_ROWS

    @property
    def chosen_strategy(self) -> Strategy:
        """The strategy of that name."""
        return strategy_named(self.strategy)

    @property
    def needs_graph(self) -> bool:
        """Whether votes or densities go by the pool's neighbour graph."""
        strategy = self.chosen_strategy
        by_density = strategy.density is Density.LOCAL and strategy.density_weight > 0
        return strategy.vote_model is not VoteModel.DIRECT or (by_density and not self.only_classes)


@dataclass(frozen=True)
class RowRange:
    """Rows of one shard that are scored together.

    Attributes:
        number: of the stretch, from 0.
        shard: number of the shard.
        group: number of the stretch within its shard.
        start: first row, counted over the whole pool.
        stop: the row after the last.
    """

    number: int
    shard: int
    group: int
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """How many."""
        return self.stop - self.start

    def __str__(self) -> str:
        return f"rows {self.start + 1} to {self.stop} of the pool"


def split_into_ranges(shards: VectorShards, range_rows: int) -> list[RowRange]:
    """All rows, shard by shard."""
    found: list[RowRange] = []
    first = 0
    for number, shard in enumerate(shards.shards):
        for group, start in enumerate(range(0, shard.rows, range_rows)):
            stop = min(start + range_rows, shard.rows)
            found.append(RowRange(len(found), number, group, first + start, first + stop))
        first += shard.rows
    return found


def job_digest(shards: VectorShards, given: GivenLabels, plan: ScoringPlan) -> str:
    """What tells a job from others: its vectors as they lie on disk, its labels, and what is asked for."""
    files = [each.path for each in shards.shards]
    facts = [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    # Rows that are left out change nothing, and are in a file of another name when labels come by a pipe.
    labels = {name: value for name, value in vars(given).items() if name != "left_out"}
    plan_text = json.dumps([facts, labels, asdict(plan)], sort_keys=True, default=_as_json)
    return hashlib.sha256(plan_text.encode()).hexdigest()[:32]


def _as_json(value: set[str] | GivenExample) -> object:
    return sorted(value) if isinstance(value, set) else asdict(value)


def check_request(plan: ScoringPlan, batch: int, rows: int, given: GivenLabels, labels: Path) -> None:
    """Refuses what this pool and these labels cannot give.

    Raises:
        InvalidInput: more items are to be chosen than there are, or classes are given without a label.
    """
    if batch > rows:
        raise InvalidInput.at("batch", f"is {batch}, but the pool has {rows} items; choose fewer")
    if plan.only_classes and not (given.labels or given.examples):
        raise InvalidInput.at(str(labels), "there is no label that votes, and so no class to tell")


def unfinished_error(what: str, why: str, kept: Path) -> JobUnfinished:
    """The error for what the job was at, with the folder that keeps what is done."""
    going_on = f"what is done is kept in {kept}, and the same command goes on from there"
    return JobUnfinished(f"{what}: {why}; {going_on}")


def unfinished_by_system(error: OSError, what: str, kept: Path) -> JobUnfinished:
    """What a refusal of the system means for a job."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return unfinished_error(what, "the disk is full; free disk space", kept)
    named = f" ({error.filename})" if error.filename else ""
    return unfinished_error(what, f"{error.strerror or error}{named}", kept)


def start_progress(waiting: Sequence[Task], rows: int, report: Callable[[int], None]) -> RowProgress:
    """Counts the rows of a stage, of which those that wait are not done yet."""
    return RowProgress(
        rows - sum(task.rows for task in waiting), rows, lambda progress: report(progress.rows_done)
    )


def run_tasks(
    engine: Engine, work: WorkerFactory, tasks: Sequence[Task], kept: Path, progress: RowProgress
) -> None:
    """Has all tasks done; workers keep what they find themselves.

    Args:
        engine: who does them.
        work: what they have in common.
        tasks: in the order they are begun.
        kept: the folder of what is done, for errors.
        progress: called with the number of finished rows.

    Raises:
        JobUnfinished: a worker died or the system refused; names the task.
        VicinalError: a worker refused its task.
    """
    with closing(engine.run(work, tasks, progress)) as events:
        for event in events:
            match event:
                case TaskFailed(error=VicinalError() as error):
                    raise error
                case TaskFailed(task, error=OSError() as error):
                    raise unfinished_by_system(error, str(task), kept) from error
                case TaskFailed(task, why) | TaskLost(task, why):
                    raise unfinished_error(str(task or "a worker"), why, kept)
