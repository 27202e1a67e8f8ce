"""Messages about what was measured, read into the client's records."""

from collections.abc import Iterable

from vicinal.client.answers import arm
from vicinal.client.enum_words import enum_word
from vicinal.client.measurement_results import (
    Accuracy,
    ActiveAgainstRandom,
    Advice,
    LearningCurve,
    RandomLabels,
    StopSign,
)
from vicinal.v1 import measurement_pb2 as v1


def learning_curve(message: v1.GetLearningCurveResponse) -> LearningCurve:
    """Accuracy over labels."""
    random = message.random
    return LearningCurve(
        source=arm(message.source),
        points=[_accuracy(point) for point in message.points],
        now=_accuracy(message.now) if message.HasField("now") else None,
        random=RandomLabels(random.label_count, random.is_lower_bound, random.message)
        if message.HasField("random")
        else None,
        active_against_random=_against_random(message.active_against_random),
        notes=list(message.notes),
    )


def advice(message: v1.GetAdviceResponse) -> Advice:
    """Whether to stop."""
    return Advice(
        stop=message.stop,
        reasons=_signs(message.reasons),
        against=_signs(message.against),
        label_count=message.label_count,
        source=arm(message.source),
        now=_accuracy(message.now) if message.HasField("now") else None,
        active_against_random=_against_random(message.active_against_random),
    )


def _accuracy(message: v1.Accuracy) -> Accuracy:
    return Accuracy(message.label_count, message.value, message.low, message.high, message.items)


def _against_random(message: v1.ActiveAgainstRandom) -> ActiveAgainstRandom:
    return ActiveAgainstRandom(
        benefit=enum_word(v1.ActiveBenefit, "ACTIVE_BENEFIT_", message.benefit),
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
            enum_word(v1.StopReason, "STOP_REASON_", message.reason) if message.reason else "",
            message.figure,
            message.threshold,
            message.message,
        )
        for message in messages
    ]
