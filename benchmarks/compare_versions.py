"""What the label loop and an import cost over the wire in two versions of the code.

    python -m benchmarks.compare_versions --before CHECKOUT --json FILE

Each version has a client and a server process of its own, both from its own checkout. The two take turns, so
that whatever else the machine does hits both alike; a figure is the median of the rounds' ratios. JSON:
`step_ratio` and `import_ratio` (this version's time over the other's), `step_ms` and `import_seconds`
(medians by version).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent.parent
SOURCES = ("clients/python", "featurizers", "proto", "service")


class Version:
    """One version of the code at work: its measuring process, which runs its server.

    Args:
        checkout: where its sources are.
        folder: for its data directory.
        items: of the pool.
        dimension: of their vectors.
    """

    def __init__(self, checkout: Path, folder: Path, items: int, dimension: int) -> None:
        paths = os.pathsep.join(str(checkout / source) for source in SOURCES)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(HERE / "benchmarks" / "version_worker.py"),
                str(folder),
                str(items),
                str(dimension),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"PYTHONPATH": paths},
        )

    def measure(self, what: str, count: int) -> list[float]:
        """Seconds of each of `count` runs of `what`: "step" or "import".

        Raises:
            RuntimeError: the process has ended; what it wrote says why.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the measuring process has no pipes")
        print(what, count, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the measuring process ended with exit code {self._process.wait()}")
        return [float(seconds) for seconds in json.loads(line)]

    def __enter__(self) -> "Version":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(60)


def compare(before: Version, after: Version, rounds: int, steps: int) -> dict[str, Any]:
    """Both versions' times, and the median of the rounds' ratios."""
    figures: dict[str, Any] = {}
    for what, count, factor in (("step", steps, 1e3), ("import", 1, 1.0)):
        times: dict[str, list[float]] = {"before": [], "after": []}
        for index in range(rounds):
            order = [("before", before), ("after", after)]
            for name, version in order if index % 2 == 0 else reversed(order):
                times[name].append(median(version.measure(what, count)) * factor)
        ratios = [new / old for old, new in zip(times["before"], times["after"], strict=True)]
        figures[f"{what}_ratio"] = median(ratios)
        figures[f"{what}_ratios"] = ratios
        figures["step_ms" if what == "step" else "import_seconds"] = {
            name: median(each) for name, each in times.items()
        }
    return figures


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="checkout of the code to compare with")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--steps", type=int, default=40, help="labels of a round")
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        versions = [
            stack.enter_context(Version(checkout, folder / name, options.items, options.dim))
            for name, checkout in (("before", options.before.resolve()), ("after", HERE))
        ]
        figures = compare(*versions, options.rounds, options.steps)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
