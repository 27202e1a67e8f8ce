"""What was measured, into responses."""

from collections.abc import Iterable, Mapping

from vicinal.core.arms import Arm
from vicinal.core.learning import Benefit
from vicinal.core.stopping import StopReason
from vicinal.sampling import measurements
from vicinal.server.enums import ARMS
from vicinal.v1 import measurement_pb2 as measurement

BENEFITS: Mapping[Benefit, measurement.ActiveBenefit] = {
    Benefit.HELPING: measurement.ACTIVE_BENEFIT_HELPING,
    Benefit.NOT_HELPING: measurement.ACTIVE_BENEFIT_NOT_HELPING,
    Benefit.UNKNOWN: measurement.ACTIVE_BENEFIT_UNKNOWN,
}
REASONS: Mapping[StopReason | None, measurement.StopReason] = {
    None: measurement.STOP_REASON_UNSPECIFIED,
    StopReason.BUDGET_SPENT: measurement.STOP_REASON_BUDGET_SPENT,
    StopReason.TARGET_REACHED: measurement.STOP_REASON_TARGET_REACHED,
    StopReason.PLATEAU: measurement.STOP_REASON_PLATEAU,
    StopReason.PREDICTIONS_STABLE: measurement.STOP_REASON_PREDICTIONS_STABLE,
    StopReason.NOTHING_UNCERTAIN: measurement.STOP_REASON_NOTHING_UNCERTAIN,
}


def curve_response(of: measurements.LearningCurve) -> measurement.GetLearningCurveResponse:
    """Accuracy over labels."""
    return measurement.GetLearningCurveResponse(
        source=_source(of.source),
        points=[_accuracy(point) for point in of.points],
        now=_accuracy(of.now) if of.now else None,
        random=measurement.RandomLabels(
            label_count=of.random.label_count,
            is_lower_bound=of.random.is_lower_bound,
            message=of.random.message,
        )
        if of.random
        else None,
        active_against_random=_against_random(of.active_against_random),
        notes=of.notes,
    )


def advice(of: measurements.Advice) -> measurement.GetAdviceResponse:
    """Whether to stop."""
    return measurement.GetAdviceResponse(
        stop=bool(of.reasons),
        reasons=_signs(of.reasons),
        against=_signs(of.against),
        label_count=of.label_count,
        source=_source(of.source),
        now=_accuracy(of.now) if of.now else None,
        active_against_random=_against_random(of.active_against_random),
    )


def _source(arm: Arm | None) -> measurement.Arm:
    return ARMS[arm] if arm else measurement.ARM_UNSPECIFIED


def _accuracy(of: measurements.AccuracyAt) -> measurement.Accuracy:
    interval = of.interval
    return measurement.Accuracy(
        label_count=of.label_count,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        items=interval.items,
    )


def _against_random(of: measurements.ActiveAgainstRandom) -> measurement.ActiveAgainstRandom:
    return measurement.ActiveAgainstRandom(
        benefit=BENEFITS[of.benefit],
        difference=of.difference,
        low=of.low,
        high=of.high,
        labels_each=of.labels_each,
        items=of.items,
        message=of.message,
    )


def _signs(signs: Iterable[measurements.StopSign]) -> list[measurement.StopSign]:
    return [
        measurement.StopSign(
            reason=REASONS[sign.reason], figure=sign.figure, threshold=sign.threshold, message=sign.message
        )
        for sign in signs
    ]
