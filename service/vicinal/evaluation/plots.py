"""Pictures of learning curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from vicinal.evaluation.learning_curve import MeanCurve

# Told apart by lightness too, for print and for eyes that see colours otherwise. Grey is the baseline.
COLOURS = ("#0b6e4f", "#8d99ae", "#d1495b", "#edae49", "#30638e", "#6d597a")
INK, FAINT, MUTED = "#22272e", "#d9dde3", "#5c6670"
# The curves after the sixth have the same colours again, and these lines.
DASHES: tuple[tuple[int, tuple[float, ...]], ...] = ((0, ()), (0, (5, 2)), (0, (1, 1.5)))


def look(number: int) -> tuple[str, tuple[int, tuple[float, ...]]]:
    """Colour and dashes of the curve of that number, from 0.

    >>> look(0), look(7)
    (('#0b6e4f', (0, ())), ('#8d99ae', (0, (5, 2))))
    """
    return COLOURS[number % len(COLOURS)], DASHES[number // len(COLOURS) % len(DASHES)]


def plot_learning_curves(
    curves: Mapping[str, MeanCurve], path: Path, *, title: str, subtitle: str, targets: Sequence[float]
) -> None:
    """Writes a PNG of mean accuracy against the number of labels, with a band of one standard error.

    Args:
        curves: by name, the most interesting first; the first six have a colour of their own.
        path: of the picture; its folder exists.
        title: in one short line.
        subtitle: what was measured, in one line.
        targets: accuracies in [0, 1] that a thin line marks.

    Raises:
        OSError: the file cannot be written.
    """
    figure, axes = blank(5)
    _draw_targets(axes, targets)
    for number, (name, curve) in reversed(list(enumerate(curves.items()))):
        _draw_curve(axes, name, curve, number)
    _dress(axes, curves)
    entitle(figure, title, subtitle)
    figure.subplots_adjust(left=0.085, right=0.96, top=0.85, bottom=0.115)
    figure.savefig(path)


def blank(height: float) -> tuple[Figure, Axes]:
    """A white figure 8 inches wide, and so many high."""
    figure = Figure(figsize=(8, height), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def entitle(figure: Figure, title: str, subtitle: str) -> None:
    """Writes what is shown above a figure, whatever its height; both are taken as they are."""
    inches = figure.get_figheight()
    top, below = 1 - 0.175 / inches, 1 - 0.575 / inches
    plain: dict[str, Any] = {"ha": "left", "parse_math": False}
    figure.suptitle(title, x=0.075, y=top, va="top", fontsize=14, fontweight="bold", color=INK, **plain)
    figure.text(0.075, below, subtitle, fontsize=9, color=MUTED, **plain)


def _draw_targets(axes: Axes, targets: Sequence[float]) -> None:
    for target in targets:
        axes.axhline(target, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _draw_curve(axes: Axes, name: str, curve: MeanCurve, number: int) -> None:
    colour, dashes = look(number)
    error = np.nan_to_num(curve.standard_errors)
    low, high = curve.means - error, np.minimum(curve.means + error, 1.0)
    axes.fill_between(curve.label_counts, low, high, color=colour, alpha=0.18, linewidth=0, zorder=2)
    mark = "o" if len(curve.label_counts) == 1 else None
    style: dict[str, Any] = {"color": colour, "linestyle": dashes, "linewidth": 2.2, "marker": mark}
    axes.plot(curve.label_counts, curve.means, label=name, zorder=3, **style)


def _dress(axes: Axes, curves: Mapping[str, MeanCurve]) -> None:
    lowest = min(float(curve.means.min()) for curve in curves.values())
    axes.set_ylim(max(0.0, np.floor(lowest * 10) / 10), 1.0)
    axes.set_xlim(0, max(int(curve.label_counts[-1]) for curve in curves.values()))
    axes.set_xlabel("labels given", color=INK)
    axes.set_ylabel("accuracy on the test set", color=INK)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.tick_params(colors=INK, length=0)
    axes.grid(visible=True, axis="x", color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    handles, names = axes.get_legend_handles_labels()
    in_order = sorted(zip(names, handles, strict=True), key=lambda pair: list(curves).index(pair[0]))
    axes.legend(
        [handle for _, handle in in_order], [name for name, _ in in_order], loc="lower right", frameon=False
    )
