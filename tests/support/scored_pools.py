"""A pool on disk with labels, and the same pool in a session."""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.pool_config import PoolConfig
from vicinal.core.similarity import prepare
from vicinal.evaluation.composition import make_memory_session
from vicinal.jobs.engines.protocol import EngineName
from vicinal.jobs.scoring.job import ScoringJob
from vicinal.jobs.scoring.plan import ScoringPlan
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.records.pool_options import Metric


@dataclass
class OnDisk:
    folder: Path
    labels: Path
    vectors: np.ndarray
    ids: list[str]
    label_of: dict[str, str]
    metric: Metric

    def session(self, strategy):
        session = make_memory_session(PoolConfig("p", self.vectors.shape[1], self.metric, strategy))
        items = [PreparedItem(item_id, f"hash-{item_id}") for item_id in self.ids]
        session.items.add(items, prepare(self.vectors, self.vectors.shape[1], self.metric))
        labels = [LabelInput(item_id, label) for item_id, label in self.label_of.items()]
        if labels:
            session.labels.submit(labels)
        return session


def write_pool(base, count=600, *, dimension=12, labels=40, shards=3, metric=Metric.COSINE, seed=0):
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(6, dimension))
    kinds = generator.integers(0, 6, count)
    vectors = (centres[kinds] + generator.normal(size=(count, dimension)) * 0.8).astype(np.float32)
    ids = [f"item-{row:05d}" for row in generator.permutation(count)]
    folder = base / "vectors"
    folder.mkdir(parents=True)
    bounds = np.linspace(0, count, shards + 1).astype(int)
    for number, (start, stop) in enumerate(pairwise(bounds)):
        write_shard(folder / f"part-{number:05d}.parquet", ids[start:stop], vectors[start:stop])
    rows = generator.permutation(count)[:labels]
    label_of = {ids[row]: f"class {kinds[row] % 4}" for row in rows}
    path = base / "labels.jsonl"
    lines = [json.dumps({"id": item, "label": label}) + "\n" for item, label in label_of.items()]
    path.write_text("".join(lines))
    return OnDisk(folder, path, vectors, ids, label_of, metric)


def run(pool, out, strategy="classic", *, batch=0, engine="local", workers=1, **settings):
    """A job of many small parts."""
    plan = ScoringPlan(strategy, pool.metric, **{"range_rows": 128, **settings})
    job = ScoringJob(
        *(str(pool.folder), pool.labels, out, plan), batch=batch, engine=EngineName(engine), workers=workers
    )
    return job.run()


def write_shard(path, ids, vectors):
    flat = arrow.array(vectors.ravel())
    column = arrow.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    parquet.write_table(arrow.table({"id": ids, "vector": column}), path)


def read_scores(out):
    """Rows by id, of all files of a job's output."""
    manifest = json.loads((out / "manifest.json").read_text())
    tables = [parquet.read_table(out / shard["file"]) for shard in manifest["shards"]]
    return {row["id"]: row for row in arrow.concat_tables(tables).to_pylist()}


def read_batch(out):
    return [item["id"] for item in json.loads((out / "batch.json").read_text())["items"]]
