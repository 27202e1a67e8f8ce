"""Writes all that a simulation leaves behind."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vicinal.core.records import RawContent
from vicinal.evaluation.plots import plot_label_needs, plot_learning_curves
from vicinal.evaluation.report.page import page
from vicinal.evaluation.results import curve_of, label_needs, write_results
from vicinal.evaluation.simulation import Simulation

RESULTS_FILE, CURVES_FILE = "results.json", "curves.png"
EFFICIENCY_FILE, REPORT_FILE = "efficiency.png", "report.html"


def write_files(
    summary: Mapping[str, Any],
    simulation: Simulation,
    content_of: Callable[[str], RawContent | None],
    folder: Path,
) -> None:
    """Writes results.json, both pictures and the page.

    Args:
        summary: the figures, as `results` gives them.
        simulation: they are of.
        content_of: an item's image file or text by its id; None where there is nothing to show.
        folder: that is there.

    Raises:
        OSError: a file cannot be written.
    """
    write_results(summary, folder / RESULTS_FILE)
    name, subtitle = simulation.data.name, _subtitle(simulation)
    plot_learning_curves(
        {name: curve_of(simulation, name) for name in simulation.runs},
        folder / CURVES_FILE,
        title=f"{name}: accuracy against labels",
        subtitle=subtitle,
        targets=simulation.settings.targets,
    )
    needs = label_needs(simulation)
    title = f"{name}: labels needed"
    plot_label_needs(
        needs, folder / EFFICIENCY_FILE, title=title, subtitle=subtitle, budget=simulation.budget
    )
    pictures = {
        "Accuracy against the number of labels": (folder / CURVES_FILE).read_bytes(),
        "Labels that each strategy needs": (folder / EFFICIENCY_FILE).read_bytes(),
    }
    class_of = dict(zip(simulation.data.ids, simulation.data.classes, strict=True))
    html = page(summary, class_of, content_of, pictures)
    # Texts from anywhere may hold halves of surrogate pairs, which no encoding takes.
    (folder / REPORT_FILE).write_text(html, encoding="utf-8", errors="replace")


def _subtitle(simulation: Simulation) -> str:
    """What was measured, in one line."""
    data, count = simulation.data, len(simulation.trials)
    spread = f"mean of {count} runs with one standard error" if count > 1 else "one run"
    items = f"{len(data.ids):,} items in {len(set(data.classes))} classes"
    return f"{items}; {spread}; tested on items that are never labelled"
