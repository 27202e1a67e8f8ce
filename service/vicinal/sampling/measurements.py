"""What measuring a pool gives: plain records."""

from collections.abc import Sequence
from dataclasses import dataclass

from vicinal.core.accuracy import Interval
from vicinal.core.arms import Arm
from vicinal.core.learning import Benefit
from vicinal.core.stopping import StopReason


@dataclass(frozen=True)
class AccuracyAt:
    """Accuracy with so many labels learned from."""

    label_count: int
    interval: Interval


@dataclass(frozen=True)
class RandomLabels:
    """Labels that random sampling would have needed for the accuracy of now.

    Attributes:
        is_lower_bound: at least so many; more cannot be told.
        message: how that is known, in plain words.
    """

    label_count: float
    is_lower_bound: bool
    message: str


@dataclass(frozen=True)
class ActiveAgainstRandom:
    """A model of the first labels as they were suggested, against one of as many control labels.

    Attributes:
        difference: of the accuracies on the same items, active less random, and its interval's ends.
        labels_each: that either model learned from.
        items: that both were asked about.
        message: the verdict in plain words, and what to do about it.
    """

    benefit: Benefit
    difference: float
    low: float
    high: float
    labels_each: int
    items: int
    message: str


@dataclass(frozen=True)
class LearningCurve:
    """Accuracy over labels, and what random sampling would have brought.

    Attributes:
        source: what accuracy is measured on, HOLDOUT or CONTROL; None: nothing measures it.
        points: by label count.
        now: None where nothing measures it.
        random: None where nothing tells of random sampling.
        notes: what is missing, in plain words, where something is.
    """

    source: Arm | None
    points: Sequence[AccuracyAt]
    now: AccuracyAt | None
    random: RandomLabels | None
    active_against_random: ActiveAgainstRandom
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class StopSign:
    """One figure that speaks for stopping or against it.

    Attributes:
        reason: None where it belongs to no rule.
        message: a plain sentence.
    """

    reason: StopReason | None
    figure: float
    threshold: float
    message: str


@dataclass(frozen=True)
class Advice:
    """Whether to stop labelling.

    Attributes:
        reasons: for stopping; empty: go on.
        against: what speaks against stopping, even where there are reasons for it.
    """

    reasons: Sequence[StopSign]
    against: Sequence[StopSign]
    label_count: int
    source: Arm | None
    now: AccuracyAt | None
    active_against_random: ActiveAgainstRandom
