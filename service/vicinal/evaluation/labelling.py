"""Simulated labelling: one method labels one pool by the known classes, and is tested as it goes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.votes import VoteModel
from vicinal.evaluation.choosers import Chooser, chooser_of, pool_session, predicted
from vicinal.evaluation.composition import NEIGHBOURS
from vicinal.evaluation.learning_curve import Run
from vicinal.evaluation.methods import Method
from vicinal.evaluation.trials import Trial
from vicinal.sampling.results import LabelInput

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
    return run_chooser(chooser_of(method, trial, plan.neighbours), trial, plan, measured)


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
    session.submit_labels([LabelInput(at, name) for at, name in zip(trial.ids, trial.classes, strict=True)])
    return accuracy(predicted(session, trial.test), trial)
