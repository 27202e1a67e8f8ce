"""Labelling in the plane, where one can watch it, and pictures of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.evaluation.composition import make_memory_session
from vicinal.pools.results import BatchRequest, LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Duplicates, Metric
from vicinal.records.votes import Prediction

CLASSES = ("lower", "upper")
# Points of the plane along each axis that the votes are asked about.
GRID = 72
_MARGIN = 0.25


@dataclass(frozen=True, eq=False)
class Plane:
    """Points of two classes.

    Attributes:
        points: (n, 2) float32.
        codes: (n,) int64, 0 or 1: places in `CLASSES`.
    """

    points: Vectors
    codes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Walk:
    """The picks of one strategy, and what the votes said after each.

    Attributes:
        strategy: its name.
        picks: (t,) rows of the pool in the order they were labelled.
        fields: (t, GRID, GRID) shares of the class `CLASSES[1]` over the plane, rows from below.
        accuracies: (t,) shares of other points of the same kind that were classified rightly.
    """

    strategy: str
    picks: NDArray[np.int64]
    fields: NDArray[np.float64]
    accuracies: NDArray[np.float64]


def half_moons(count: int, noise: float, seed: int) -> Plane:
    """Two half circles of radius 1 that reach into one another, with Gaussian noise.

    Args:
        count: points, half of each class.
        noise: standard deviation along each axis.
        seed: the same numbers give the same points.
    """
    chance = np.random.default_rng(seed)
    codes = np.arange(count) % 2
    angles = chance.uniform(0.0, np.pi, count)
    upper = np.column_stack([np.cos(angles), np.sin(angles)])
    lower = np.column_stack([1.0 - np.cos(angles), 0.5 - np.sin(angles)])
    points = np.where(codes[:, np.newaxis] == 1, upper, lower) + noise * chance.standard_normal((count, 2))
    return Plane(points.astype(np.float32), codes)


def extent(plane: Plane) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the part of the plane that is looked at."""
    low, high = plane.points.min(axis=0) - _MARGIN, plane.points.max(axis=0) + _MARGIN
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def walk(plane: Plane, test: Plane, strategy: str, labels: int, seed: int) -> Walk:
    """Labels points one by one as the strategy suggests, through the session that serves users.

    Args:
        plane: the pool.
        test: what accuracy is measured on.
        strategy: a name that `strategy_named` knows.
        labels: how many are given; all points where there are fewer.
        seed: of the pool.

    Raises:
        InvalidInput: no such strategy.
    """
    session = _session(plane, strategy, seed)
    grid = _grid(plane)
    picks: list[int] = []
    fields, accuracies = [], []
    batch = session.leases.open(1)
    while batch.items and len(picks) < labels:
        item_id = batch.items[0].item_id
        label = LabelInput(item_id, CLASSES[plane.codes[int(item_id)]])
        lease_id = batch.lease.lease_id if batch.lease else ""
        answer = session.labels.submit([label], lease_id=lease_id, next_batch=BatchRequest(1))
        picks.append(int(item_id))
        fields.append(_upper_probabilities(session.classify(grid)).reshape(GRID, GRID))
        said = np.array([CLASSES.index(at.label) for at in session.classify(test.points)])
        accuracies.append(float((said == test.codes).mean()))
        if answer.next is None:
            break
        batch = answer.next
    return Walk(strategy, np.array(picks, dtype=np.int64), np.array(fields), np.array(accuracies))


def _session(plane: Plane, strategy: str, seed: int) -> PoolSession:
    config = PoolConfig(
        "plane", dimension=2, metric=Metric.EUCLIDEAN, strategy=strategy, seed=seed, duplicates=Duplicates.OFF
    )
    session = make_memory_session(config)
    items = [PreparedItem(f"{row:06d}", f"{row:064x}") for row in range(len(plane.points))]
    session.items.add(items, plane.points)
    return session


def _grid(plane: Plane) -> Vectors:
    left, right, bottom, top = extent(plane)
    across, up = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
    return np.column_stack([across.ravel(), up.ravel()]).astype(np.float32)


def _upper_probabilities(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    return np.array([at.probabilities.get(CLASSES[1], 0.0) for at in predictions])


# Blue and orange stay apart for eyes that see red and green alike; shapes and lightness tell them apart too.
DEEP = ("#0b5394", "#f2a03d")
PALE = ("#86abd0", "#dfb06a")
ON_DEEP = ("white", "#22272e")
MARKS = ("o", "s")
REGIONS = LinearSegmentedColormap.from_list("regions", ["#cadef2", "#ffffff", "#fce4c4"])
INK, QUIET = "#22272e", "#5c6670"
PICTURE_DPI, FRAME_DPI = 200, 100
WIDTH_INCHES, HEIGHT_INCHES = 8.0, 3.3
FRAME_MILLISECONDS, LAST_MILLISECONDS = 600, 4000
_COLOURS = 128
# Of a pick's mark: the part of a panel that it takes along either axis.
MARK = 0.05
_ROUNDS = 20
EXPLANATION = (
    "Numbers: the order of the picks. Small marks: not labelled, their shape is their true class. "
    "Shades: the votes. Line: where they are split evenly."
)


def draw_picture(plane: Plane, walks: Sequence[Walk], path: Path, title: str) -> None:
    """Writes a PNG with one panel for each walk, after its last label.

    Args:
        plane: the pool.
        walks: at least one.
        path: of the picture; its folder exists.
        title: in one short line.

    Raises:
        OSError: the file cannot be written.
    """
    _figure(plane, walks, max(len(walk.picks) for walk in walks), title, PICTURE_DPI).savefig(path)


def draw_animation(plane: Plane, walks: Sequence[Walk], path: Path, title: str) -> None:
    """As `draw_picture`, but a GIF that shows one label after the other and begins again."""
    frames = []
    for step in range(1, max(len(walk.picks) for walk in walks) + 1):
        drawn = BytesIO()
        _figure(plane, walks, step, title, FRAME_DPI).savefig(drawn, format="png")
        frames.append(Image.open(drawn).convert("RGB"))
    # The last frame has all the colours; the rare ones of the picks count as much as those of the regions.
    palette = frames[-1].quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE)
    # Without dithering, what does not change from one frame to the next takes no room.
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    milliseconds = [FRAME_MILLISECONDS] * (len(flat) - 1) + [LAST_MILLISECONDS]
    flat[0].save(path, save_all=True, append_images=flat[1:], duration=milliseconds, loop=0, optimize=True)


def _figure(plane: Plane, walks: Sequence[Walk], step: int, title: str, dpi: int) -> Figure:
    """All panels after `step` labels."""
    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=dpi, facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, len(walks), squeeze=False)[0]
    for axes, walk in zip(panels, walks, strict=True):
        _draw_panel(axes, plane, walk, min(step, len(walk.picks)))
    figure.suptitle(title, x=0.012, y=0.975, ha="left", fontsize=11.5, fontweight="bold", color=INK)
    figure.text(0.012, 0.875, EXPLANATION, ha="left", fontsize=7.4, color=QUIET)
    figure.subplots_adjust(left=0.012, right=0.988, top=0.775, bottom=0.02, wspace=0.04)
    return figure


def _draw_panel(axes: Axes, plane: Plane, walk: Walk, step: int) -> None:
    left, right, bottom, top = extent(plane)
    axes.imshow(
        walk.fields[step - 1],
        origin="lower",
        extent=(left, right, bottom, top),
        cmap=REGIONS,
        vmin=0,
        vmax=1,
        interpolation="bilinear",
        aspect="auto",
    )
    _draw_boundary(axes, plane, walk.fields[step - 1])
    for code in (0, 1):
        here = plane.points[plane.codes == code]
        axes.scatter(here[:, 0], here[:, 1], s=8, marker=MARKS[code], color=PALE[code], linewidth=0)
    # Of all picks, so that none moves from one frame to the next.
    spots = separate_marks(plane.points[walk.picks], MARK * np.array([right - left, top - bottom]))
    for number, row in enumerate(walk.picks[:step], start=1):
        _draw_pick(axes, spots[number - 1], int(plane.codes[row]), number, is_new=number == step)
    axes.set_title(walk.strategy, loc="left", fontsize=9.5, fontweight="bold", color=INK, pad=5)
    told = f"{step} label{'s' if step > 1 else ''}, {walk.accuracies[step - 1]:.0%} right"
    axes.set_title(told, loc="right", fontsize=8, color=QUIET, pad=5)
    axes.set(xticks=[], yticks=[], xlim=(left, right), ylim=(bottom, top))
    for spine in axes.spines.values():
        spine.set_color("#d9dde3")


def _draw_boundary(axes: Axes, plane: Plane, field: NDArray[np.float64]) -> None:
    """A line between the classes; none while the votes know only one."""
    if field.min() < 0.5 < field.max():
        left, right, bottom, top = extent(plane)
        across, up = np.linspace(left, right, field.shape[1]), np.linspace(bottom, top, field.shape[0])
        axes.contour(across, up, field, levels=[0.5], colors=[QUIET], linewidths=1.1)


def _draw_pick(axes: Axes, spot: NDArray[np.floating], code: int, number: int, *, is_new: bool) -> None:
    across, up = float(spot[0]), float(spot[1])
    edge, width = (INK, 1.6) if is_new else ("white", 0.7)
    axes.scatter(
        across,
        up,
        s=92,
        marker=MARKS[code],
        color=DEEP[code],
        edgecolor=edge,
        linewidth=width,
        zorder=2 + number,
    )
    axes.text(
        across,
        up,
        str(number),
        ha="center",
        va="center_baseline",
        fontsize=6.6,
        fontweight="bold",
        color=ON_DEEP[code],
        zorder=2 + number,
    )


def separate_marks(spots: NDArray[np.floating], least: NDArray[np.floating]) -> NDArray[np.float64]:
    """Where to put marks so that none hides another: at their spots, but for those that are too near.

    Args:
        spots: (n, 2).
        least: (2,) a mark's width and height.

    Returns:
        (n, 2); centres are a mark apart, or nearly so where they are crowded.
    """
    places = spots / least
    for _ in range(_ROUNDS):
        for one in range(len(places)):
            for other in range(one):
                gap = places[one] - places[other]
                length = float(np.hypot(*gap))
                if length < 1:
                    direction = gap / length if length > 0 else np.array([1.0, 0.0])
                    places[one] += (1 - length) / 2 * direction
                    places[other] -= (1 - length) / 2 * direction
    moved: NDArray[np.float64] = places * least
    return moved
