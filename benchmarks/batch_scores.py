"""Seconds and memory of scoring pools on disk, by processes and by Ray."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from benchmarks.batch_run import run_apart, tell
from benchmarks.data import clustered, clusters
from vicinal.jobs import score
from vicinal.jobs.scoring.job import Report, ScoringJob
from vicinal.jobs.scoring.plan import ScoringPlan

SIZES = (10_000, 100_000, 1_000_000)
GOAL_ITEMS = 1_000_000
DIMENSION = 256
LABELS = 1_000
CLASSES = 10
SHARD_ROWS = 62_500
BATCH = 10

Run = dict[str, Any]


def scoring_runs(sizes: Sequence[int], folder: Path) -> Iterator[Run]:
    """One round by the strategy `classic`, run by run as they are done.

    `ranks` tells the two ways of a job: "sorted", and "summaries", as for pools too large to sort. Ray takes
    its turn at the largest pool.

    Args:
        sizes: of the pools.
        folder: for the pools; those that are there are taken.
    """
    for items in sizes:
        pool = make_scored_pool(folder / f"pool-{items}", items)
        turns = [("local", 1, "summaries"), ("local", 1, "sorted"), ("local", 2, "sorted")]
        turns += [("ray", 2, "sorted")] if items == max(sizes) else []
        for engine, workers, ranks in turns:
            yield _measured(pool, items, strategy="classic", engine=engine, workers=workers, ranks=ranks)


def graph_runs(sizes: Sequence[int], folder: Path) -> Iterator[Run]:
    """One run for each size by the strategy `default`, which needs the neighbour graph, on two threads."""
    for items in sizes:
        pool = make_scored_pool(folder / f"pool-{items}", items)
        yield _measured(pool, items, strategy="default", engine="local", workers=2, ranks="sorted")


def scoring_figures(runs: Sequence[Run]) -> dict[str, float | None]:
    """What the job has to reach, at 1,000,000 items: medians of the rounds, None where there was none.

    `score_1m_s` and `score_1m_peak_mb` are of `local` with two workers, and so is what Ray's two workers are
    compared with, round by round.
    """
    goal = [run for run in runs if run["items"] == GOAL_ITEMS and run["ranks"] == "sorted"]
    local, ray = (
        [run for run in goal if run["engine"] == engine and run["workers"] == 2]
        for engine in ("local", "ray")
    )
    ratios = [theirs["seconds"] / ours["seconds"] for ours, theirs in zip(local, ray, strict=False)]
    return {
        "score_1m_s": median(run["seconds"] for run in local) if local else None,
        "score_1m_peak_mb": max(run["peak_mb"] for run in local) if local else None,
        "ray_ratio": median(ratios) if ratios else None,
    }


def make_scored_pool(folder: Path, items: int) -> Path:
    """Shards of vectors and a file of labels."""
    if folder.exists():
        return folder
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "vectors").mkdir(parents=True)
    vectors, kinds = clustered(items, DIMENSION, 0), clusters(items, 0) % CLASSES
    for number, start in enumerate(range(0, items, SHARD_ROWS)):
        block = vectors[start : start + SHARD_ROWS]
        column = arrow.FixedSizeListArray.from_arrays(arrow.array(block.ravel()), DIMENSION)
        table = arrow.table({"id": [f"i{start + row:08d}" for row in range(len(block))], "vector": column})
        parquet.write_table(table, unfinished / "vectors" / f"part-{number:05d}.parquet")
    rows = np.random.default_rng(0).permutation(items)[:LABELS].tolist()
    lines = "".join(f"i{row:08d},class {kinds[row]}\n" for row in rows)
    (unfinished / "labels.csv").write_text("id,label\n" + lines, encoding="utf-8")
    unfinished.rename(folder)
    return folder


def _measured(pool: Path, items: int, **asked: Any) -> Run:
    told = run_apart("benchmarks.batch_scores", "score", pool=str(pool), **asked)
    return {"items": items, **asked, **told}


def _score(pool: str, strategy: str, engine: str, workers: int, ranks: str) -> Run:
    """One job; `steps` tells each stage's seconds and `core_s`.

    That is the processor time of this process alone, which with one local worker does everything.
    """
    marks = [("", time.perf_counter(), time.process_time())]

    def report(step: str, _done: int, _items: int) -> None:
        if step != marks[-1][0]:
            marks.append((step, time.perf_counter(), time.process_time()))

    # Beside the pool, since it may be larger than the memory that /tmp often is.
    with tempfile.TemporaryDirectory(prefix="scores-", dir=Path(pool).parent) as folder:
        out = Path(folder) / "scores"
        items = _scored(Path(pool), out, report, ranks, strategy=strategy, engine=engine, workers=workers)
        marks.append(("end", time.perf_counter(), time.process_time()))
        out_mb = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    seconds = marks[-1][1] - marks[0][1]
    # A stage begins when it is first told of; the first one when the job does.
    steps = {
        step: {"s": end - begun, "core_s": core_end - core}
        for (_, begun, core), (step, *_), (_, end, core_end) in zip(
            [marks[0], *marks[2:-1]], marks[1:-1], marks[2:], strict=True
        )
    }
    return {"seconds": seconds, "items_per_s": items / seconds, "out_mb": out_mb, "stages": steps}


def _scored(pool: Path, out: Path, report: Report, ranks: str, **asked: Any) -> int:
    source, labels = pool / "vectors", pool / "labels.csv"
    if ranks == "sorted":
        told = score(source, labels, out, batch=BATCH, report=report, **asked)
    else:
        plan = ScoringPlan(asked["strategy"], exact_rows=0)
        told = ScoringJob(str(source), labels, out, plan, BATCH, report=report).run()
    items: int = told["items"]
    return items


if __name__ == "__main__":
    tell({"score": _score})
