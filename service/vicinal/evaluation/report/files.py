"""Writes all that a simulation leaves behind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vicinal.core.ports import RawContent
from vicinal.evaluation.plots import plot_learning_curves
from vicinal.evaluation.results import curve_of, write_results
from vicinal.evaluation.simulation import Simulation

RESULTS_FILE, CURVES_FILE = "results.json", "curves.png"
EFFICIENCY_FILE, REPORT_FILE = "efficiency.png", "report.html"


def write_files(
    told: Mapping[str, Any],
    simulation: Simulation,
    content_of: Callable[[str], RawContent | None],
    folder: Path,
) -> None:
    """Writes results.json, both pictures and the page.

    Args:
        told: the figures, as `results` gives them.
        simulation: they are of.
        content_of: an item's image file or text by its id; None where there is nothing to show.
        folder: that is there.

    Raises:
        OSError: a file cannot be written.
    """
    write_results(told, folder / RESULTS_FILE)
    count = len(simulation.trials)
    spread = f"mean of {count} runs with one standard error" if count > 1 else "one run"
    plot_learning_curves(
        {name: curve_of(simulation, name) for name in simulation.runs},
        folder / CURVES_FILE,
        title=f"{simulation.data.name}: accuracy against labels",
        subtitle=f"{len(simulation.data.ids)} items, {spread}",
        targets=simulation.settings.targets,
    )
