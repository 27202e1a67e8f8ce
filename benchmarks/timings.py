"""Times of something done again and again."""

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Timings:
    """Wall-clock times of one kind of step, in milliseconds."""

    def __init__(self) -> None:
        self._milliseconds: list[float] = []

    def measure(self, step: Callable[[], T]) -> T:
        """Does the step and keeps how long it took."""
        start = time.perf_counter()
        outcome = step()
        self._milliseconds.append(1e3 * (time.perf_counter() - start))
        return outcome

    def summary(self) -> dict[str, float]:
        """Median and 95th percentile."""
        return self.percentiles(50, 95)

    def percentiles(self, *percents: int) -> dict[str, float]:
        """Those asked for: `p50` is the median."""
        return {f"p{percent}": float(np.percentile(self._milliseconds, percent)) for percent in percents}
