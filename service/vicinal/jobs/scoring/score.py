"""`score` and `classify`: a pool on disk and labels in, every item's numbers and the next batch out."""

from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from vicinal.core.errors import InvalidInput
from vicinal.jobs.engines.protocol import EngineName
from vicinal.jobs.scoring.job import Report, ScoringJob, ignore_progress
from vicinal.jobs.scoring.plan import ScoringPlan
from vicinal.records.pool_options import Metric, Weighting

Word = TypeVar("Word", bound=StrEnum)


def score(
    pool: str | Path,
    labels: str | Path,
    out: str | Path,
    *,
    strategy: str = "default",
    batch: int = 0,
    metric: str = Metric.COSINE,
    vote_neighbours: int = 10,
    vote_weighting: str = Weighting.SIMILARITY,
    seed: int = 0,
    engine: str = EngineName.LOCAL,
    workers: int = 1,
    ray_address: str = "",
    report: Report = ignore_progress,
) -> dict[str, Any]:
    """Scores every item of a pool of vectors on disk, as a service with these labels would.

    The folder `out` appears when all is written: a Parquet file for each of the pool's, `batch.json` and
    `batch.csv` with the items to label next, and `manifest.json`. Until then `.<out>.unfinished` next to it
    holds what is done, the vectors as float32 among it; the same call goes on from there.

    Ranks of pools of more than `EXACT_ROWS` items are within a thousandth of the number of items.

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
        ray_address: of a Ray cluster; empty is one on this machine.
        report: is told how far the job has come.

    Returns:
        What is in `manifest.json`.

    Raises:
        InvalidInput: a file, a label or an argument is wrong; names it.
        JobUnfinished: a worker died or the system refused; says at what.
    """
    plan = ScoringPlan(
        *(strategy, parse_enum("metric", Metric, metric), vote_neighbours),
        *(parse_enum("vote_weighting", Weighting, vote_weighting), seed),
    )
    job = ScoringJob(
        *(str(pool), Path(labels), Path(out), plan),
        batch=batch,
        engine=parse_enum("engine", EngineName, engine),
        workers=workers,
        ray_address=ray_address,
        report=report,
    )
    return job.run()


def classify(
    pool: str | Path,
    labels: str | Path,
    out: str | Path,
    *,
    strategy: str = "default",
    metric: str = Metric.COSINE,
    vote_neighbours: int = 10,
    vote_weighting: str = Weighting.SIMILARITY,
    engine: str = EngineName.LOCAL,
    workers: int = 1,
    ray_address: str = "",
    report: Report = ignore_progress,
) -> dict[str, Any]:
    """As `score`, but tells the predicted class and probabilities of every item alone.

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
        ray_address: of a Ray cluster.
        report: is told how far the job has come.

    Raises:
        InvalidInput: as `score`.
        JobUnfinished: as `score`.
    """
    plan = ScoringPlan(
        *(strategy, parse_enum("metric", Metric, metric), vote_neighbours),
        parse_enum("vote_weighting", Weighting, vote_weighting),
        only_classes=True,
    )
    job = ScoringJob(
        *(str(pool), Path(labels), Path(out), plan),
        engine=parse_enum("engine", EngineName, engine),
        workers=workers,
        ray_address=ray_address,
        report=report,
    )
    return job.run()


def parse_enum(field: str, kind: type[Word], value: str) -> Word:
    """The member of an enumeration that a word names.

    Raises:
        InvalidInput: there is none; lists those there are.
    """
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise InvalidInput.at(field, f"{value!r} is not known; use one of {known}") from None
