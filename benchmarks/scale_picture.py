"""The model of scale as a picture: time and memory over the number of items, with what was measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmarks.scale_model import Cluster, alone, core_seconds, fitted, predicted
from vicinal.jobs.scoring.plan import EXACT_ROWS

# Of each way to rank, its colour, and the most items that it is taken for.
RANKS = {"sorted": ("#30638e", EXACT_ROWS), "summaries": ("#d1495b", 1e9)}
_LEAST = 1e4


def draw(runs: Sequence[dict[str, Any]], cluster: Cluster, file: Path) -> None:
    """Writes the picture.

    Args:
        runs: of scoring, by `benchmarks.batch`.
        cluster: whose time is shown beside that of one core.
        file: PNG to be written.
    """
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    time, memory = figure.subplots(1, 2)
    for ranks, (colour, most) in RANKS.items():
        model, measured, items = fitted(runs, ranks), alone(runs, ranks), np.geomspace(_LEAST, most, 60)
        label = "ranks by sorting" if ranks == "sorted" else "ranks by summaries"
        sizes = [run["items"] for run in measured]
        time.plot(items, [model.core_seconds(each) for each in items], color=colour, label=label)
        time.plot(sizes, list(map(core_seconds, measured)), "o", color=colour)
        memory.plot(items, [model.peak_mb(each) for each in items], color=colour, label=label)
        memory.plot(sizes, [run["peak_mb"] for run in measured], "o", color=colour)
    seconds = [predicted(model, each, cluster).seconds for each in items]
    many = f"the same, {cluster.machines} x {cluster.cores} cores"
    time.plot(items, seconds, "--", color="#0b6e4f", label=many)
    for axes, what in ((time, "seconds on one core"), (memory, "peak MB with one worker")):
        axes.set(xscale="log", yscale="log", xlabel="items of 256 numbers", ylabel=what)
    time.legend(frameon=False, loc="lower right")
    memory.legend(frameon=False, loc="upper left")
    figure.savefig(file, dpi=110)
