"""Scores and classes as Parquet, a file for each shard of the pool, and the batch next to them."""

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

from vicinal.core.scoring.selection import CONFIDENT, OUTLIER
from vicinal.data.left_out import LeftOut
from vicinal.jobs.files import MANIFEST, shard_name
from vicinal.jobs.scoring.plan import RowRange, ScoringPlan
from vicinal.jobs.scoring.pool_on_disk import PoolOnDisk
from vicinal.jobs.scoring.range_scores import RangeScores
from vicinal.jobs.scoring.ranking import FACTORS, RankedRows, ScoringOutcome

BATCH = "batch"
BATCH_COLUMNS = ("place", "id", "predicted", "probability", "uncertainty", "density", "diversity", "score")
Likeliest = tuple[str | None, float | None]
_FILTERED = {CONFIDENT: "confident", OUTLIER: "outlier"}


def write_outcome(
    pool: PoolOnDisk,
    outcome: ScoringOutcome,
    plan: ScoringPlan,
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
    for name, rows in _write_shards(pool, outcome, threads, likeliest):
        shards.append({"file": name, "rows": rows})
        written += rows
        report(written)
    if not plan.only_classes:
        _write_batch(pool.scratch.output_folder, outcome, likeliest)
    others = {
        "errors": [asdict(each) for each in left_out.failures],
        "left_out_counts": [asdict(each) for each in left_out.counts()],
        "notes": left_out.notes,
    }
    manifest = _manifest(pool, outcome, plan) | others | {"shards": shards}
    (pool.scratch.output_folder / MANIFEST).write_text(
        json.dumps(manifest, indent=2) + "\n", encoding="utf-8"
    )
    return manifest


def _write_shards(
    pool: PoolOnDisk, outcome: ScoringOutcome, threads: int, likeliest: dict[str, Likeliest]
) -> Iterator[tuple[str, int]]:
    """Names and rows of the shards, in their order, as they are written.

    Puts what the items of the batch look like into `likeliest`.
    """
    tables = Lock()  # what they are made of is not asked by two threads at a time
    chosen = arrow.array([each.item_id for each in outcome.batch], arrow.string())

    def table_of(row_range: RowRange) -> Any:
        with tables:
            table = _table(pool, outcome, row_range)
            likeliest.update(_likeliest_of(table, chosen))
            return table

    folder, writers = pool.scratch.output_folder, ThreadPoolExecutor(threads, "vicinal-shard")
    try:
        waiting = [
            (
                shard_name(number),
                writers.submit(_write_shard, folder / shard_name(number), list(each), table_of),
            )
            for number, each in groupby(pool.row_ranges, key=lambda row_range: row_range.shard)
        ]
        for name, rows in waiting:
            yield name, rows.result()
    finally:
        writers.shutdown(cancel_futures=True)


def _write_shard(path: Path, row_ranges: list[RowRange], table_of: Callable[[RowRange], Any]) -> int:
    rows, writer = 0, None
    try:
        for row_range in row_ranges:
            table = table_of(row_range)
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
        rows = table.select(["id", "predicted", "probabilities"])
        for row in rows.filter(compute.is_in(rows["id"], value_set=chosen)).to_pylist():
            yield row["id"], (row["predicted"], next(iter(row["probabilities"]), None))


def _table(pool: PoolOnDisk, outcome: ScoringOutcome, row_range: RowRange) -> Any:
    part, rows = outcome.scores_of(row_range), row_range.stop - row_range.start
    given: list[str | None] = [None] * rows
    for row, label in pool.labels.items():
        if row_range.start <= row < row_range.stop:
            given[row - row_range.start] = label
    columns: dict[str, Any] = {
        "id": arrow.array(pool.read_ids(row_range), arrow.string()),
        "label": arrow.array(given, arrow.string()),
    }
    columns |= _classes(outcome.classes, part)
    if outcome.ranking is not None:
        columns |= _numbers(part, outcome.ranking.rank_rows(row_range), rows)
        columns["filtered"] = _filtered(outcome, row_range)
    return arrow.table(columns)


def _classes(classes: tuple[str, ...], part: RangeScores) -> dict[str, Any]:
    rows, width = part.columns.shape
    names = arrow.array(classes, arrow.string())
    offsets = np.arange(0, rows * width + 1, max(1, width), dtype=np.int32) if width else np.zeros(rows + 1)
    flat = arrow.DictionaryArray.from_arrays(arrow.array(part.columns.ravel(), arrow.int32()), names)
    bounds = arrow.array(offsets.astype(np.int32))
    probabilities = arrow.array(part.probabilities.ravel(), arrow.float32())
    first: Any = (
        arrow.DictionaryArray.from_arrays(arrow.array(part.columns[:, 0], arrow.int32()), names)
        if width
        else arrow.nulls(rows, arrow.dictionary(arrow.int32(), arrow.string()))
    )
    return {
        "predicted": first.cast(arrow.string()),
        "classes": arrow.ListArray.from_arrays(bounds, flat.cast(arrow.string())),
        "probabilities": arrow.ListArray.from_arrays(bounds, probabilities),
    }


def _numbers(part: RangeScores, ranked: RankedRows, rows: int) -> dict[str, Any]:
    columns: dict[str, Any] = {name: arrow.array(getattr(part, name)) for name in FACTORS}
    for name, cdf in zip(FACTORS, ranked.cdfs, strict=True):
        columns[f"{name}_cdf"] = _masked_column(ranked.places, cdf, rows)
    columns["score"] = _masked_column(ranked.places, ranked.score, rows)
    columns["rank"] = _masked_column(ranked.places, ranked.rank, rows)
    return columns


def _masked_column(places: NDArray[np.int64], values: NDArray[Any], rows: int) -> Any:
    """A column with values at these places, and nothing elsewhere."""
    column, missing = np.zeros(rows, dtype=values.dtype), np.ones(rows, dtype=np.bool_)
    column[places], missing[places] = values, False
    return arrow.array(column, mask=missing)


def _filtered(outcome: ScoringOutcome, row_range: RowRange) -> Any:
    if outcome.filter_grades is None:
        return arrow.nulls(row_range.stop - row_range.start, arrow.string())
    grades = outcome.filter_grades[row_range.start : row_range.stop].tolist()
    return arrow.array([_FILTERED.get(grade) for grade in grades], arrow.string())


def _write_batch(folder: Path, outcome: ScoringOutcome, likeliest: dict[str, Likeliest]) -> None:
    records = []
    for place, each in enumerate(outcome.batch, start=1):
        predicted, probability = likeliest[each.item_id]
        told = {"place": place, "id": each.item_id, "predicted": predicted, "probability": probability}
        records.append(told | asdict(each.parts))
    batch = {"items": records, "note": outcome.batch_note}
    (folder / f"{BATCH}.json").write_text(json.dumps(batch, indent=2) + "\n", encoding="utf-8")
    with (folder / f"{BATCH}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, BATCH_COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def _manifest(pool: PoolOnDisk, outcome: ScoringOutcome, plan: ScoringPlan) -> dict[str, Any]:
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
    if outcome.ranking is not None:
        told["rank_error"] = outcome.ranking.rank_error
        told["batch"] = [each.item_id for each in outcome.batch]
        told["batch_note"] = outcome.batch_note
    return told
