"""The pool's neighbour graph: time, recall and memory, beside FAISS exact search of the same graph.

    python -m benchmarks.graph --items N --dim D --json FILE

Time is taken with all cores, and both searches one after the other in one run. Peak memory is that of a
process of its own that reads the vectors, finds the neighbours and puts the graph together, the interpreter
and all libraries included.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import graph_build
from benchmarks.data import clustered
from vicinal.core.graph import PoolGraph, pool_graph
from vicinal.core.records import Neighbours

MEGABYTE = 1e6


def run(items: int, dimension: int, seed: int = 0) -> dict[str, Any]:
    """All measurements, by the keys of the JSON file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.npy"
        np.save(path, clustered(items, dimension, seed))
        memory = memory_in_fresh_process(path)
        vectors = np.load(path)
    neighbours, build_seconds = graph_build.build(vectors)
    exact = graph_build.search_exactly(vectors, neighbours, seed)
    return {
        "items": items,
        "dimension": dimension,
        "cores": os.cpu_count(),
        "graph_build_s": build_seconds,
        "graph_exact_s": exact.seconds,
        "graph_exact_queries": exact.queries,
        "graph_recall": exact.recall,
        "vector_mb": vectors.nbytes / MEGABYTE,
        **memory,
    }


def memory_in_fresh_process(vectors_file: Path) -> dict[str, float]:
    """`peak_mb` and `graph_mb` of a process that builds the graph of an (N, d) `.npy` file."""
    command = [sys.executable, "-m", "benchmarks.graph", "--memory-of", str(vectors_file)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(answer)
    return measured


def measure_memory(vectors_file: Path) -> dict[str, float]:
    """As `memory_in_fresh_process`; to be called in a process that has done nothing else."""
    neighbours, _ = graph_build.build(np.load(vectors_file))
    graph = pool_graph(neighbours.keys, neighbours.similarities)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"peak_mb": peak / MEGABYTE, "graph_mb": graph_bytes(neighbours, graph) / MEGABYTE}


def graph_bytes(neighbours: Neighbours, graph: PoolGraph) -> int:
    """What neighbour lists and transition matrix take."""
    edges = graph.transition
    arrays = (neighbours.keys, neighbours.similarities, edges.indptr, edges.indices, edges.data)
    return sum(array.nbytes for array in arrays)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=1280)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="writes the measurements there, too")
    parser.add_argument("--memory-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_of:
        print(json.dumps(measure_memory(options.memory_of)))
        return
    measured = run(options.items, options.dim, options.seed)
    if options.json:
        options.json.write_text(json.dumps(measured, indent=2) + "\n")
    needed = measured["vector_mb"] + measured["graph_mb"]
    print(
        f"{options.items} x {options.dim}: built in {measured['graph_build_s']:.1f} s, "
        f"recall {measured['graph_recall']:.3f}; exact search {measured['graph_exact_s']:.1f} s "
        f"({measured['graph_exact_s'] / measured['graph_build_s']:.1f} times as long); peak memory "
        f"{measured['peak_mb']:.0f} MB, {measured['peak_mb'] / needed:.2f} times vectors and graph"
    )


if __name__ == "__main__":
    main()
