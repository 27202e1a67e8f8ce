"""`score` and `classify`: a pool on disk and labels in, every item's numbers and the next batch out."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import Metric
from vicinal.core.strategies import strategy_named
from vicinal.core.votes import Weighting
from vicinal.jobs.scoring.by_nearest import EXACT_ROWS, outcome_by_nearest, score_parts
from vicinal.jobs.scoring.engines import Engine, EngineName, LocalEngine
from vicinal.jobs.scoring.gathering import Gatherer, Intake
from vicinal.jobs.scoring.labels_in import GivenLabels, read_labels
from vicinal.jobs.scoring.outcome import Outcome
from vicinal.jobs.scoring.plan import Plan, digest_of, stretches
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk, pool_on_disk
from vicinal.jobs.scoring.scratch import Scratch
from vicinal.jobs.scoring.writing import write_outcome
from vicinal.jobs.stopped import stopped_by
from vicinal.jobs.vectors_in import VectorShards, open_vectors

# Told what the job is at, and how many of the pool's items that has done.
Report = Callable[[str, int, int], None]


def score(
    pool: str | Path,
    labels: str | Path,
    out: str | Path,
    *,
    strategy: str = "default",
    batch: int = 0,
    metric: Metric = Metric.COSINE,
    vote_neighbours: int = 10,
    vote_weighting: Weighting = Weighting.SIMILARITY,
    seed: int = 0,
    engine: EngineName = EngineName.LOCAL,
    workers: int = 1,
    address: str = "",
    exact_rows: int = EXACT_ROWS,
    report: Report = lambda *_: None,
) -> dict[str, Any]:
    """Scores every item of a pool of vectors on disk, as a service with these labels would.

    The folder `out` appears when all is written: a Parquet file for each of the pool's, `batch.json` and
    `batch.csv` with the items to label next, and `manifest.json`. Until then `.<out>.unfinished` beside it
    holds what is done, the vectors as float32 among it; the same call goes on from there.

    Args:
        pool: folder, glob or file of vectors, as `open_vectors` takes them.
        labels: file of ids and labels, as `read_labels` takes them.
        out: folder to be made.
        strategy: by which items are scored.
        batch: items to choose, 0 or more.
        metric: of the vectors.
        vote_neighbours: labelled items that vote, where the nearest vote.
        vote_weighting: of their votes.
        seed: of the strategy `random`.
        engine: who does the work.
        workers: processes or actors.
        address: of a Ray cluster; empty is one on this machine.
        exact_rows: the largest pool whose ranks are found by sorting; of larger ones they are within a
            thousandth of the number of items.
        report: is told how far the job has come.

    Returns:
        What is in `manifest.json`.

    Raises:
        InvalidInput: a file, a label or an argument is wrong; names it.
        JobStopped: a worker died or the system refused; says at what.
    """
    strategy_named(strategy)
    if batch < 0:
        raise InvalidInput.at("batch", f"is {batch}; give 0 or more")
    plan = Plan(strategy, Metric(metric), vote_neighbours, Weighting(vote_weighting), seed)
    with_engine = _engine(EngineName(engine), workers, address)
    return _run(pool, labels, out, plan, batch, with_engine, exact_rows, report)


def classify(
    pool: str | Path,
    labels: str | Path,
    out: str | Path,
    *,
    strategy: str = "default",
    metric: Metric = Metric.COSINE,
    vote_neighbours: int = 10,
    vote_weighting: Weighting = Weighting.SIMILARITY,
    engine: EngineName = EngineName.LOCAL,
    workers: int = 1,
    address: str = "",
    report: Report = lambda *_: None,
) -> dict[str, Any]:
    """As `score`, but tells the predicted class and shares of every item alone.

    Args:
        pool: see `score`, as the other arguments.
        labels: file of ids and labels.
        out: folder to be made.
        strategy: whose votes are counted.
        metric: of the vectors.
        vote_neighbours: labelled items that vote.
        vote_weighting: of their votes.
        engine: who does the work.
        workers: processes or actors.
        address: of a Ray cluster.
        report: is told how far the job has come.

    Raises:
        InvalidInput: as `score`.
        JobStopped: as `score`.
    """
    plan = Plan(strategy, Metric(metric), vote_neighbours, Weighting(vote_weighting), only_classes=True)
    strategy_named(strategy)
    with_engine = _engine(EngineName(engine), workers, address)
    return _run(pool, labels, out, plan, 0, with_engine, EXACT_ROWS, report)


def scratch_folder(out: str | Path) -> Path:
    """Where a job keeps what is done until its output is whole."""
    path = Path(out)
    return path.with_name(f".{path.name}.unfinished")


def _engine(name: EngineName, workers: int, address: str) -> Engine:
    if workers < 1:
        raise InvalidInput.at("workers", f"is {workers}; give 1 or more")
    if name is EngineName.LOCAL:
        return LocalEngine(workers)
    from vicinal.jobs.scoring.ray_engine import RayEngine  # noqa: PLC0415 - heavy, and of an extra

    return RayEngine(workers, address)


def _run(
    pool: str | Path,
    labels: str | Path,
    out: str | Path,
    plan: Plan,
    batch: int,
    engine: Engine,
    exact_rows: int,
    report: Report,
) -> dict[str, Any]:
    target = Path(out)
    if target.exists():
        raise InvalidInput.at("out", f"{target} is there already; name another folder, or remove it")
    shards, given = open_vectors(pool), read_labels(labels)
    scratch = Scratch(scratch_folder(target).absolute())
    try:
        scratch.begin(digest_of(shards, Path(labels), plan))
        taken = _gathered(shards, given, Path(labels), plan, scratch, engine, report)
        outcome = _outcome(taken, plan, engine, batch, exact_rows, report)
        told = write_outcome(taken, outcome, plan, lambda done: report("writing", done, taken.rows))
        scratch.finished.replace(target)
    except OSError as error:
        raise stopped_by(error, str(target), scratch.folder) from error
    finally:
        engine.close()
    shutil.rmtree(scratch.folder, ignore_errors=True)
    return told


def _gathered(
    shards: VectorShards,
    given: GivenLabels,
    labels: Path,
    plan: Plan,
    scratch: Scratch,
    engine: Engine,
    report: Report,
) -> PoolOnDisk:
    intakes, first = [], 0
    for number, shard in enumerate(shards.shards):
        intakes.append(Intake(number, shard, first))
        first += shard.rows
    waiting = [intake for intake in intakes if not scratch.has(f"{intake.name}.json")]
    done = shards.rows - sum(intake.shard.rows for intake in waiting)
    report("reading", done, shards.rows)
    wanted = frozenset(given.labels) | given.aside | given.kept_in
    for intake in engine.each(Gatherer(scratch.folder, plan, wanted), waiting, scratch.folder):
        done += intake.shard.rows
        report("reading", done, shards.rows)
    return pool_on_disk(scratch, intakes, given, labels, stretches(shards))


def _outcome(
    pool: PoolOnDisk, plan: Plan, engine: Engine, batch: int, exact_rows: int, report: Report
) -> Outcome:
    classes = score_parts(pool, plan, engine, lambda done: report("scoring", done, pool.rows))
    report("ranking", 0, pool.rows)
    return outcome_by_nearest(pool, plan, classes, batch, exact_rows)
