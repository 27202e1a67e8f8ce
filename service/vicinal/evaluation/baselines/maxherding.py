"""MaxHerding: the point that adds most to a smooth coverage of the pool.

Source: W. Bae, J. Noh and D. J. Sutherland, "Generalized Coverage for More Robust Low-Budget Active
Learning", 2024, arXiv 2407.12212: greedy maximisation of the mean over the pool of the largest kernel value
with a labelled point, with the Gaussian kernel exp(-|x - x'|^2 / sigma^2) of sigma 1 on unit vectors.

What differs: of a pool beyond `coverage.MOST_POINTS` a part drawn by chance is covered and picked from (the
authors draw 35,000). Gains are evaluated lazily, which changes no pick: gains only fall as labels come, so
that an old gain bounds the new one (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set
functions", 1978).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.evaluation.baselines.coverage import (
    BLOCK_ROWS,
    Points,
    best,
    gains,
    kernel,
    random_order,
    unlabelled,
)

RADIUS = 1.0


class MaxHerding:
    """Picks by the gain in coverage; of equal gains, the smaller row."""

    def __init__(
        self, vectors: Vectors, seed: int, _probabilities: Callable[[], NDArray[np.float64]]
    ) -> None:
        self._order = random_order(len(vectors), seed)
        self._points = Points(vectors, seed)
        self._weights = np.ones(len(self._points.rows), dtype=np.float32)
        self._covered = np.zeros(len(self._points.rows), dtype=np.float32)
        self._bounds = np.full(len(self._points.rows), np.inf, dtype=np.float32)

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        is_open = self._points.is_open(labelled)
        covered = kernel(self._points.to_nearest(labelled), RADIUS)
        if np.any(covered < self._covered):
            self._bounds.fill(np.inf)
        self._covered, bounds = covered, self._bounds
        picks: list[int] = []
        for _ in range(min(size, int(is_open.sum()))):
            place = self._largest_gain(bounds, covered, is_open)
            picks.append(int(self._points.rows[place]))
            is_open[place] = False
            # What has not been labelled yet must leave no trace in the bounds of the next call.
            bounds, covered = bounds.copy(), np.maximum(covered, kernel(self._points.squares[place], RADIUS))
        is_left = unlabelled(len(self._order), [*labelled, *picks])
        return picks + best(np.zeros(len(self._order)), is_left, size - len(picks), self._order)

    def _largest_gain(self, bounds: Vectors, covered: Vectors, is_open: NDArray[np.bool_]) -> int:
        """The place of the largest gain; `bounds` are made tighter where they were looked at."""
        places = np.flatnonzero(is_open)
        places = places[np.argsort(-bounds[places], kind="stable")]
        largest, at, start = np.float32(-1.0), -1, 0
        # A bound may lie below its gain by rounding.
        while start < len(places) and bounds[places[start]] * np.float32(1 + 1e-5) >= largest:
            here = places[start : start + BLOCK_ROWS]
            bounds[here] = gains(kernel(self._points.squares[here], RADIUS), covered, self._weights)
            for place in here:
                if bounds[place] > largest or (bounds[place] == largest and place < at):
                    largest, at = bounds[place], int(place)
            start += BLOCK_ROWS
        return at
