"""Calls that measure a pool: its learning curve, and whether to stop labelling."""

from vicinal.core.stopping import StopSettings
from vicinal.sampling.advice import advise
from vicinal.sampling.measuring import learning_curve
from vicinal.sampling.pools import Pools
from vicinal.server import measurement_to_proto as to_proto
from vicinal.server.checks import Checks
from vicinal.v1.measurement_pb2 import (
    GetAdviceRequest,
    GetAdviceResponse,
    GetLearningCurveRequest,
    GetLearningCurveResponse,
)


def get_learning_curve(pools: Pools, request: GetLearningCurveRequest) -> GetLearningCurveResponse:
    """Accuracy over labels, measured on holdout or control items, against random sampling."""
    checks = Checks()
    checks.pool_id(request.pool_id)
    checks.raise_if_any()
    return to_proto.curve_response(pools.get(request.pool_id).read(learning_curve))


def get_advice(pools: Pools, request: GetAdviceRequest) -> GetAdviceResponse:
    """Whether to stop labelling, with the reasons."""
    settings = _settings(request)
    return to_proto.advice(pools.get(request.pool_id).read(lambda state: advise(state, settings)))


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
