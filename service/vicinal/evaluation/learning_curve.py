"""How accuracy grows with labels: runs, their mean, and the labels that a target takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Run:
    """One run of labelling, measured on a test set along the way.

    Attributes:
        label_counts: (t,) int64, rising: labels given so far.
        accuracies: (t,) float64 in [0, 1]: share of the test set classified rightly by then.
    """

    label_counts: NDArray[np.int64]
    accuracies: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Refuses what is no curve.

        Raises:
            ValueError: no measurement, differing lengths, or label counts that do not rise.
        """
        if len(self.label_counts) == 0 or self.label_counts.shape != self.accuracies.shape:
            raise ValueError("a run has one accuracy for each label count, and at least one")
        if np.any(np.diff(self.label_counts) <= 0):
            raise ValueError("label counts rise along a run")


@dataclass(frozen=True, eq=False)
class MeanCurve:
    """The mean of several runs.

    Attributes:
        label_counts: (t,) int64.
        means: (t,) float64: mean accuracy.
        standard_errors: (t,) float64: of the means; NaN where there is only one run.
        run_count: runs that were averaged.
    """

    label_counts: NDArray[np.int64]
    means: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    run_count: int


def learning_curve(runs: Sequence[Run]) -> MeanCurve:
    """Mean accuracy and its standard error at the label counts that all runs reached.

    The standard error is the sample standard deviation (n - 1) over the root of the number of runs.

    Raises:
        ValueError: no run, or none of their label counts in common.
    """
    if not runs:
        raise ValueError("a learning curve needs at least one run")
    shared = runs[0].label_counts
    for run in runs[1:]:
        shared = np.intersect1d(shared, run.label_counts)
    if len(shared) == 0:
        raise ValueError("the runs were never measured at the same label count")
    rows = np.stack([run.accuracies[np.searchsorted(run.label_counts, shared)] for run in runs])
    has_spread = len(runs) > 1
    errors = rows.std(axis=0, ddof=1) / np.sqrt(len(runs)) if has_spread else np.full(len(shared), np.nan)
    return MeanCurve(shared, rows.mean(axis=0), errors, len(runs))


def labels_to(run: Run, target: float) -> int | None:
    """The first measured label count at which accuracy reaches the target; None if it never does.

    What happens later does not count: a run that reaches the target and falls back has reached it.

    >>> labels_to(Run(np.array([5, 10, 15]), np.array([0.5, 0.9, 0.8])), 0.8)
    10
    """
    reached = np.flatnonzero(run.accuracies >= target)
    return int(run.label_counts[reached[0]]) if len(reached) else None


def mean_labels_to(runs: Sequence[Run], target: float) -> float | None:
    """Mean of `labels_to` over the runs; None as soon as one run never reaches the target.

    A mean over only those that do would make a strategy look better for failing.
    """
    counts = [labels_to(run, target) for run in runs]
    reached = [count for count in counts if count is not None]
    return float(np.mean(reached)) if reached and len(reached) == len(counts) else None
