"""What the calls that measure a pool answer with. Plain frozen records."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """Accuracy as it was measured, with a 95 % confidence interval; all are shares, 0 to 1.

    Attributes:
        label_count: labels learned from by then.
        items: labelled items that it was measured on.
    """

    label_count: int
    value: float
    low: float
    high: float
    items: int


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
        benefit: "helping", "not_helping" or "unknown".
        difference: of the accuracies, active less random; `low` and `high` are its 95 % interval.
        labels_each: that either model learned from.
        items: that both were asked about.
        message: the verdict in plain words, and what to do about it.
    """

    benefit: str
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
        source: what accuracy is measured on, "holdout" or "control"; empty where nothing measures it.
        points: by label count.
        now: None where nothing measures it.
        random: None where nothing tells of random sampling.
        notes: what is missing, where something is.
    """

    source: str
    points: list[Accuracy]
    now: Accuracy | None
    random: RandomLabels | None
    active_against_random: ActiveAgainstRandom
    notes: list[str]


@dataclass(frozen=True)
class StopSign:
    """One figure that speaks for stopping, or against it.

    Attributes:
        reason: "budget_spent", "target_reached", "plateau", "predictions_stable", "nothing_uncertain"; empty
            where it belongs to no rule.
        message: a plain sentence.
    """

    reason: str
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

    stop: bool
    reasons: list[StopSign]
    against: list[StopSign]
    label_count: int
    source: str
    now: Accuracy | None
    active_against_random: ActiveAgainstRandom
