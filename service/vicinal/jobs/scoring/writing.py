"""Scores and classes as Parquet, a file for each shard of the pool, and the batch beside them."""

import csv
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import compute, parquet

from vicinal.core.batch import ISOLATED, KNOWN
from vicinal.data.left_out import LeftOut
from vicinal.jobs.layout import MANIFEST, shard_name
from vicinal.jobs.scoring.outcome import Outcome
from vicinal.jobs.scoring.parts import Part
from vicinal.jobs.scoring.plan import Plan, Stretch
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.standings import FACTORS, Standing

BATCH = "batch"
BATCH_COLUMNS = ("place", "id", "predicted", "share", "uncertainty", "density", "diversity", "score")
Likeliest = tuple[str | None, float | None]
_HELD = {KNOWN: "known", ISOLATED: "isolated"}


def write_outcome(
    pool: PoolOnDisk,
    outcome: Outcome,
    plan: Plan,
    threads: int,
    report: Callable[[int], None],
    *,
    left_out: LeftOut,
) -> dict[str, Any]:
    """Writes everything into the scratch folder's `finished`; returns what the manifest says.

    Args:
        pool: that was scored.
        outcome: what came out.
        plan: what was asked for.
        threads: each writes another shard.
        report: is told how many rows are written.
        left_out: what else was next to the pool's files, and rows of the labels that cannot be read.
    """
    shards, written = [], 0
    likeliest = dict[str, Likeliest]()
    for name, rows in _written_shards(pool, outcome, threads, likeliest):
        shards.append({"file": name, "rows": rows})
        written += rows
        report(written)
    if not plan.only_classes:
        _write_batch(pool.scratch.finished, outcome, likeliest)
    others = {
        "errors": [asdict(each) for each in left_out.failures],
        "left_out_counts": [asdict(each) for each in left_out.counts()],
        "notes": left_out.notes,
    }
    manifest = _manifest(pool, outcome, plan) | others | {"shards": shards}
    (pool.scratch.finished / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _written_shards(
    pool: PoolOnDisk, outcome: Outcome, threads: int, likeliest: dict[str, Likeliest]
) -> Iterator[tuple[str, int]]:
    """Names and rows of the shards, in their order, as they are written.

    Puts what the items of the batch look like into `likeliest`.
    """
    tables = Lock()  # what they are made of is not asked by two threads at a time
    chosen = arrow.array([each.item_id for each in outcome.chosen], arrow.string())

    def table_of(stretch: Stretch) -> Any:
        with tables:
            table = _table(pool, outcome, stretch)
            likeliest.update(_likeliest_of(table, chosen))
            return table

    folder, writers = pool.scratch.finished, ThreadPoolExecutor(threads, "vicinal-shard")
    try:
        waiting = [
            (
                shard_name(number),
                writers.submit(_write_shard, folder / shard_name(number), list(each), table_of),
            )
            for number, each in groupby(pool.stretches, key=lambda stretch: stretch.shard)
        ]
        for name, rows in waiting:
            yield name, rows.result()
    finally:
        writers.shutdown(cancel_futures=True)


def _write_shard(path: Path, stretches: list[Stretch], table_of: Callable[[Stretch], Any]) -> int:
    rows, writer = 0, None
    try:
        for stretch in stretches:
            table = table_of(stretch)
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema, compression="zstd", use_dictionary=True)
            writer.write_table(table)
            rows += len(table)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _likeliest_of(table: Any, chosen: Any) -> Iterator[tuple[str, Likeliest]]:
    """Predicted class and its share of those rows that are in the batch."""
    if len(chosen):
        rows = table.select(["id", "predicted", "shares"])
        for row in rows.filter(compute.is_in(rows["id"], value_set=chosen)).to_pylist():
            yield row["id"], (row["predicted"], next(iter(row["shares"]), None))


def _table(pool: PoolOnDisk, outcome: Outcome, stretch: Stretch) -> Any:
    part, rows = outcome.part_of(stretch), stretch.stop - stretch.start
    given: list[str | None] = [None] * rows
    for row, label in pool.labels.items():
        if stretch.start <= row < stretch.stop:
            given[row - stretch.start] = label
    columns: dict[str, Any] = {
        "id": arrow.array(pool.ids(stretch), arrow.string()),
        "label": arrow.array(given, arrow.string()),
    }
    columns |= _classes(outcome.classes, part)
    if outcome.standings is not None:
        columns |= _numbers(part, outcome.standings.of(stretch), rows)
        columns["held_back"] = _held(outcome, stretch)
    return arrow.table(columns)


def _classes(classes: tuple[str, ...], part: Part) -> dict[str, Any]:
    rows, width = part.columns.shape
    names = arrow.array(classes, arrow.string())
    offsets = np.arange(0, rows * width + 1, max(1, width), dtype=np.int32) if width else np.zeros(rows + 1)
    flat = arrow.DictionaryArray.from_arrays(arrow.array(part.columns.ravel(), arrow.int32()), names)
    bounds = arrow.array(offsets.astype(np.int32))
    shares = arrow.array(part.shares.ravel(), arrow.float32())
    first: Any = (
        arrow.DictionaryArray.from_arrays(arrow.array(part.columns[:, 0], arrow.int32()), names)
        if width
        else arrow.nulls(rows, arrow.dictionary(arrow.int32(), arrow.string()))
    )
    return {
        "predicted": first.cast(arrow.string()),
        "classes": arrow.ListArray.from_arrays(bounds, flat.cast(arrow.string())),
        "shares": arrow.ListArray.from_arrays(bounds, shares),
    }


def _numbers(part: Part, standing: Standing, rows: int) -> dict[str, Any]:
    columns: dict[str, Any] = {name: arrow.array(getattr(part, name)) for name in FACTORS}
    for name, cdf in zip(FACTORS, standing.cdfs, strict=True):
        columns[f"{name}_cdf"] = _at(standing.places, cdf, rows)
    columns["score"] = _at(standing.places, standing.score, rows)
    columns["rank"] = _at(standing.places, standing.rank, rows)
    return columns


def _at(places: NDArray[np.int64], values: NDArray[Any], rows: int) -> Any:
    """A column with values at these places, and nothing elsewhere."""
    column, missing = np.zeros(rows, dtype=values.dtype), np.ones(rows, dtype=np.bool_)
    column[places], missing[places] = values, False
    return arrow.array(column, mask=missing)


def _held(outcome: Outcome, stretch: Stretch) -> Any:
    if outcome.held is None:
        return arrow.nulls(stretch.stop - stretch.start, arrow.string())
    grades = outcome.held[stretch.start : stretch.stop].tolist()
    return arrow.array([_HELD.get(grade) for grade in grades], arrow.string())


def _write_batch(folder: Path, outcome: Outcome, likeliest: dict[str, Likeliest]) -> None:
    records = []
    for place, each in enumerate(outcome.chosen, start=1):
        predicted, share = likeliest[each.item_id]
        told = {"place": place, "id": each.item_id, "predicted": predicted, "share": share}
        records.append(told | asdict(each.parts))
    batch = {"items": records, "note": outcome.batch_note}
    (folder / f"{BATCH}.json").write_text(json.dumps(batch, indent=2) + "\n", encoding="utf-8")
    with (folder / f"{BATCH}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, BATCH_COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def _manifest(pool: PoolOnDisk, outcome: Outcome, plan: Plan) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": "classes" if plan.only_classes else "scores",
        "strategy": plan.strategy,
        "metric": str(plan.metric),
        "items": pool.rows,
        "labels": len(pool.labels),
        "examples": len(pool.examples),
        "examples_without_vector": pool.passed_over,
        "carried": len(pool.carried),
        "classes": list(outcome.classes),
    }
    if outcome.standings is not None:
        told["rank_error"] = outcome.standings.rank_error
        told["batch"] = [each.item_id for each in outcome.chosen]
        told["batch_note"] = outcome.batch_note
    return told
