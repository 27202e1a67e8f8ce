"""Simulated labelling: one method labels one pool by the known classes, and is tested as it goes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.evaluation.composition import NEIGHBOURS
from vicinal.evaluation.methods import Chooser, Method, make_chooser, pool_session, predicted
from vicinal.evaluation.trials import Trial
from vicinal.pools.results import LabelInput
from vicinal.records.pool_options import VoteModel


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


# Up to so many labels accuracy is measured after each, from there after every fifth.
EACH_UP_TO = 30
THEN_EVERY = 5


@dataclass(frozen=True)
class LabellingPlan:
    """How much is labelled.

    Attributes:
        budget: labels to give, at most.
        batch: labels given at a time.
        neighbours: of each item in the pool's graph.
    """

    budget: int
    batch: int = 1
    neighbours: int = NEIGHBOURS

    def is_measured(self, labels: int) -> bool:
        """Whether accuracy is measured after so many labels.

        >>> [count for count in range(1, 43) if LabellingPlan(42).is_measured(count)][28:]
        [29, 30, 35, 40, 42]
        >>> [count for count in range(1, 11) if LabellingPlan(10, batch=4).is_measured(count)]
        [4, 8, 10]
        """
        if labels == self.budget:
            return True
        if self.batch > 1:
            return labels % self.batch == 0
        return labels <= EACH_UP_TO or labels % THEN_EVERY == 0


@dataclass(frozen=True, eq=False)
class LabellingRun:
    """What came of one method on one trial.

    Attributes:
        curve: accuracy by number of labels.
        picks: ids in the data, in the order they were labelled.
        step_seconds: from giving a batch of labels to having the next picks, for each step.
    """

    curve: Run
    picks: Sequence[str]
    step_seconds: Sequence[float]


def run_labelling(
    trial: Trial,
    method: Method,
    plan: LabellingPlan,
    measured: Callable[[int, float], None] = lambda *_: None,
) -> LabellingRun:
    """Labels the pool as the method suggests, and measures test accuracy as it goes.

    Args:
        trial: pool and test set.
        method: what chooses and votes.
        plan: how much.
        measured: called with the number of labels and the accuracy, each time it is measured.
    """
    return run_chooser(make_chooser(method, trial, plan.neighbours), trial, plan, measured)


def run_chooser(
    chooser: Chooser,
    trial: Trial,
    plan: LabellingPlan,
    measured: Callable[[int, float], None] = lambda *_: None,
) -> LabellingRun:
    """As `run_labelling`, with what chooses made beforehand."""
    class_of = dict(zip(trial.ids, trial.classes, strict=True))
    picks, counts, accuracies, seconds = list[str](), list[int](), list[float](), list[float]()
    chosen = chooser.first(min(plan.batch, plan.budget))
    while chosen:
        picks += chosen
        started = time.perf_counter()
        following = chooser.after(
            {at: class_of[at] for at in chosen}, min(plan.batch, plan.budget - len(picks))
        )
        if len(picks) < plan.budget:
            seconds.append(time.perf_counter() - started)
        if plan.is_measured(len(picks)) or not following:
            counts.append(len(picks))
            accuracies.append(accuracy(chooser.classify(trial.test), trial))
            measured(counts[-1], accuracies[-1])
        chosen = following
    source_of = dict(zip(trial.ids, trial.sources, strict=True))
    curve = Run(np.array(counts, dtype=np.int64), np.array(accuracies))
    return LabellingRun(curve, [source_of[at] for at in picks], seconds)


def accuracy(predictions: Sequence[str], trial: Trial) -> float:
    """Share of the test set that was classified rightly."""
    return float((np.array(predictions) == trial.test_classes).mean())


def accuracy_of_votes(trial: Trial, vote_model: VoteModel) -> float:
    """Test accuracy by these votes with every pool item labelled."""
    session = pool_session(Method("", "default", vote_model), trial)
    session.labels.submit([LabelInput(at, name) for at, name in zip(trial.ids, trial.classes, strict=True)])
    return accuracy(predicted(session, trial.test), trial)
