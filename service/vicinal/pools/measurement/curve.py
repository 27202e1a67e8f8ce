"""A pool's learning curve: accuracy over labels, measured on its holdout or its control arm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.statistics.accuracy import ProgressiveLabels, control_accuracy, holdout_accuracy
from vicinal.pools.measurement.comparison import (
    CurrentLabels,
    checkpoints,
    compare,
    labels_of,
    random_labels,
    replay,
)
from vicinal.pools.state.pool import PoolState
from vicinal.records.labels import Arm
from vicinal.records.measurement import Accuracy, LearningCurve, MeasuredShare

# With fewer labelled items than this the holdout gives way to the control arm, if that has more.
LEAST_HOLDOUT = 20
# The control labels that the accuracy of now rests on: the newer half of them, within these bounds.
LEAST_WINDOW, MOST_WINDOW = 20, 100
# The control labels that a point of the curve rests on: an eighth of them, within these bounds.
LEAST_BLOCK, MOST_BLOCK = 10, 50


@dataclass(frozen=True, eq=False)
class MeasuredLabels:
    """The labels of a pool, sorted by what they are good for.

    Attributes:
        learned: those that the votes learn from.
        holdout: those that they never saw.
        progressive: of `learned`, those that answer a suggestion, with what was predicted before.
        source: what accuracy is measured on; None: there is nothing.
    """

    learned: CurrentLabels
    holdout: CurrentLabels
    progressive: ProgressiveLabels
    source: Arm | None


def evidence_of(state: PoolState) -> MeasuredLabels:
    """Sorts the current labels."""
    learned, holdout = labels_of(state)
    progressive = _progressive(learned)
    control = int(progressive.is_control.sum())
    source = Arm.CONTROL if control else None
    if len(holdout) >= min(LEAST_HOLDOUT, max(control, 1)):
        source = Arm.HOLDOUT
    return MeasuredLabels(learned, holdout, progressive, source)


def learning_curve(state: PoolState) -> LearningCurve:
    """Accuracy over labels, and what random sampling would have brought."""
    state.scorer.refresh()
    evidence = evidence_of(state)
    points, now = curve_points(state, evidence), accuracy_now(state, evidence)
    random = random_labels(state, evidence.learned, evidence.holdout, now) if now else None
    comparison = compare(state, evidence.learned, evidence.holdout)
    return LearningCurve(evidence.source, points, now, random, comparison, _notes(state, evidence))


def curve_points(state: PoolState, evidence: MeasuredLabels) -> list[Accuracy]:
    """Accuracy by label count; none where nothing measures it.

    On the holdout the labels are learned again from the first on, with a stop at each point. Of the control
    arm, each point is the mean over a block of control labels, at the last one's label count.
    """
    if evidence.source is Arm.HOLDOUT:
        stops = checkpoints(len(evidence.learned))
        correct = (
            replay(state, evidence.learned, stops, evidence.holdout.positions) == evidence.holdout.classes
        )
        return [_accuracy(stop, holdout_accuracy(row)) for stop, row in zip(stops, correct, strict=True)]
    progressive = evidence.progressive
    rows = np.flatnonzero(progressive.is_control)
    block = min(max(len(rows) // 8, LEAST_BLOCK), MOST_BLOCK)
    points = []
    for row in rows[block - 1 :: block].tolist():
        interval = control_accuracy(progressive.first(row + 1), block)
        if interval is not None:
            points.append(_accuracy(int(progressive.label_counts[row]), interval))
    return points


def accuracy_now(state: PoolState, evidence: MeasuredLabels) -> Accuracy | None:
    """Accuracy with all current labels; None where nothing measures it."""
    count = len(evidence.learned)
    if evidence.source is Arm.HOLDOUT:
        correct = replay_now(state, evidence)
        return _accuracy(count, holdout_accuracy(correct))
    control = int(evidence.progressive.is_control.sum())
    interval = control_accuracy(evidence.progressive, min(max(control // 2, LEAST_WINDOW), MOST_WINDOW))
    return _accuracy(count, interval) if interval else None


def _accuracy(label_count: int, share: MeasuredShare) -> Accuracy:
    return Accuracy(label_count, share.value, share.low, share.high, share.items)


def replay_now(state: PoolState, evidence: MeasuredLabels) -> NDArray[np.bool_]:
    """Whether the votes as they stand are right about each labelled holdout item."""
    votes, holdout = state.scorer.votes, evidence.holdout
    if not votes.label_count:
        return np.zeros(len(holdout), dtype=bool)
    column_of = {name: number for number, name in enumerate(holdout.names)}
    columns = np.array([column_of[name] for name in votes.classes], dtype=np.int64)
    right: NDArray[np.bool_] = (
        columns[votes.probabilities(holdout.positions).argmax(axis=1)] == holdout.classes
    )
    return right


def _progressive(learned: CurrentLabels) -> ProgressiveLabels:
    rows = [row for row, event in enumerate(learned.events) if event.suggestion is not None]
    events = [learned.events[row] for row in rows]
    suggestion_numbers = [event.suggestion for event in events if event.suggestion is not None]
    return ProgressiveLabels(
        np.array(rows, dtype=np.int64) + 1,
        np.array([suggestion.number for suggestion in suggestion_numbers], dtype=np.int64),
        np.array([suggestion.arm is Arm.CONTROL for suggestion in suggestion_numbers], dtype=bool),
        np.array([suggestion.eligible for suggestion in suggestion_numbers], dtype=np.int64),
        np.array([event.predicted == event.label for event in events], dtype=bool),
    )


def _notes(state: PoolState, evidence: MeasuredLabels) -> list[str]:
    notes = []
    if evidence.source is None:
        notes.append(
            "Nothing measures the accuracy yet: label holdout items, or make the pool with a control share."
        )
    elif evidence.source is Arm.CONTROL:
        notes.append(
            "Measured on control items before they were learned from, so it lags behind the votes of now."
        )
    if not state.config.control_share and not evidence.progressive.is_control.any():
        notes.append("Without a control share nothing shows what random sampling would have brought.")
    return notes
