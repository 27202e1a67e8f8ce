"""A picture of the labels that each method needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from vicinal.evaluation.outcomes import Need
from vicinal.evaluation.plots import FAINT, INK, MUTED, blank, entitle, look

# Inches: of a method's line, between targets, and of title and axis together.
_LINE, _GAP, _AROUND = 0.3, 0.15, 1.7


@dataclass(frozen=True)
class _Place:
    """Where a method's dot for one target goes; lines are counted from the top."""

    target: str
    method: str
    number: int
    line: float
    need: Need


def plot_label_needs(
    needs: Mapping[str, Mapping[str, Need]], path: Path, *, title: str, subtitle: str, budget: int
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
    figure, axes = blank(height)
    for place in places:
        _draw(axes, place, budget)
    _dress_needs(axes, places, lines, budget)
    entitle(figure, title, subtitle)
    figure.subplots_adjust(left=0.27, right=0.93, top=1 - 0.8 / height, bottom=0.85 / height)
    figure.legend(handles=_legend(), loc="lower left", ncols=2, frameon=False, fontsize=8, labelcolor=MUTED)
    figure.savefig(path)


def _places(needs: Mapping[str, Mapping[str, Need]]) -> tuple[list[_Place], float]:
    places, line = list[_Place](), 0.0
    for target, by_method in needs.items():
        line += 1
        for number, (method, need) in enumerate(by_method.items()):
            places.append(_Place(target, method, number, line, need))
            line += 1
        line += _GAP / _LINE
    return places, max(line - _GAP / _LINE, 1.0)


def _draw(axes: Axes, place: _Place, budget: int) -> None:
    need, colour = place.need, look(place.number)[0]
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
