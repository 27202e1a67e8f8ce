"""Calls that measure a pool: its learning curve, and whether to stop labelling."""

from collections.abc import Iterable, Mapping

from vicinal.core.arms import Arm
from vicinal.core.statistics.learning import Benefit
from vicinal.core.statistics.stopping import StopReason, StopSettings
from vicinal.pools import results
from vicinal.pools.measurement.advice import advise
from vicinal.pools.measurement.curve import learning_curve
from vicinal.pools.registry import Pools
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.to_proto import ARMS
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1.measurement_pb2 import (
    GetAdviceRequest,
    GetAdviceResponse,
    GetLearningCurveRequest,
    GetLearningCurveResponse,
)

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


def get_learning_curve(pools: Pools, request: GetLearningCurveRequest) -> GetLearningCurveResponse:
    """Accuracy by number of labels, measured on holdout or control items, compared with random sampling."""
    checks = begin_checks(request)
    checks.raise_if_any()
    return _curve(pools.get(request.pool_id).read(learning_curve))


def get_advice(pools: Pools, request: GetAdviceRequest) -> GetAdviceResponse:
    """Whether to stop labelling, with the reasons."""
    settings = _settings(request)
    return _advice(pools.get(request.pool_id).read(lambda state: advise(state, settings)))


def _settings(request: GetAdviceRequest) -> StopSettings:
    checks, defaults = Checks(), StopSettings()
    checks.pool_id(request.pool_id)

    def threshold(name: str, default: float) -> float:
        given = getattr(request, name) if request.HasField(name) else default
        return checks.fraction(given, name, least_is_allowed=True, most_is_allowed=True)

    target = None
    if request.HasField("target_accuracy"):
        target = checks.fraction(request.target_accuracy, "target_accuracy", most_is_allowed=True)
    settings = StopSettings(
        request.budget,
        target,
        threshold("plateau_gain", defaults.plateau_gain),
        threshold("changed_share", defaults.changed_share),
        threshold("sure_uncertainty", defaults.sure_uncertainty),
    )
    checks.raise_if_any()
    return settings


def _curve(of: results.LearningCurve) -> measurement.GetLearningCurveResponse:
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


def _advice(of: results.Advice) -> measurement.GetAdviceResponse:
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


def _accuracy(of: results.AccuracyAt) -> measurement.Accuracy:
    interval = of.interval
    return measurement.Accuracy(
        label_count=of.label_count,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        items=interval.items,
    )


def _against_random(of: results.ActiveAgainstRandom) -> measurement.ActiveAgainstRandom:
    return measurement.ActiveAgainstRandom(
        benefit=BENEFITS[of.benefit],
        difference=of.difference,
        low=of.low,
        high=of.high,
        labels_each=of.labels_each,
        items=of.items,
        message=of.message,
    )


def _signs(signs: Iterable[results.StopSign]) -> list[measurement.StopSign]:
    return [
        measurement.StopSign(
            reason=REASONS[sign.reason], figure=sign.figure, threshold=sign.threshold, message=sign.message
        )
        for sign in signs
    ]
