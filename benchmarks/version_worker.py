"""The measuring process of one version, for `benchmarks.compare_versions`: its own client and server.

It stands on what every version's client has, and on nothing of the benchmarks of today. A line of standard
input is "step COUNT" or "import COUNT"; the answer is a line of JSON with the seconds of each run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vicinal.client import Client, NewItem

POOL = "benchmark"
CLASSES = 6
WARM_UP = 20
LEASE_SECONDS = 3600.0
# The first lease of a pool may wait for compiled loops.
CALL_SECONDS = 300.0


def start_server(data_dir: Path) -> "tuple[subprocess.Popen[str], str]":
    """A server on a free port, and its address.

    Raises:
        RuntimeError: it did not start.
    """
    data_dir.mkdir(parents=True)
    command = [sys.executable, "-m", "vicinal.cli.main", "serve", "--listen", "127.0.0.1:0"]
    command += ["--data-dir", str(data_dir), "--log-level", "error"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith("listening on "):
        raise RuntimeError(f"the server did not start: it said {line!r}")
    return process, line.removeprefix("listening on ").strip()


class Annotator:
    """Labels one item at a time and asks for the next with the label."""

    def __init__(self, client: Client, classes: "dict[str, str]") -> None:
        self._client = client
        self._classes = classes
        self._batch = client.lease_batch(POOL, 1, lease_seconds=LEASE_SECONDS)

    def step(self) -> None:
        """Labels the leased item and leases the next one."""
        item_id = self._batch.items[0].item_id
        submitted = self._client.submit_labels(
            POOL,
            {item_id: self._classes[item_id]},
            lease_id=self._batch.lease_id,
            next_size=1,
            next_lease_seconds=LEASE_SECONDS,
        )
        self._batch = submitted.next


def measure(run: Callable[[], None], count: int) -> "list[float]":
    """Seconds of each run."""
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return seconds


def main() -> None:
    """Serves, fills a pool, and measures what it is asked for until its input ends."""
    folder, items, dimension = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    rng = np.random.default_rng(0)
    of_class = rng.integers(CLASSES, size=items)
    centres = rng.normal(size=(CLASSES, dimension))
    vectors = (centres[of_class] + rng.normal(size=(items, dimension))).astype(np.float32)
    names = [f"{index:08d}" for index in range(items)]
    process, target = start_server(folder)
    imported = 0
    try:
        with Client(target, timeout_seconds=CALL_SECONDS) as client:

            def import_all() -> None:
                nonlocal imported
                pool = POOL if imported == 0 else f"import-{imported}"
                imported += 1
                client.create_pool(pool, dimension=dimension)
                client.import_items(pool, (NewItem(*each) for each in zip(names, vectors, strict=True)))

            import_all()
            annotator = Annotator(
                client, {name: f"c{number}" for name, number in zip(names, of_class, strict=True)}
            )
            measure(annotator.step, WARM_UP)
            runs = {"step": annotator.step, "import": import_all}
            for line in sys.stdin:
                what, count = line.split()
                print(json.dumps(measure(runs[what], int(count))), flush=True)
    finally:
        process.terminate()
        process.wait(60)


if __name__ == "__main__":
    main()
