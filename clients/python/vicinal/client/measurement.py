"""Calls that measure a pool: its learning curve, and whether to stop labelling."""

from collections.abc import Iterable
from dataclasses import dataclass

from vicinal.client import answers, arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.v1 import measurement_pb2 as v1


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


class MeasurementCalls(Connection):
    """Calls that measure a pool: its learning curve, and whether to stop labelling."""

    def get_learning_curve(self, pool_id: str) -> LearningCurve:
        """Accuracy over labels, measured on holdout or control items, against random sampling.

        Args:
            pool_id: of the pool.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.GetLearningCurveRequest(pool_id=arguments.text(pool_id, "pool_id"))
        return self._call("GetLearningCurve", request, read_learning_curve)

    def get_advice(
        self,
        pool_id: str,
        *,
        budget: int = 0,
        target_accuracy: float | None = None,
        plateau_gain: float | None = None,
        changed_share: float | None = None,
        sure_uncertainty: float | None = None,
    ) -> Advice:
        """Whether to stop labelling, with the reasons and what speaks against it.

        Args:
            pool_id: of the pool.
            budget: labels in all; 0 is none.
            target_accuracy: above 0, at most 1; None is none.
            plateau_gain: accuracy that 30 labels must have brought for more to be worth it; None is 0.015.
            changed_share: share of the predictions that 20 labels must have changed for more to be worth it;
                None is 0.0475.
            sure_uncertainty: margin uncertainty up to which the votes are sure of an item; None is 0.2. All
                three are 0 to 1.

        Raises:
            InvalidArgumentError: a number that cannot be.
            NotFoundError: no such pool.
        """
        with refusing_values("request"):
            request = v1.GetAdviceRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                budget=requests.whole_number(budget, "budget", bits=64),
                target_accuracy=target_accuracy,
                plateau_gain=plateau_gain,
                changed_share=changed_share,
                sure_uncertainty=sure_uncertainty,
            )
        return self._call("GetAdvice", request, read_advice)


def read_learning_curve(message: v1.GetLearningCurveResponse) -> LearningCurve:
    """Accuracy over labels."""
    random = message.random
    return LearningCurve(
        source=answers.arm(message.source),
        points=[_accuracy(point) for point in message.points],
        now=_accuracy(message.now) if message.HasField("now") else None,
        random=RandomLabels(random.label_count, random.is_lower_bound, random.message)
        if message.HasField("random")
        else None,
        active_against_random=_against_random(message.active_against_random),
        notes=list(message.notes),
    )


def read_advice(message: v1.GetAdviceResponse) -> Advice:
    """Whether to stop."""
    return Advice(
        stop=message.stop,
        reasons=_signs(message.reasons),
        against=_signs(message.against),
        label_count=message.label_count,
        source=answers.arm(message.source),
        now=_accuracy(message.now) if message.HasField("now") else None,
        active_against_random=_against_random(message.active_against_random),
    )


def _accuracy(message: v1.Accuracy) -> Accuracy:
    return Accuracy(message.label_count, message.value, message.low, message.high, message.items)


def _against_random(message: v1.ActiveAgainstRandom) -> ActiveAgainstRandom:
    return ActiveAgainstRandom(
        benefit=answers.enum_word(v1.ActiveBenefit, "ACTIVE_BENEFIT_", message.benefit),
        difference=message.difference,
        low=message.low,
        high=message.high,
        labels_each=message.labels_each,
        items=message.items,
        message=message.message,
    )


def _signs(messages: Iterable[v1.StopSign]) -> list[StopSign]:
    return [
        StopSign(
            answers.enum_word(v1.StopReason, "STOP_REASON_", message.reason) if message.reason else "",
            message.figure,
            message.threshold,
            message.message,
        )
        for message in messages
    ]
