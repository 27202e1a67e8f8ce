"""Peak memory of a process that does nothing but keep one pool: `python -m benchmarks.peak_memory FOLDER`.

Items are added to a data directory in requests as a client sends them, the graph is built, items are labelled
one by one, and a batch is asked for. Only then does the process tell how much it has needed at most: the
interpreter, all libraries, and the pages of mapped files that are in memory included.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.pools_in_use import PoolInUse, graph_bytes, item_id
from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock, Store
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.clock import SystemClock
from vicinal.pools.results import PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Metric
from vicinal.server.process import give_memory_back
from vicinal.storage import SqlStore

ITEMS_PER_REQUEST = 2048
STEPS = 30
BATCH = 100
MEGABYTE = 1e6


def in_fresh_process(data: Path) -> dict[str, float]:
    """`base_mb`, `peak_mb` and `graph_mb` of a process of its own, the first of them before there is a pool.

    Args:
        data: folder with `vectors.npy`, (N, d) float32, and `classes.npy`, (N,).
    """
    command = [sys.executable, "-m", "benchmarks.peak_memory", str(data)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(answer)
    return measured


def measure(data: Path) -> dict[str, float]:
    """As `in_fresh_process`; to be called in a process that has done nothing else."""
    give_memory_back()
    base = _peak_bytes()
    classes = np.load(data / "classes.npy").astype(str).tolist()
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        with closing(SqlStore(Path(folder) / "data", clock)) as store:
            session = _filled_session(data / "vectors.npy", store, clock)
            in_use = PoolInUse(session, classes)
            for _ in range(STEPS):
                in_use.step()
            in_use.label_without_next()
            in_use.lease(BATCH)
            measured = {"base_mb": base, "peak_mb": _peak_bytes(), "graph_mb": graph_bytes(session)}
    return {name: count / MEGABYTE for name, count in measured.items()}


def _filled_session(vectors_file: Path, store: Store, clock: Clock) -> PoolSession:
    dimension = np.load(vectors_file, mmap_mode="r").shape[1]
    config = PoolConfig("benchmark", dimension)
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, threads=os.cpu_count() or 1)
    session = PoolSession(config, store.create_pool(config), neighbourhoods, clock, store.stored_response)
    rows = 0
    for vectors in _requests(vectors_file):
        session.add_items([PreparedItem(item_id(rows + row), "") for row in range(len(vectors))], vectors)
        rows += len(vectors)
    return session


def _requests(vectors_file: Path) -> Iterator[Vectors]:
    """The rows, read block by block: pages of a mapped file would count as this process's memory."""
    mapped = np.load(vectors_file, mmap_mode="r")
    items, dimension = mapped.shape
    with vectors_file.open("rb") as file:
        file.seek(mapped.offset)
        for start in range(0, items, ITEMS_PER_REQUEST):
            rows = min(ITEMS_PER_REQUEST, items - start)
            yield np.fromfile(file, dtype=np.float32, count=rows * dimension).reshape(rows, dimension)


def _peak_bytes() -> int:
    """The most that was in memory at once; what `getrusage` tells of a child goes back to its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
