"""Labelling in the plane, where one can watch it: two classes of points, one label after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Duplicates, PoolConfig
from vicinal.core.similarity import Metric
from vicinal.evaluation.composition import session_in_memory
from vicinal.sampling.results import LabelInput, NewItem, NextBatch, Prediction
from vicinal.sampling.session import PoolSession

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
    batch = session.lease_batch(1)
    while batch.items and len(picks) < labels:
        item_id = batch.items[0].item_id
        label = LabelInput(item_id, CLASSES[plane.codes[int(item_id)]])
        lease_id = batch.lease.lease_id if batch.lease else ""
        answer = session.submit_labels([label], lease_id=lease_id, next_batch=NextBatch(1))
        picks.append(int(item_id))
        fields.append(_upper_probabilities(session.classify(grid)).reshape(GRID, GRID))
        said = np.array([CLASSES.index(at.label) for at in session.classify(test.points)])
        accuracies.append(float((said == test.codes).mean()))
        if answer.next_batch is None:
            break
        batch = answer.next_batch
    return Walk(strategy, np.array(picks, dtype=np.int64), np.array(fields), np.array(accuracies))


def _session(plane: Plane, strategy: str, seed: int) -> PoolSession:
    config = PoolConfig(
        "plane", dimension=2, metric=Metric.EUCLIDEAN, strategy=strategy, seed=seed, duplicates=Duplicates.OFF
    )
    session = session_in_memory(config)
    items = [NewItem(f"{row:06d}", f"{row:064x}") for row in range(len(plane.points))]
    session.add_items(items, plane.points)
    return session


def _grid(plane: Plane) -> Vectors:
    left, right, bottom, top = extent(plane)
    across, up = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
    return np.column_stack([across.ravel(), up.ravel()]).astype(np.float32)


def _upper_probabilities(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    probabilities = ({each.label: each.probability for each in at.probabilities} for at in predictions)
    return np.array([by_class.get(CLASSES[1], 0.0) for by_class in probabilities])
