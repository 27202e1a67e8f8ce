"""Uncertainty Herding: coverage as in MaxHerding, in which uncertain points count for more.

Source: W. Bae, G. L. Oliveira and D. J. Sutherland, "Uncertainty Herding: One Active Learning Method for All
Label Budgets", 2024, arXiv 2412.20644: greedy maximisation of the mean of u(x') max(0, k(x, x') - largest
k(labelled, x')), u the margin 1 - (p1 - p2), k the Gaussian kernel exp(-|x - x'|^2 / sigma^2). Sigma is the
smallest distance above 0 between two labelled points, 1 before there are two; u is 1 before the first label.

What differs: p is the votes' probabilities as they are, where the authors divide a network's logits by a
temperature fitted to held-out labels. With one class, which the votes say nothing of, u is 1. Of
a pool beyond `coverage.MOST_POINTS` a random part is covered and picked from (the authors draw 35,000).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.evaluation.baselines.coverage import (
    BLOCK_ROWS,
    Points,
    best,
    gains,
    kernel,
    random_order,
    unlabelled,
)

FIRST_RADIUS = 1.0


class UncertaintyHerding:
    """Picks by the gain in uncertain coverage; of equal gains, the smaller row."""

    def __init__(self, vectors: Vectors, seed: int, probabilities: Callable[[], NDArray[np.float64]]) -> None:
        self._probabilities = probabilities
        self._order = random_order(len(vectors), seed)
        self._points = Points(vectors, seed)
        self._radius = Radius(vectors)

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        is_open = self._points.is_open(labelled)
        weights = self._uncertainty(labelled)
        radius = self._radius.of(labelled)
        covered = kernel(self._points.to_nearest(labelled), radius)
        picks: list[int] = []
        for _ in range(min(size, int(is_open.sum()))):
            gain = self._gains(is_open, covered, weights, radius)
            place = int(gain.argmax())
            picks.append(int(self._points.rows[place]))
            is_open[place] = False
            covered = np.maximum(covered, kernel(self._points.squares[place], radius))
        is_left = unlabelled(len(self._order), [*labelled, *picks])
        return picks + best(np.zeros(len(self._order)), is_left, size - len(picks), self._order)

    def _uncertainty(self, labelled: Mapping[int, str]) -> Vectors:
        certain = np.ones(len(self._points.rows), dtype=np.float32)
        if not labelled:
            return certain
        margins = uncertainty(self._probabilities(), Uncertainty.MARGIN)[self._points.rows].astype(np.float32)
        return margins if margins.any() else certain

    def _gains(
        self, is_open: NDArray[np.bool_], covered: Vectors, weights: Vectors, radius: float
    ) -> Vectors:
        """(m,) the gain of each point; -1 where it may not be picked."""
        gain = np.full(len(is_open), -1.0, dtype=np.float32)
        places = np.flatnonzero(is_open)
        for start in range(0, len(places), BLOCK_ROWS):
            here = places[start : start + BLOCK_ROWS]
            gain[here] = gains(kernel(self._points.squares[here], radius), covered, weights)
        return gain


class Radius:
    """The smallest distance above 0 between two labelled points, kept up as labels come."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._seen: list[int] = []
        self._smallest = np.inf

    def of(self, labelled: Mapping[int, str]) -> float:
        """The radius for these labels; `FIRST_RADIUS` where no two labelled points differ."""
        if not labelled.keys() >= set(self._seen):
            self._seen, self._smallest = [], np.inf
        for row in sorted(labelled.keys() - set(self._seen)):
            # From differences: equal points are then at distance 0 exactly.
            apart = np.linalg.norm(self._vectors[self._seen] - self._vectors[row], axis=1)
            self._smallest = min(self._smallest, float(apart[apart > 0].min(initial=np.inf)))
            self._seen.append(row)
        return self._smallest if np.isfinite(self._smallest) else FIRST_RADIUS
