"""Rows a second of embedding jobs, and of the bare models."""

import csv
import gzip
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.batch_run import run_apart, tell
from benchmarks.data_sets import shared_folder
from benchmarks.embeddings import MODEL_FOLDER
from vicinal.jobs import ColumnChoice, ModelSource
from vicinal.jobs.embedding.job import embed

# Of the models' own batches.
BATCHES = {"images": 32, "texts": 64}
# So few rows that each of two workers gets several shards.
SHARDS = 4
TURNS = {
    "images": ("bare model", "1 worker", "1 worker on one core", "2 workers"),
    "texts": ("bare model", "1 worker", "2 workers"),
}
# What a turn is compared with, in the same round.
AGAINST = {
    "1 worker": "bare model",
    "1 worker on one core": "bare model",
    "2 workers": "1 worker",
    "2 workers, one core each": "1 worker on one core",
}

Run = dict[str, Any]


def embedding_runs(medium: str, count: int, folder: Path) -> Iterator[Run]:
    """One round over "images" or "texts": the bare model and the jobs, run by run as they are done.

    Args:
        medium: of the contents.
        count: rows to embed.
        folder: for the input and what is made of it.
    """
    table = _written_images(folder, count) if medium == "images" else _written_texts(folder, count)
    for turn in TURNS[medium]:
        told = run_apart("benchmarks.batch_embedding", "embed", table=str(table), turn=turn)
        yield {"medium": medium, "run": turn, **told}


def embedding_figures(runs: Sequence[Run]) -> dict[str, float | None]:
    """What the job has to reach: medians of the rounds' ratios, None where there was none.

    `embed_ratio` is the lower one of images and texts, one worker to the bare model. `embed_2_workers_ratio`
    is of texts, whose model runs on one thread wherever it is; a worker of images decodes on a second core.
    """
    one = [ratio(runs, medium, "1 worker") for medium in TURNS]
    known = [each for each in one if each is not None]
    return {
        "embed_ratio": min(known, default=None),
        "embed_2_workers_ratio": ratio(runs, "texts", "2 workers"),
    }


def ratio(runs: Sequence[Run], medium: str, what: str) -> float | None:
    """Rows a second of a key of `AGAINST` to those of its value, as the median of the rounds."""
    above = _rates(runs, medium, what.partition(",")[0])
    below = _rates(runs, medium, AGAINST[what])
    ratios = [one / other for one, other in zip(above, below, strict=False)]
    return median(ratios) if ratios else None


def _rates(runs: Sequence[Run], medium: str, turn: str) -> list[float]:
    return [run["per_s"] for run in runs if run["medium"] == medium and run["run"] == turn]


def _written_images(folder: Path, count: int) -> Path:
    data = shared_folder() / "data"
    found = [*sorted((data / "caltech").glob("*/*.jpg")), *sorted((data / "fruits").glob("*/*.*"))]
    table = folder / "images.jsonl"
    with table.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(path), "path": str(path)}) + "\n" for path in found[:count])
    return table


def _written_texts(folder: Path, count: int) -> Path:
    source, table = shared_folder() / "data" / "sentiment140" / "train.csv.gz", folder / "texts.csv"
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as packed,
        table.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("id", "text"))
        writer.writerows(enumerate(row["text"] for row in islice(csv.DictReader(packed), count)))
    return table


def _embed(table: str, turn: str) -> Run:
    if "one core" in turn:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if turn == "bare model":
        return _bare(Path(table))
    return _job(Path(table), workers=int(turn[0]))


def _model(table: Path) -> ModelSource:
    if table.suffix == ".csv":
        return ModelSource("use-offline")
    handle = os.environ.get("VICINAL_MOBILENET_HANDLE") or str(shared_folder() / MODEL_FOLDER)
    return ModelSource("mobilenet-v2", handle, threads=1)


def _bare(table: Path) -> Run:
    """The model alone, on contents that are in memory and decoded already."""
    featurizer: Any = _model(table).load()
    inputs = [featurizer._read(content) for content in _contents(table)]
    batch = BATCHES[table.stem]
    featurizer._infer(inputs[:batch])
    started = time.perf_counter()
    for start in range(0, len(inputs), batch):
        featurizer._infer(inputs[start : start + batch])
    seconds = time.perf_counter() - started
    return {"rows": len(inputs), "per_s": len(inputs) / seconds, "seconds": seconds}


def _contents(table: Path) -> list[bytes | str]:
    with table.open(encoding="utf-8", newline="") as file:
        if table.suffix == ".csv":
            return [row["text"] for row in csv.DictReader(file)]
        return [Path(json.loads(line)["path"]).read_bytes() for line in file]


def _job(table: Path, workers: int) -> Run:
    """From the table to shards on disk; loading the models is told beside."""
    wanted = ColumnChoice(text_column="text") if table.suffix == ".csv" else ColumnChoice(path_column="path")
    with table.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in (csv.DictReader(file) if table.suffix == ".csv" else file))
    out = table.parent / f"vectors-{table.stem}"
    # What a run that was cut off left would be gone on from.
    shutil.rmtree(out, ignore_errors=True)
    shard_rows = -(-rows // SHARDS)
    done = embed(table, out, model=_model(table), wanted=wanted, shard_rows=shard_rows, workers=workers)
    if done.failures:
        raise ValueError(f"{done.failures} rows of {table.name} cannot be read; see {out}")
    shutil.rmtree(out)
    return {
        "rows": done.rows,
        "per_s": done.rows / done.working_seconds,
        "seconds": done.working_seconds,
        "seconds_with_loading": done.seconds,
    }


if __name__ == "__main__":
    tell({"embed": _embed})
