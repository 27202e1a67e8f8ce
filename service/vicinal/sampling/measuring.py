"""A pool's learning curve: accuracy over labels, as its holdout or its control arm tell it."""

import numpy as np

from vicinal.core.accuracy import ProgressiveLabels, holdout_accuracy
from vicinal.core.learning import Benefit
from vicinal.core.ports import Arm
from vicinal.sampling.measurements import AccuracyAt, ActiveAgainstRandom, LearningCurve
from vicinal.sampling.replay import StandingLabels, checkpoints, labels_of, replay
from vicinal.sampling.state import PoolState

# Fewer labelled holdout items than this say too little: then the control arm is asked, if it has more.
LEAST_HOLDOUT = 20
# Control labels that an estimate rests on: the newer half of them, within these bounds.
LEAST_WINDOW, MOST_WINDOW = 20, 100


def learning_curve(state: PoolState) -> LearningCurve:
    """Accuracy over labels, and what random sampling would have brought."""
    state.scorer.refresh()
    learned, holdout = labels_of(state)
    progressive = progressive_labels(learned)
    source = source_of(holdout, progressive)
    points = points_of(state, learned, holdout, progressive, source)
    verdict = ActiveAgainstRandom(Benefit.UNKNOWN, 0, -1, 1, 0, 0, "")
    return LearningCurve(source, points, points[-1] if points else None, None, verdict)


def progressive_labels(learned: StandingLabels) -> ProgressiveLabels:
    """The labels that answer a suggestion of the active or control arm."""
    answers = [event for event in learned.events if event.draw is not None]
    draws = [event.draw for event in answers if event.draw is not None]
    return ProgressiveLabels(
        np.array([draw.number for draw in draws], dtype=np.int64),
        np.array([draw.arm is Arm.CONTROL for draw in draws], dtype=bool),
        np.array([draw.eligible for draw in draws], dtype=np.int64),
        np.array([event.predicted == event.label for event in answers], dtype=bool),
    )


def source_of(holdout: StandingLabels, progressive: ProgressiveLabels) -> Arm | None:
    """What accuracy is measured on."""
    control_count = int(progressive.is_control.sum())
    if len(holdout) >= min(LEAST_HOLDOUT, max(control_count, 1)):
        return Arm.HOLDOUT
    return Arm.CONTROL if control_count else None


def points_of(
    state: PoolState,
    learned: StandingLabels,
    holdout: StandingLabels,
    progressive: ProgressiveLabels,
    source: Arm | None,
) -> list[AccuracyAt]:
    """Accuracy by label count, by what the source has."""
    if source is Arm.HOLDOUT:
        stops = checkpoints(len(learned))
        predicted = replay(state, learned, stops, holdout.positions)
        rows = zip(stops, predicted == holdout.classes, strict=True)
        return [AccuracyAt(stop, holdout_accuracy(correct)) for stop, correct in rows]
    return []
