"""From a label to the next suggestion, in a pool of many classes.

    python -m benchmarks.many_classes --items N --dim D --classes C --labels L --json FILE

Items lie in C clusters that run into one another, and each cluster is a class. The pool has L labels before
time is taken, as many of each class as of any other. A step is a label and the next item, as
`benchmarks.label_to_next` has it. Memory is that of this process, which holds the vectors as well.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import graph_build
from benchmarks.label_to_next import MODELS
from benchmarks.pools_in_use import FoundNeighbourhoods, PoolInUse, item_id, open_session
from benchmarks.timings import Timings
from vicinal.core.arrays import Vectors
from vicinal.core.records import ItemRecord, Neighbours
from vicinal.core.similarity import prepare
from vicinal.pools.results import LabelInput
from vicinal.pools.state.pool import PoolLimits
from vicinal.records.pool_options import Metric, VoteModel

BATCH = 10
_LABELS_AT_ONCE = 250
# As far from its cluster's centre as centres lie from one another, times this.
_WITHIN = 0.5


def run(
    items: int, dimension: int, classes: int, labels: int, *, rounds: int, seed: int = 0
) -> dict[str, Any]:
    """All measurements, by the keys of the JSON file."""
    random = np.random.default_rng(seed)
    class_of = random.permutation(np.arange(items) % classes)
    centres = random.standard_normal((classes, dimension), dtype=np.float32)
    vectors = centres[class_of] + _WITHIN * random.standard_normal((items, dimension), dtype=np.float32)
    vectors = prepare(vectors, dimension, Metric.COSINE)
    names = [f"class {number}" for number in class_of]
    given = _spread_evenly(class_of, labels)
    neighbours, _ = graph_build.build(vectors)
    base_mb = _peak_mb()
    measured = {
        name: _measure(model, vectors, names, given, neighbours=neighbours, rounds=rounds)
        for name, model in MODELS.items()
    }
    setting = {"items": items, "dimension": dimension, "classes": classes, "labels": labels}
    return {**setting, **measured, "base_mb": base_mb, "peak_mb": _peak_mb()}


def _spread_evenly(class_of: np.ndarray[Any, Any], labels: int) -> list[int]:
    """Rows to label first: one of each class, then a second one, and so on."""
    order = np.argsort(class_of, kind="stable")
    first = np.searchsorted(class_of[order], class_of[order])
    turn = np.arange(len(order)) - first
    rows: list[int] = order[np.argsort(turn, kind="stable")][:labels].tolist()
    return rows


def _measure(
    model: VoteModel,
    vectors: Vectors,
    names: list[str],
    given: list[int],
    *,
    neighbours: Neighbours,
    rounds: int,
) -> dict[str, float]:
    records = {item_id(row): ItemRecord(item_id(row), "") for row in range(len(vectors))}
    session = open_session(model, vectors, records, FoundNeighbourhoods(neighbours))
    session._state.limits = PoolLimits(max_classes=len(vectors))
    for start in range(0, len(given), _LABELS_AT_ONCE):
        rows = given[start : start + _LABELS_AT_ONCE]
        session.submit_labels([LabelInput(item_id(row), names[row]) for row in rows])
    first_seconds, pool = _timed(lambda: PoolInUse(session, names))
    pool.step()
    steps, batches = Timings(), Timings()
    for _ in range(rounds):
        steps.measure(pool.step)
    for _ in range(max(1, rounds // 4)):
        pool.label_without_next()
        batches.measure(lambda: pool.lease(BATCH))
    return {
        "first_lease_s": first_seconds,
        **{f"step_ms_{name}": value for name, value in steps.summary().items()},
        "batch_ms_p50": batches.summary()["p50"],
    }


def _timed(work: Callable[[], PoolInUse]) -> tuple[float, PoolInUse]:
    start = time.perf_counter()
    outcome = work()
    return time.perf_counter() - start, outcome


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _report(measured: dict[str, Any]) -> str:
    """The measurements for people."""
    lines = [
        f"{measured['items']:,} x {measured['dimension']}, {measured['labels']:,} labels of "
        f"{measured['classes']:,} classes",
        "",
        f"{'votes':<12}{'first s':>10}{'step p50 ms':>14}{'p95 ms':>10}{f'batch of {BATCH} ms':>18}",
    ]
    for name in MODELS:
        of = measured[name]
        lines.append(
            f"{name.removesuffix('_ms'):<12}{of['first_lease_s']:>10.1f}{of['step_ms_p50']:>14.1f}"
            f"{of['step_ms_p95']:>10.1f}{of['batch_ms_p50']:>18.1f}"
        )
    before, peak = measured["base_mb"], measured["peak_mb"]
    return "\n".join(
        [*lines, "", f"peak memory: {peak:.0f} MB, {before:.0f} MB of them before there is a pool"]
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_classes")
    parser.add_argument("--items", type=int, default=3000, help="vectors in the pool")
    parser.add_argument("--dim", type=int, default=16, help="their dimension")
    parser.add_argument("--classes", type=int, default=2500, help="clusters, each of them a class")
    parser.add_argument("--labels", type=int, default=2500, help="labels before time is taken")
    parser.add_argument("--rounds", type=int, default=20, help="how often a step is timed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="file to write the numbers to")
    given = parser.parse_args(arguments)
    measured = run(given.items, given.dim, given.classes, given.labels, rounds=given.rounds, seed=given.seed)
    if given.json is not None:
        given.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    print(_report(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
