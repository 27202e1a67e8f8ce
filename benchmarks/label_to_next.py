"""From a label to the next suggestion.

    python -m benchmarks.label_to_next --items N --dim D [--peers] --json FILE

All is measured in one run on the same data, and steps of all kinds take turns, so that whatever else the
machine does hits all alike. A step is a label submitted to the pool's session and the next item chosen and
leased, as a service does it behind the network. One pass is the product of the pool's matrix and a vector by
numpy.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import graph_build, peak_memory, peers
from benchmarks.data import clustered, clusters
from benchmarks.pools_in_use import FoundNeighbourhoods, PoolInUse, item_id, open_session
from benchmarks.timings import Timings
from vicinal.core.arrays import Vectors
from vicinal.core.records import ItemRecord, Neighbours
from vicinal.records.pool_options import VoteModel

CLASSES = 6
BATCH = 100
BATCHES = 10
# The threads of a matrix product go on looking for work for a while: they would take the next one's cores.
PAUSE_SECONDS = 0.1
# Labels that each pool has before time is taken.
LABELS_BEFORE = 20
MODELS = {
    "direct_ms": VoteModel.DIRECT,
    "diffused_ms": VoteModel.DIFFUSED,
    "default_ms": VoteModel.BLENDED,
}
STEPS = ("one_pass_ms", *MODELS, "batch100_ms", "modal_ms", "skactiveml_ms")


def run(items: int, dimension: int, *, rounds: int, with_peers: bool, seed: int = 0) -> dict[str, Any]:
    """All measurements, by the keys of the JSON file."""
    vectors = clustered(items, dimension, seed)
    classes = clusters(items, seed) % CLASSES
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        np.save(data / "vectors.npy", vectors)
        np.save(data / "classes.npy", classes)
        memory = peak_memory.in_fresh_process(data)
        neighbours, build_seconds = graph_build.build(vectors)
        times = _steps(vectors, classes.astype(str).tolist(), neighbours, rounds)
        if with_peers:
            times |= peers.measure(data)
    exact = graph_build.search_exactly(vectors, neighbours, seed)
    return {
        "items": items,
        "dimension": dimension,
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        **{name: times.get(name) for name in STEPS},
        "graph_build_s": build_seconds,
        "graph_exact_s": exact.seconds,
        "graph_exact_queries": exact.queries,
        "graph_recall": exact.recall,
        "base_mb": memory["base_mb"],
        "peak_mb": memory["peak_mb"],
        "vector_mb": vectors.nbytes / peak_memory.MEGABYTE,
        "graph_mb": memory["graph_mb"],
    }


def _steps(
    vectors: Vectors, classes: list[str], neighbours: Neighbours, rounds: int
) -> dict[str, dict[str, float]]:
    """Times of a pass over the pool, of a step with each vote model, and of a batch."""
    ids = [item_id(row) for row in range(len(vectors))]
    records = {one: ItemRecord(one, "") for one in ids}
    found = FoundNeighbourhoods(neighbours)
    pools = {
        name: PoolInUse(open_session(model, vectors, records, found), classes)
        for name, model in MODELS.items()
    }
    for pool in pools.values():
        for _ in range(LABELS_BEFORE):
            pool.step()
    timings = {name: Timings() for name in ("one_pass_ms", *MODELS, "batch100_ms")}
    vector = vectors[0].copy()
    for _ in range(rounds):
        for name, pool in pools.items():
            timings["one_pass_ms"].measure(lambda: vectors @ vector)
            time.sleep(PAUSE_SECONDS)
            timings[name].measure(pool.step)
            time.sleep(PAUSE_SECONDS)
    pool = pools["default_ms"]
    for _ in range(BATCHES):
        pool.label_without_next()
        timings["batch100_ms"].measure(lambda: pool.lease(BATCH))
    return {name: timing.summary() for name, timing in timings.items()}


def _processor() -> str:
    """The processor's name, where the system tells it."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _report(measured: dict[str, Any]) -> str:
    """The measurements for people."""
    one_pass = measured["one_pass_ms"]["p50"]
    lines = [
        f"{measured['items']} x {measured['dimension']}",
        "",
        f"{'step':<16}{'p50 ms':>10}{'p95 ms':>10}{'passes':>10}",
    ]
    for name in STEPS:
        if times := measured[name]:
            label = name.removesuffix("_ms")
            lines.append(
                f"{label:<16}{times['p50']:>10.2f}{times['p95']:>10.2f}{times['p50'] / one_pass:>10.2f}"
            )
    build, exact = measured["graph_build_s"], measured["graph_exact_s"]
    needed = measured["vector_mb"] + measured["graph_mb"]
    lines += [
        "",
        f"graph: {build:.1f} s, exact search {exact:.1f} s ({exact / build:.1f} times), "
        f"recall {measured['graph_recall']:.4f}",
        f"peak memory: {measured['peak_mb']:.0f} MB, {measured['base_mb']:.0f} MB of them before the pool; "
        f"vectors {measured['vector_mb']:.0f} MB, graph {measured['graph_mb']:.0f} MB "
        f"({measured['peak_mb'] / needed:.2f} times both)",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.label_to_next")
    parser.add_argument("--items", type=int, default=100_000, help="vectors in the pool")
    parser.add_argument("--dim", type=int, default=1280, help="their dimension")
    parser.add_argument("--rounds", type=int, default=80, help="how often each step is timed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", action="store_true", help="measure modAL and scikit-activeml as well")
    parser.add_argument("--json", type=Path, help="file to write the numbers to")
    given = parser.parse_args(arguments)
    measured = run(given.items, given.dim, rounds=given.rounds, with_peers=given.peers, seed=given.seed)
    if given.json is not None:
        given.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    print(_report(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
