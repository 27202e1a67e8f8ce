"""Rows a second of embedding jobs, and of the bare models."""

import csv
import gzip
import json
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.data_sets import shared_folder
from benchmarks.embeddings import MODEL_FOLDER
from vicinal.core.ports import RawContent
from vicinal.jobs import Model, Wanted, embed

# Of the models' own batches.
IMAGE_BATCH, TEXT_BATCH = 32, 64
# So few rows that each of two workers gets several shards.
SHARDS = 4


def measure_embedding(images: int, texts: int) -> dict[str, Any]:
    """All figures, by name."""
    with TemporaryDirectory(prefix="vicinal-batch-") as folder:
        figures = {**_image_figures(Path(folder), images), **_text_figures(Path(folder), texts)}
    return {
        "embed_ratio": min(figures["embed_images_ratio"], figures["embed_texts_ratio"]),
        "embed_2_workers_ratio": figures["embed_texts_2_workers_ratio"],
        **figures,
    }


def _image_figures(folder: Path, count: int) -> dict[str, Any]:
    paths = _images(count)
    with (folder / "images.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"id": str(path), "path": str(path)}) + "\n" for path in paths)
    handle = os.environ.get("VICINAL_MOBILENET_HANDLE") or str(shared_folder() / MODEL_FOLDER)
    models = {threads: Model("mobilenet-v2", handle, threads=threads) for threads in (1, os.cpu_count() or 1)}
    contents = [path.read_bytes() for path in paths]
    bare = {threads: _bare(model, contents, IMAGE_BATCH) for threads, model in models.items()}
    table = folder / "images.jsonl"
    one, two = (_job(table, count, folder / f"i{workers}", models[1], workers) for workers in (1, 2))
    return {
        "images": count,
        **{f"bare_images_{threads}_threads_per_s": value for threads, value in bare.items()},
        **_named("images", one),
        "embed_images_ratio": one["per_s"] / bare[1],
        **_named("images_2_workers", two),
        "embed_images_2_workers_ratio": two["per_s"] / one["per_s"],
        "embed_images_2_workers_to_bare_on_all_cores": two["per_s"] / bare[max(bare)],
    }


def _text_figures(folder: Path, count: int) -> dict[str, Any]:
    texts = _texts(count)
    with (folder / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text"))
        writer.writerows(enumerate(texts))
    model = Model("use-offline")
    bare = _bare(model, texts, TEXT_BATCH)
    one, two = (
        _job(folder / "texts.csv", count, folder / f"t{workers}", model, workers) for workers in (1, 2)
    )
    return {
        "texts": count,
        "bare_texts_per_s": bare,
        **_named("texts", one),
        "embed_texts_ratio": one["per_s"] / bare,
        **_named("texts_2_workers", two),
        "embed_texts_2_workers_ratio": two["per_s"] / one["per_s"],
    }


def _images(count: int) -> list[Path]:
    data = shared_folder() / "data"
    found = [*sorted((data / "caltech").glob("*/*.jpg")), *sorted((data / "fruits").glob("*/*.*"))]
    return found[:count]


def _texts(count: int) -> list[str]:
    table = shared_folder() / "data" / "sentiment140" / "train.csv.gz"
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        return [row["text"] for row in islice(csv.DictReader(file), count)]


def _bare(model: Model, contents: Sequence[RawContent], batch: int) -> float:
    """Contents a second of the model alone, in a process of its own: its threads are set once for all."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_bare_here, model, contents, batch).result()


def _bare_here(model: Model, contents: Sequence[RawContent], batch: int) -> float:
    featurizer: Any = model.load()
    inputs = [featurizer._read(content) for content in contents]
    featurizer._infer(inputs[:batch])
    started = time.perf_counter()
    for start in range(0, len(inputs), batch):
        featurizer._infer(inputs[start : start + batch])
    return len(inputs) / (time.perf_counter() - started)


def _job(table: Path, rows: int, out: Path, model: Model, workers: int) -> dict[str, float]:
    wanted = Wanted(text_column="text") if table.suffix == ".csv" else Wanted(path_column="path")
    done = embed(table, out, model=model, wanted=wanted, shard_rows=-(-rows // SHARDS), workers=workers)
    if done.failures:
        raise ValueError(f"{done.failures} rows of {table.name} cannot be read; see {out}")
    return {"per_s": done.rows / done.working_seconds, "seconds_with_loading": done.seconds}


def _named(what: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{what}_{name}": value for name, value in figures.items()}
