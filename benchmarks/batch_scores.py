"""Scores of pools on disk: `python -m benchmarks.batch_scores --json FILE`.

Each job runs in a process of its own, over Parquet shards of made-up vectors and 1,000 labels, by the
strategy `classic` with a batch of 10: 1 and 2 workers by processes, and 2 of Ray's actors for the largest
pool. Time is that of the whole call, the start of workers and the writing included. Memory is the
proportional share of the job's process and all that it starts, looked at five times a second.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from benchmarks.data import clustered, clusters
from vicinal.jobs import score

SIZES = (10_000, 100_000, 1_000_000)
DIMENSION = 256
LABELS = 1_000
CLASSES = 10
SHARD_ROWS = 62_500
BATCH = 10
LOOK_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    if options.job:
        print(json.dumps(_job(*options.job)))
        return
    results = measure(options.items, Path(options.folder) if options.folder else None)
    print(json.dumps(results, indent=2))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def measure(sizes: Sequence[int] = SIZES, folder: Path | None = None) -> dict[str, Any]:
    """All jobs; `score_1m_s`, `score_1m_peak_mb` and `ray_ratio` are those of the largest pool.

    Args:
        sizes: of the pools, ascending.
        folder: that keeps the pools for the next time; None for none.
    """
    runs = []
    with _folder(folder) as place:
        for items in sizes:
            pool = _made(place / f"pool-{items}", items)
            by_ray = [("ray", 2)] if items == max(sizes) else []
            for engine, workers in (("local", 1), ("local", 2), *by_ray):
                runs.append({"items": items, **_measured(pool, engine, workers)})
                print(runs[-1], file=sys.stderr)
    one, two, ray = runs[-3:]
    best = min(one, two, key=lambda run: run["seconds"])
    return {
        "score_1m_s": best["seconds"],
        "score_1m_peak_mb": best["peak_mb"],
        "ray_ratio": ray["seconds"] / best["seconds"],
        "runs": runs,
    }


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--folder", default="", help="Keeps the made-up pools for the next time.")
    parser.add_argument("--job", nargs=3, metavar=("POOL", "ENGINE", "WORKERS"), help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _made(folder: Path, items: int) -> Path:
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


def _measured(pool: Path, engine: str, workers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.batch_scores", "--job", str(pool), engine, str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(_own_kilobytes, _family(process.pid))))
            time.sleep(LOOK_SECONDS)
        told = json.loads((process.stdout or sys.stdin).read().splitlines()[-1])
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return {"engine": engine, "workers": workers, **told, "peak_mb": 1024 * peak / 1e6}


def _job(pool: str, engine: str, workers: str) -> dict[str, Any]:
    out = Path(pool) / "scores"
    shutil.rmtree(out, ignore_errors=True)
    begun, stages = time.perf_counter(), dict[str, float]()

    def report(stage: str, _done: int, _items: int) -> None:
        stages[stage] = round(time.perf_counter() - begun, 2)

    told = score(
        *(Path(pool) / "vectors", Path(pool) / "labels.csv", out),
        strategy="classic",
        batch=BATCH,
        engine=engine,
        workers=int(workers),
        report=report,
    )
    seconds = time.perf_counter() - begun
    shutil.rmtree(out)
    return {"seconds": seconds, "items_per_second": told["items"] / seconds, "stage_ends_s": stages}


def _family(process: int) -> list[int]:
    """A process and all that came of it."""
    with suppress(OSError):
        threads = os.listdir(f"/proc/{process}/task")
        told = [Path(f"/proc/{process}/task/{thread}/children").read_text() for thread in threads]
        children = [int(word) for text in told for word in text.split()]
        return [process, *(each for child in children for each in _family(child))]
    return []


def _own_kilobytes(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main()
