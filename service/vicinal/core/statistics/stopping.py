"""When to stop labelling: rules over what was measured so far.

What the two rules on learning look at was chosen on recorded runs (`docs/stopping.md`): every `STOP_LABELS`
labels, over the last `RECENT_STOPS` such stops.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values
from vicinal.records.measurement import Accuracy, MeasuredShare, StopReason

Predictions = NDArray[np.int64]

STOP_LABELS = 5
RECENT_STOPS = 9
# Changes are those over this many stops, and their mean is taken over this many.
CHANGE_STOPS, CHANGES_MEANT = 4, 4
# Accuracies are means over this many stops, compared with those of this many stops before, at most.
ACCURACIES_MEANT, GAIN_STOPS = 3, 6
# Below this a gain is no sign of anything.
LEAST_LABELS = 30
# While more predictions than this change over `CHANGE_STOPS`, accuracy stands still by chance.
PLATEAU_CHANGED = 0.05


@dataclass(frozen=True)
class StopSettings:
    """What the rules are asked with.

    Attributes:
        budget: labels in all; 0 is none.
        target_accuracy: above 0, at most 1; None is none.
        plateau_gain: accuracy that 30 labels must have brought for more to be worth it.
        changed_share: share of predictions that 20 labels must have changed for more to be worth it.
        sure_uncertainty: margin uncertainty up to which the votes are sure of an item.
    """

    budget: int = 0
    target_accuracy: float | None = None
    plateau_gain: float = 0.015
    changed_share: float = 0.0475
    sure_uncertainty: float = 0.2


@dataclass(frozen=True)
class RuleResult:
    """What one rule says.

    Attributes:
        holds: whether it is a reason to stop.
        figure: what it looked at, to be compared with `threshold`.
    """

    reason: StopReason
    holds: bool
    figure: float
    threshold: float


def recent_stops(label_count: int) -> list[int]:
    """The label counts that the rules look back at, ascending; 0 where there were not so many labels.

    >>> recent_stops(47)
    [7, 12, 17, 22, 27, 32, 37, 42, 47]
    """
    return [max(0, label_count - STOP_LABELS * back) for back in range(RECENT_STOPS)][::-1]


def recent_changes(predictions: Predictions) -> Values:
    """Share of predictions that differ from those `CHANGE_STOPS` before.

    Args:
        predictions: (RECENT_STOPS, m) classes predicted at `recent_stops`, m at least 1; -1 before any label.

    Returns:
        (CHANGES_MEANT,) of the newest stops; 1 where there was no prediction to change.
    """
    newest = predictions[-CHANGE_STOPS - CHANGES_MEANT :]
    before, after = newest[:-CHANGE_STOPS], newest[CHANGE_STOPS:]
    changed: Values = ((before != after) | (before < 0)).mean(axis=1)
    return changed


def budget_spent(label_count: int, settings: StopSettings) -> RuleResult | None:
    """Whether the budget is spent; None without one."""
    if not settings.budget:
        return None
    spent = label_count >= settings.budget
    return RuleResult(StopReason.BUDGET_SPENT, spent, label_count, settings.budget)


def target_reached(accuracy: MeasuredShare | Accuracy | None, settings: StopSettings) -> RuleResult | None:
    """Whether even the interval's lower end reaches the target; None without target or accuracy."""
    if settings.target_accuracy is None or accuracy is None:
        return None
    reached = accuracy.low >= settings.target_accuracy
    return RuleResult(StopReason.TARGET_REACHED, reached, accuracy.low, settings.target_accuracy)


def plateau(
    label_count: int, accuracies: Values, changes: Values, settings: StopSettings
) -> RuleResult | None:
    """Whether accuracy hardly gains any more.

    The gain is the mean accuracy at the last three stops less that at the three stops 30 labels before, or
    half of all labels before where that is less. It counts as none only while few predictions change: early
    in a run accuracy stands still by chance.

    Args:
        label_count: labels so far.
        accuracies: (RECENT_STOPS,) at `recent_stops`.
        changes: as `recent_changes` gives them.
        settings: of the rules.

    Returns:
        None before `LEAST_LABELS` labels.
    """
    if label_count < LEAST_LABELS:
        return None
    back = max(ACCURACIES_MEANT, min(GAIN_STOPS, label_count // (2 * STOP_LABELS)))
    now, before = accuracies[-ACCURACIES_MEANT:], accuracies[-ACCURACIES_MEANT - back : -back]
    gain = float(now.mean() - before.mean())
    stands = gain < settings.plateau_gain and float(changes[-1]) < PLATEAU_CHANGED
    return RuleResult(StopReason.PLATEAU, stands, gain, settings.plateau_gain)


def predictions_stable(changes: Values, settings: StopSettings) -> RuleResult:
    """Whether labels hardly change any prediction.

    Source: the idea, with agreement on a set of unlabelled items as its measure, M. Bloodgood, K.
    Vijay-Shanker, "A Method for Stopping Active Learning Based on Stabilizing Predictions and the Need for
    User-Adjustable Stopping", CoNLL 2009.

    Args:
        changes: as `recent_changes` gives them.
        settings: of the rules.
    """
    changed = float(changes.mean())
    return RuleResult(
        StopReason.PREDICTIONS_STABLE, changed < settings.changed_share, changed, settings.changed_share
    )


def nothing_uncertain(uncertainty: Values, settings: StopSettings) -> RuleResult:
    """Whether the votes are sure of every item that is left.

    Args:
        uncertainty: (n,) margin uncertainty of the items that could still be suggested.
        settings: of the rules.
    """
    largest = float(uncertainty.max(initial=0.0))
    sure = largest <= settings.sure_uncertainty
    return RuleResult(StopReason.NOTHING_UNCERTAIN, sure, largest, settings.sure_uncertainty)
