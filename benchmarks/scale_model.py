"""What scoring takes at sizes that were not measured.

    python -m benchmarks.scale_model --json FIGURES --items 1e9 --machines 32 --cores 16

FIGURES is a file of `benchmarks.batch`. Each stage of a job takes a fixed time and an equal one for each
item; both are fitted to the processor time of the runs with one worker. Reading and scoring are divided among
workers, the rest is done by one process, and nothing goes faster than a shared disk and the network carry it.
`benchmarks.batch_tables` holds the model, fitted to the smaller pools alone, against the largest one.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from vicinal.jobs.scoring.plan import EXACT_ROWS, RANGE_ROWS

_DIMENSION, _ID_BYTES = 256, 12
# Of an item whose ten classes all have shares: three numbers of 8 bytes, class and share of 4 each.
_PART_BYTES = 3 * 8 + 10 * 8
# So often the one process reads what workers found of an item, ranks by summaries.
_PART_READS = 6
_WORKERS_DO = ("reading", "scoring")

Run = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A fixed amount, and one for each item."""

    fixed: float
    each: float

    def at(self, items: float) -> float:
        """Of so many."""
        return self.fixed + self.each * items


@dataclass(frozen=True)
class ScaleModel:
    """What jobs take with their ranks found in one way.

    Attributes:
        workers: core seconds of reading and scoring, over items.
        single: of the one process that ranks, chooses and writes.
        memory: megabytes of a process that does all of it; over items where ranks are sorted, else over those
            of a part, since no more are held at once.
        is_bounded: the latter.
        out_bytes: of an item in the output.
    """

    workers: Line
    single: Line
    memory: Line
    is_bounded: bool
    out_bytes: float

    def peak_mb(self, items: float) -> float:
        """Memory of a job with one worker."""
        return self.memory.at(min(items, RANGE_ROWS) if self.is_bounded else items)

    def core_seconds(self, items: float) -> float:
        """Of a job with one worker."""
        return self.workers.at(items) + self.single.at(items)


@dataclass(frozen=True)
class Cluster:
    """Machines that share a disk.

    Attributes:
        machines: how many.
        cores: of each, a worker on each core.
        network: bytes a second of each machine.
        disk: bytes a second of the shared disk, reading and writing together.
    """

    machines: int
    cores: int
    network: float = 1.25e9
    disk: float = 5e9


@dataclass(frozen=True)
class Predicted:
    """Of a job on a cluster.

    Attributes:
        workers: seconds of reading and scoring, were there nothing to wait for.
        many_bytes: that workers carry from and to the disk.
        many_carry: seconds of that.
        single: seconds of ranking, choosing and writing in one process, likewise.
        one_bytes: that this process carries.
        one_carries: seconds of that.
        room_bytes: on the disk, beside the input.
    """

    workers: float
    many_bytes: float
    many_carry: float
    single: float
    one_bytes: float
    one_carries: float
    room_bytes: float

    @property
    def seconds(self) -> float:
        """Of the whole job: the longer of computing and carrying, twice."""
        return max(self.workers, self.many_carry) + max(self.single, self.one_carries)


def fitted(runs: Sequence[Run], ranks: str, most_items: float = float("inf")) -> ScaleModel:
    """The model that is least off, in proportion, from the runs with one worker.

    Args:
        runs: of `benchmarks.batch`, of two sizes at least.
        ranks: "sorted" or "summaries".
        most_items: larger pools are left out.
    """
    taken = [run for run in alone(runs, ranks) if run["items"] <= most_items]
    items = [run["items"] for run in taken]
    is_bounded = ranks == "summaries"
    held = [min(each, RANGE_ROWS) if is_bounded else each for each in items]
    return ScaleModel(
        _line(items, [core_seconds(run, _is_shared) for run in taken]),
        _line(items, [core_seconds(run, _is_single) for run in taken]),
        _line(held, [run["peak_mb"] for run in taken]),
        is_bounded,
        1e6 * sum(run["out_mb"] for run in taken) / sum(items),
    )


def alone(runs: Sequence[Run], ranks: str) -> list[Run]:
    """Those with one worker, a process of its own."""
    asked = {"engine": "local", "workers": 1, "ranks": ranks}.items()
    return [run for run in runs if asked <= run.items()]


def core_seconds(run: Run, counts: Callable[[str], bool] = lambda _stage: True) -> float:
    """Of the stages that count."""
    return float(sum(told["core_s"] for stage, told in run["stages"].items() if counts(stage)))


def _is_shared(stage: str) -> bool:
    return stage in _WORKERS_DO


def _is_single(stage: str) -> bool:
    return stage not in _WORKERS_DO


def _line(items: Sequence[float], values: Sequence[float]) -> Line:
    measured = np.array(values)
    terms = np.stack([np.ones(len(items)), np.array(items, dtype=np.float64)], axis=1)
    (fixed, each), _ = nnls(terms / measured[:, None], np.ones(len(items)))
    return Line(float(fixed), float(each))


def predicted(model: ScaleModel, items: float, cluster: Cluster) -> Predicted:
    """What a job of so many items takes; each core works on as many of them."""
    vector = 4 * _DIMENSION
    # Vectors are read, written as float32 rows, and read again.
    many_bytes = items * (3 * vector + 2 * _ID_BYTES + _PART_BYTES)
    one_bytes = items * (vector + _PART_READS * _PART_BYTES + _ID_BYTES + model.out_bytes)
    return Predicted(
        workers=model.workers.at(items / (cluster.machines * cluster.cores)),
        many_bytes=many_bytes,
        many_carry=many_bytes / min(cluster.disk, cluster.machines * cluster.network),
        single=model.single.at(items),
        one_bytes=one_bytes,
        one_carries=one_bytes / min(cluster.disk, cluster.network),
        room_bytes=items * (vector + _PART_BYTES + _ID_BYTES + model.out_bytes),
    )


def prediction(model: ScaleModel, items: float, cluster: Cluster) -> Iterator[tuple[str, ...]]:
    """`predicted` as rows of a table."""
    told = predicted(model, items, cluster)
    yield f"{items:,.0f} x {_DIMENSION}", f"{cluster.machines} machines of {cluster.cores} cores"
    yield "reading and scoring, all cores", f"{told.workers:,.0f} s of computing"
    yield "what they carry: vectors in, out and in again", _carried(told.many_bytes, told.many_carry)
    yield "ranking and writing, one process", f"{told.single:,.0f} s of computing"
    yield "what it carries: vectors, parts, output", _carried(told.one_bytes, told.one_carries)
    yield "in all, by the longer of each two", f"{told.seconds / 3600:.1f} hours"
    yield "memory of a machine, a worker on each core", f"{cluster.cores * model.peak_mb(items) / 1e3:.1f} GB"
    yield "memory of the one process", f"{model.peak_mb(items) / 1e3:.1f} GB"
    yield "room on the shared disk, beside the input", f"{told.room_bytes / 1e12:.1f} TB"


def _carried(count: float, seconds: float) -> str:
    return f"{count / 1e12:.1f} TB, {seconds:,.0f} s"


def markdown(rows: Iterator[tuple[str, ...]]) -> str:
    """A table whose first row is its head."""
    first, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([first, "|---" * (first.count("|") - 1) + "|", *others])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="figures of `benchmarks.batch`")
    parser.add_argument("--items", type=float, default=1e9, help=f"more than {EXACT_ROWS:,}")
    parser.add_argument("--machines", type=int, default=32)
    parser.add_argument("--cores", type=int, default=16, help="of each machine")
    parser.add_argument("--network", type=float, default=1.25e9, help="bytes a second of each machine")
    parser.add_argument("--disk", type=float, default=5e9, help="bytes a second of the disk they share")
    options = parser.parse_args(arguments)
    runs = json.loads(options.json.read_text(encoding="utf-8"))["scoring"]
    cluster = Cluster(options.machines, options.cores, options.network, options.disk)
    print(markdown(prediction(fitted(runs, "summaries"), options.items, cluster)))


if __name__ == "__main__":
    main()
