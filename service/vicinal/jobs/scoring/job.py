"""A scoring job from its files to its output."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.strategies import strategy_named
from vicinal.data.labels import GivenLabels
from vicinal.data.left_out import LeftOut
from vicinal.jobs.engines.opening import open_engine
from vicinal.jobs.engines.protocol import Engine, EngineName
from vicinal.jobs.scoring.by_nearest import rank_by_nearest, score_ranges
from vicinal.jobs.scoring.labels_in import read_labels
from vicinal.jobs.scoring.plan import (
    ScoringPlan,
    check_request,
    job_digest,
    run_tasks,
    split_into_ranges,
    start_progress,
    unfinished_by_system,
)
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk, ShardReader, ShardTask, open_pool
from vicinal.jobs.scoring.ranking import ScoringOutcome
from vicinal.jobs.scoring.scratch import ScratchFolder
from vicinal.jobs.scoring.writing import write_outcome
from vicinal.jobs.vectors_in import VectorShards, open_vectors

# Told what the job is at, and how many of the pool's items that has done.
Report = Callable[[str, int, int], None]


def ignore_progress(_stage: str, _done: int, _rows: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True)
class ScoringJob:
    """A pool, labels, and what is asked for; see `score` for the fields."""

    pool: str
    labels: Path
    out: Path
    plan: ScoringPlan
    batch: int = 0
    engine: EngineName = EngineName.LOCAL
    workers: int = 1
    ray_address: str = ""
    report: Report = ignore_progress

    def run(self) -> dict[str, Any]:
        """Does the job; returns what the manifest says.

        Raises:
            InvalidInput: a file, a label or an argument is wrong; names it.
            JobUnfinished: a worker died or the system refused; says at what.
        """
        self._check()
        shards, given = open_vectors(self.pool), read_labels(self.labels)
        check_request(self.plan, self.batch, shards.rows, given, self.labels)
        scratch = ScratchFolder(scratch_folder(self.out).absolute())
        engine = open_engine(self.engine, self.workers, self.ray_address)
        try:
            scratch.open_for_job(job_digest(shards, given, self.plan))
            pool = self._read_pool(shards, given, scratch, engine)
            outcome = self._rank(pool, engine)
            threads, report = min(self.workers, os.cpu_count() or 1), self._report_step("writing", pool.rows)
            left_out = LeftOut()
            left_out.add(shards.left_out)
            left_out.failures += given.left_out
            summary = write_outcome(pool, outcome, self.plan, threads, report, left_out=left_out)
            scratch.output_folder.replace(self.out)
        except OSError as error:
            raise unfinished_by_system(error, str(self.out), scratch.folder) from error
        finally:
            engine.close()
            scratch.release()
        shutil.rmtree(scratch.folder, ignore_errors=True)
        return summary

    def _check(self) -> None:
        strategy_named(self.plan.strategy)
        if self.batch < 0:
            raise InvalidInput.at("batch", f"is {self.batch}; give 0 or more")
        if self.workers < 1:
            raise InvalidInput.at("workers", f"is {self.workers}; give 1 or more")
        if self.plan.neighbours < 1:
            raise InvalidInput.at("vote_neighbours", f"is {self.plan.neighbours}; give 1 or more")
        if self.out.exists():
            raise InvalidInput.at("out", f"{self.out} is there already; name another folder, or remove it")

    def _report_step(self, step: str, rows: int) -> Callable[[int], None]:
        return lambda done: self.report(step, done, rows)

    def _read_pool(
        self, shards: VectorShards, given: GivenLabels, scratch: ScratchFolder, engine: Engine
    ) -> PoolOnDisk:
        tasks, first = [], 0
        for number, shard in enumerate(shards.shards):
            tasks.append(ShardTask(number, shard, first))
            first += shard.rows
        waiting = [task for task in tasks if not scratch.has(f"{task.name}.json")]
        reader = ShardReader(scratch.folder, self.plan, given.mentioned)
        progress = start_progress(waiting, shards.rows, self._report_step("reading", shards.rows))
        run_tasks(engine, reader, waiting, scratch.folder, progress)
        parts = split_into_ranges(shards, self.plan.range_rows)
        return open_pool(scratch, tasks, given, self.labels, parts, metric=self.plan.metric)

    def _rank(self, pool: PoolOnDisk, engine: Engine) -> ScoringOutcome:
        if self.plan.needs_graph:
            return self._rank_by_graph(pool, engine)
        classes = score_ranges(pool, self.plan, engine, self._report_step("scoring", pool.rows))
        engine.close()  # the rest runs in this process and needs the memory
        if self.plan.only_classes:
            return rank_by_nearest(pool, self.plan, classes, self.batch)
        ranking = self._report_step("ranking", pool.rows)
        ranking(0)
        outcome = rank_by_nearest(pool, self.plan, classes, self.batch)
        ranking(pool.rows)
        return outcome

    def _rank_by_graph(self, pool: PoolOnDisk, engine: Engine) -> ScoringOutcome:
        # With them comes FAISS, which the other strategies and their workers need not wait for.
        from vicinal.jobs.scoring.by_nearest import rank_by_graph  # noqa: PLC0415
        from vicinal.jobs.scoring.neighbour_lists import find_lists  # noqa: PLC0415

        report = self._report_step("searching for neighbours", pool.rows)
        if self.engine is EngineName.RAY:
            find_lists(pool, self.plan.metric, engine, report)
            engine.close()
        return rank_by_graph(pool, self.plan, self.workers, self.batch, report)


def scratch_folder(out: Path) -> Path:
    """Where a job keeps what is done until its output is whole."""
    return out.with_name(f".{out.name}.unfinished")
