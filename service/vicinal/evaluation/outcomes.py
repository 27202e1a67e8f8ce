"""What the runs of one method come to: the labels that targets take, told without flattery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.evaluation.learning_curve import Run, labels_to

# Turns a run's accuracy with all labels into the accuracy that counts as reached.
Target = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class MethodOutcome:
    """All runs of one method on one data set, in the order of the trials.

    Attributes:
        runs: one for each trial.
        with_all: accuracy with all labels in each trial's pool.
        seconds: each run took.
    """

    method: str
    runs: Sequence[Run]
    with_all: Sequence[float]
    seconds: Sequence[float]

    def mean_accuracies(self, labels: int) -> list[float]:
        """Each run's mean accuracy over its first labels."""
        counts = np.arange(1, labels + 1)
        return [float(np.interp(counts, run.label_counts, run.accuracies).mean()) for run in self.runs]

    def reached(self, target: Target) -> list[int | None]:
        """Each run's labels to a target that may depend on its accuracy with all labels."""
        return [labels_to(run, target(most)) for run, most in zip(self.runs, self.with_all, strict=True)]

    def counted(self, target: Target) -> list[float]:
        """As `reached`, with a run's last label count where it did not reach the target."""
        pairs = zip(self.reached(target), self.runs, strict=True)
        return [float(run.label_counts[-1] if count is None else count) for count, run in pairs]


@dataclass(frozen=True)
class Need:
    """Labels that a target takes, over the runs of one method.

    Attributes:
        mean: None unless every run reached the target.
        standard_error: of the mean; None without a mean, or with one run.
        lower_bound: of the mean, runs that did not reach the target counted with their last label; equal to
            it where all did.
        reached: runs that reached the target.
        runs: how many there are.
        each: labels of each run, None where it did not reach the target.
    """

    mean: float | None
    standard_error: float | None
    lower_bound: float
    reached: int
    runs: int
    each: tuple[int | None, ...]


@dataclass(frozen=True)
class Efficiency:
    """Labels that a method needs over those that the baseline needs: 0.75 is three quarters as many.

    Attributes:
        ratio: of the means; None where a run of the method itself did not reach the target.
        is_upper_bound: a run of the baseline did not reach it, so that the true ratio is smaller still.
    """

    ratio: float | None
    is_upper_bound: bool


def absolute(target: float) -> Target:
    """An accuracy, whatever all labels bring."""
    return lambda _most: target


def share_of_all(target: float) -> Target:
    """A share of the accuracy with all labels."""
    return lambda most: target * most


def need(outcome: MethodOutcome, target: Target) -> Need:
    """The labels that the method's runs need."""
    each = tuple(outcome.reached(target))
    told = mean_and_error(outcome.counted(target))
    complete = None not in each
    return Need(
        mean=told["mean"] if complete else None,
        standard_error=told["error"] if complete else None,
        lower_bound=float(np.mean(outcome.counted(target))),
        reached=sum(count is not None for count in each),
        runs=len(each),
        each=each,
    )


def efficiency(of: Need, baseline: Need) -> Efficiency:
    """How many labels a method needs, measured by another.

    >>> ours, theirs = Need(6000, None, 6000, 1, 1, (6000,)), Need(8000, None, 8000, 1, 1, (8000,))
    >>> efficiency(ours, theirs)
    Efficiency(ratio=0.75, is_upper_bound=False)
    """
    ratio = None if of.mean is None else of.mean / baseline.lower_bound
    return Efficiency(ratio, is_upper_bound=ratio is not None and baseline.mean is None)


def mean_and_error(values: Sequence[float]) -> dict[str, float | None]:
    """Mean and its standard error; None for the error of a single value."""
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "error": error}
