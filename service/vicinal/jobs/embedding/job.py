"""Contents at rest into vectors: folders of images and tables of texts or images into Parquet shards."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput, JobUnfinished, StorageFailed
from vicinal.data.left_out import LeftOut, LeftOutCount, Unreadable
from vicinal.jobs.composition import ModelSource
from vicinal.jobs.embedding.plan import Job, finish_job, prepare_job
from vicinal.jobs.embedding.shards import Embedder
from vicinal.jobs.embedding.sources import ColumnChoice, find_input
from vicinal.jobs.embedding.state import JobState, ShardRecord
from vicinal.jobs.engines.opening import open_engine
from vicinal.jobs.engines.protocol import Engine, EngineName, TaskDone, TaskFailed, TaskLost
from vicinal.jobs.files import FAILURES
from vicinal.jobs.progress import Progress, RowProgress
from vicinal.records.errors import Violation

SHARD_ROWS = 4096
_DEFAULT_MODEL, _DEFAULT_COLUMNS = ModelSource(), ColumnChoice()


def _ignore_progress(_progress: Progress) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class EmbeddingOutcome:
    """Outcome of a job.

    Attributes:
        rows: vectors.
        failures: rows without one, which `failures.jsonl` tells of.
        shards: of all.
        shards_made: in this run; the others were there already.
        seconds: this run took, from its beginning.
        working_seconds: of them, since the first model was ready.
        fingerprint: of the model, field by field, with its digest.
        left_out: what else was in the input, counted; rows without a vector among it.
        errors: rows without a vector, each with its reason.
        notes: what to know of it, a sentence each.
    """

    rows: int
    failures: int
    shards: int
    shards_made: int
    seconds: float
    working_seconds: float
    fingerprint: Mapping[str, Any]
    left_out: Sequence[LeftOutCount] = ()
    errors: Sequence[Unreadable] = ()
    notes: Sequence[str] = ()


def embed(
    source: str | Path,
    out: str | Path,
    *,
    model: ModelSource = _DEFAULT_MODEL,
    wanted: ColumnChoice = _DEFAULT_COLUMNS,
    shard_rows: int = SHARD_ROWS,
    workers: int = 1,
    engine: str = "local",
    ray_address: str = "",
    on_progress: Callable[[Progress], None] = _ignore_progress,
) -> EmbeddingOutcome:
    """Embeds all contents of a source, and goes on where an earlier run ended.

    Writes `part-00000.parquet`, ... with columns id and vector, `failures.jsonl` with what could not be
    embedded, and last `manifest.json`.

    Args:
        source: folder or glob of images; CSV, JSONL or Parquet, or a folder or glob of them.
        out: folder for the shards; a new one, or that of the same job.
        model: that each worker loads.
        wanted: columns of tables.
        shard_rows: most rows of a shard.
        workers: processes, each of which loads the model.
        engine: "local", or "ray" for actors of Ray Data; `out` and the input must then be on a file system
            that all nodes share.
        ray_address: of a cluster; empty starts Ray here.
        on_progress: called whenever rows are done.

    Raises:
        InvalidInput: there is no such input, or the folder holds vectors of another one.
        FingerprintMismatch: the folder holds vectors of another model.
        FeaturizerNotFound, FeaturizerUnavailable: the model cannot be had.
        StorageFailed: the folder cannot be written; shards that are done stay.
        DataDirectoryInUse: another job writes there.
        JobUnfinished: an input file cannot be read, or a worker died; names each. The rest is done.
    """
    begun = time.monotonic()
    _check(shard_rows, workers, engine)
    found = find_input(source)
    state = JobState(Path(out).absolute())  # workers may be elsewhere
    with state.lock():
        job = prepare_job(state, found, wanted, shard_rows, model)
        progress = RowProgress(sum(each.rows + each.failures for each in job.finished), job.rows, on_progress)
        if job.tasks:
            state.remove_manifest()
        try:
            with closing(open_engine(EngineName(engine), workers, ray_address)) as workers_of_job:
                made, failed = _make_shards(job, workers_of_job, progress)
        finally:
            state.remove_partial_files()
        records = [*job.finished, *made]
        problems = [*job.problems, *failed]
        if problems:
            raise _unfinished_error(state.out, len(records), len(job.finished) + len(job.tasks), problems)
        fingerprint = finish_job(state, job, records)
    totals = (sum(record.rows for record in records), sum(record.failures for record in records))
    seconds = time.monotonic() - begun
    left_out = found.collect_left_out()
    errors = list(_read_failures(state.out / FAILURES, left_out))
    counts = left_out.counts(errors)
    return EmbeddingOutcome(
        *(*totals, len(records), len(made), seconds, progress.seconds, fingerprint),
        counts,
        errors,
        left_out.notes,
    )


def _read_failures(file: Path, left_out: LeftOut) -> Iterator[Unreadable]:
    """All that has no vector: with the reason where it was found before the work, else as unreadable."""
    before = {each.name: each for each in left_out.failures}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            failure = json.loads(line)
            yield before.get(failure["id"]) or Unreadable(failure["id"], failure["reason"])


def _check(shard_rows: int, workers: int, engine: str) -> None:
    for name, value in (("shard_rows", shard_rows), ("workers", workers)):
        if value < 1:
            raise InvalidInput.at(name, f"must be 1 or more, not {value}")
    if engine not in set(EngineName):
        raise InvalidInput.at("engine", f"must be one of {', '.join(EngineName)}, not {engine!r}")


def _make_shards(
    job: Job, engine: Engine, progress: RowProgress
) -> tuple[list[ShardRecord], list[Violation]]:
    """Records of the shards that were made, and what went wrong with the others."""
    records, problems = list[ShardRecord](), list[Violation]()
    with closing(engine.run(Embedder(job.spec), job.tasks, progress)) as events:
        for event in events:
            match event:
                case TaskDone(_, record):
                    records.append(record)
                case TaskFailed(error=StorageFailed() as error):
                    raise error  # the disk is full for the other shards too
                case TaskFailed(task, why):
                    problems.append(Violation(str(task), why))
                case TaskLost(task, why):
                    problems.append(Violation(str(task or "a worker"), f"{why}; run the job again"))
    return records, problems


def _unfinished_error(out: Path, done: int, shards: int, problems: Sequence[Violation]) -> JobUnfinished:
    reasons = "; ".join(f"{problem.field}: {problem.description}" for problem in problems)
    return JobUnfinished(f"{out}: {done} of {shards} shards are done. {reasons}", violations=problems)
