"""Pictures of learning curves, and of the labels that each method needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from vicinal.evaluation.labelling import MeanCurve
from vicinal.evaluation.simulation import LabelsNeeded

# Told apart by lightness too, for print and for eyes that see colours otherwise. Grey is the baseline.
COLOURS = ("#0b6e4f", "#8d99ae", "#d1495b", "#edae49", "#30638e", "#6d597a")
INK, FAINT, MUTED = "#22272e", "#d9dde3", "#5c6670"
# The curves after the sixth have the same colours again, and these lines.
DASHES: tuple[tuple[int, tuple[float, ...]], ...] = ((0, ()), (0, (5, 2)), (0, (1, 1.5)))


def choose_line_style(number: int) -> tuple[str, tuple[int, tuple[float, ...]]]:
    """Colour and dashes of the curve of that number, from 0.

    >>> choose_line_style(0), choose_line_style(7)
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
    figure, axes = make_blank_figure(5)
    _draw_targets(axes, targets)
    for number, (name, curve) in reversed(list(enumerate(curves.items()))):
        _draw_curve(axes, name, curve, number)
    _dress(axes, curves)
    add_title(figure, title, subtitle)
    figure.subplots_adjust(left=0.085, right=0.96, top=0.85, bottom=0.115)
    figure.savefig(path)


def make_blank_figure(height: float) -> tuple[Figure, Axes]:
    """A white figure 8 inches wide, and so many high."""
    figure = Figure(figsize=(8, height), dpi=160, facecolor="white")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def add_title(figure: Figure, title: str, subtitle: str) -> None:
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
    colour, dashes = choose_line_style(number)
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


# Inches: of a method's line, between targets, and of title and axis together.
_LINE, _GAP, _AROUND = 0.3, 0.15, 1.7


@dataclass(frozen=True)
class _Place:
    """Where a method's dot for one target goes; lines are counted from the top."""

    target: str
    method: str
    number: int
    line: float
    need: LabelsNeeded


def plot_label_needs(
    needs: Mapping[str, Mapping[str, LabelsNeeded]], path: Path, *, title: str, subtitle: str, budget: int
) -> None:
    """Writes a PNG with a dot for each target and method, and a bar of one standard error.

    Where a run did not reach the target, the dot is hollow, at the mean's lower bound, with an arrow to more;
    where none did, there are only words.

    Args:
        needs: by target, in the words to show, then by method, in the order of their colours.
        path: of the picture; its folder exists.
        title: in one short line.
        subtitle: what was measured, in one line.
        budget: most labels of a run; the axis ends there.

    Raises:
        OSError: the file cannot be written.
    """
    places, lines = _places(needs)
    height = _AROUND + lines * _LINE
    figure, axes = make_blank_figure(height)
    for place in places:
        _draw(axes, place, budget)
    _dress_needs(axes, places, lines, budget)
    add_title(figure, title, subtitle)
    figure.subplots_adjust(left=0.27, right=0.93, top=1 - 0.8 / height, bottom=0.85 / height)
    figure.legend(handles=_legend(), loc="lower left", ncols=2, frameon=False, fontsize=8, labelcolor=MUTED)
    figure.savefig(path)


def _places(needs: Mapping[str, Mapping[str, LabelsNeeded]]) -> tuple[list[_Place], float]:
    places, line = list[_Place](), 0.0
    for target, by_method in needs.items():
        line += 1
        for number, (method, need) in enumerate(by_method.items()):
            places.append(_Place(target, method, number, line, need))
            line += 1
        line += _GAP / _LINE
    return places, max(line - _GAP / _LINE, 1.0)


def _draw(axes: Axes, place: _Place, budget: int) -> None:
    need, colour = place.need, choose_line_style(place.number)[0]
    if need.reached == 0:
        _write(axes, place, f"no run reached it with {budget} labels", at=0, points=4, colour=MUTED)
        return
    axes.plot([0, need.lower_bound], [place.line] * 2, color=colour, linewidth=2, alpha=0.3, zorder=2)
    if need.mean is None:
        _draw_lower_bound(axes, place, colour)
        return
    error = need.standard_error or 0.0
    bar: dict[str, Any] = {"xerr": error, "fmt": "o", "color": colour, "markersize": 7, "capsize": 3}
    axes.errorbar([need.mean], [place.line], zorder=4, **bar)
    _write(axes, place, f"{need.mean:.1f}".removesuffix(".0"), at=need.mean + error, points=8)


def _draw_lower_bound(axes: Axes, place: _Place, colour: str) -> None:
    need = place.need
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 1.8, "markersize": 7}
    axes.plot([need.lower_bound], [place.line], "o", color=colour, zorder=4, **hollow)
    arrow = {"arrowstyle": "<-", "color": colour, "linewidth": 1.6, "shrinkB": 5}
    at = (need.lower_bound, place.line)
    axes.annotate("", at, (26, 0), textcoords="offset points", arrowprops=arrow, zorder=3)
    told = f"\u2265 {need.lower_bound:.0f} ({need.reached} of {need.runs} runs)"
    _write(axes, place, told, at=need.lower_bound, points=30)


def _write(axes: Axes, place: _Place, told: str, *, at: float, points: float, colour: str = INK) -> None:
    """Words on a method's line, so many points to the right of a number of labels."""
    style: dict[str, Any] = {"va": "center", "fontsize": 8, "color": colour}
    axes.annotate(told, (at, place.line), (points, 0), textcoords="offset points", **style)


def _dress_needs(axes: Axes, places: Sequence[_Place], lines: float, budget: int) -> None:
    # Room for words to the right of a dot at the budget.
    axes.set_xlim(0, budget * 1.3)
    axes.set_ylim(lines - 0.5, -0.5)
    axes.set_yticks([place.line for place in places], [place.method for place in places], parse_math=False)
    axes.set_xlabel("labels needed", color=INK)
    axes.tick_params(colors=INK, length=0)
    axes.grid(visible=True, axis="x", color="#eef0f3", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    for place in places:
        if place.number == 0:
            style: dict[str, Any] = {"ha": "right", "va": "center", "fontweight": "bold", "color": INK}
            transform = axes.get_yaxis_transform()
            axes.text(-0.012, place.line - 1, f"to {place.target}", transform=transform, **style)


def _legend() -> list[Line2D]:
    filled: dict[str, Any] = {"color": MUTED, "linestyle": "none", "markersize": 6}
    return [
        Line2D([], [], marker="o", label="mean, with one standard error", **filled),
        Line2D(
            [], [], marker="o", markerfacecolor="white", label="at least; not all runs got there", **filled
        ),
    ]


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
