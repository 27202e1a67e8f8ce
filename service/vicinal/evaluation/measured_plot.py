"""A picture of one pool's learning curve, as it was measured while people labelled."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from vicinal.evaluation.plots import COLOURS, FAINT, INK


def plot_measured_curve(
    label_counts: Sequence[int],
    values: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    path: Path,
    *,
    title: str,
    subtitle: str,
) -> None:
    """Writes a PNG of accuracy against the number of labels, with its interval as a band.

    Args:
        label_counts: rising, at least one.
        values: accuracies there, in [0, 1].
        lows: lower ends of the intervals.
        highs: upper ends.
        path: of the picture; its folder exists.
        title: in one short line.
        subtitle: what it was measured on, in one line.

    Raises:
        OSError: the file cannot be written.
    """
    figure = Figure(figsize=(8, 5), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.fill_between(label_counts, lows, highs, color=COLOURS[0], alpha=0.18, linewidth=0)
    axes.plot(label_counts, values, color=COLOURS[0], linewidth=2.2, marker="o", markersize=4)
    axes.set_ylim(0, 1)
    axes.set_xlim(0, max(label_counts) * 1.03)
    axes.set_xlabel("labels given", color=INK)
    axes.set_ylabel("accuracy, with 95 % interval", color=INK)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(colors=INK, length=0)
    axes.grid(visible=True, color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    figure.suptitle(title, x=0.075, y=0.965, ha="left", fontsize=14, fontweight="bold", color=INK)
    figure.text(0.075, 0.885, subtitle, ha="left", fontsize=9, color="#5c6670")
    figure.subplots_adjust(left=0.085, right=0.96, top=0.85, bottom=0.115)
    figure.savefig(path, format="png")
