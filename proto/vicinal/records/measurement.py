"""What is measured of a pool and its annotators, and whether to stop labelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vicinal.records.labels import Arm


@dataclass(frozen=True)
class MeasuredShare:
    """A share that was measured on some items, with its 95 % confidence interval; all in 0 to 1.

    Attributes:
        items: labelled items that it was measured on.
    """

    value: float
    low: float
    high: float
    items: int


@dataclass(frozen=True)
class Annotator:
    """One annotator's work.

    Attributes:
        labels: current ones.
        items_leased: items that the annotator has a lease of now.
        last_label_at: of the newest current label; None without any.
        agreement: share of the annotations that are the majority of the other annotators'; None without any.
        gold: share of the gold items that were labelled rightly; None without any.
    """

    annotator: str
    labels: int
    items_leased: int
    last_label_at: datetime | None
    agreement: MeasuredShare | None
    gold: MeasuredShare | None


@dataclass(frozen=True)
class Accuracy:
    """Accuracy with so many labels learned from, with its 95 % confidence interval; all in 0 to 1.

    Attributes:
        items: labelled items that it was measured on.
    """

    label_count: int
    value: float
    low: float
    high: float
    items: int


class Benefit(StrEnum):
    """Whether active choice brings more than as many labels at random.

    HELPING: with confidence.
    NOT_HELPING: with confidence, by less than any useful gain.
    UNKNOWN: there are too few labels to decide.
    """

    HELPING = "helping"
    NOT_HELPING = "not_helping"
    UNKNOWN = "unknown"


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
class RandomLabels:
    """Labels that random sampling would have needed for the accuracy of now.

    Attributes:
        is_lower_bound: at least so many; the labels do not show more.
        message: how that is known, in plain words.
    """

    label_count: float
    is_lower_bound: bool
    message: str


@dataclass(frozen=True)
class LearningCurve:
    """Accuracy over labels, and what random sampling would have brought.

    Attributes:
        source: what accuracy is measured on, HOLDOUT or CONTROL; None: nothing measures it.
        points: by label count.
        now: None where nothing measures it.
        random: None where nothing shows random sampling.
        notes: what is missing, in plain words, where something is.
    """

    source: Arm | None
    points: Sequence[Accuracy]
    now: Accuracy | None
    random: RandomLabels | None
    active_against_random: ActiveAgainstRandom
    notes: Sequence[str] = ()


class StopReason(StrEnum):
    """A reason to stop.

    BUDGET_SPENT: as many labels as there was budget for.
    TARGET_REACHED: even the lower end of the accuracy's confidence interval reaches the target.
    PLATEAU: accuracy hardly gains any more.
    PREDICTIONS_STABLE: labels hardly change any prediction.
    NOTHING_UNCERTAIN: the votes are sure of every item that is left.
    """

    BUDGET_SPENT = "budget_spent"
    TARGET_REACHED = "target_reached"
    PLATEAU = "plateau"
    PREDICTIONS_STABLE = "predictions_stable"
    NOTHING_UNCERTAIN = "nothing_uncertain"


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
        source: as in `LearningCurve`.
    """

    reasons: Sequence[StopSign]
    against: Sequence[StopSign]
    label_count: int
    source: Arm | None
    now: Accuracy | None
    active_against_random: ActiveAgainstRandom

    @property
    def stop(self) -> bool:
        """Whether there is a reason to stop."""
        return bool(self.reasons)
