"""Calls that measure a pool: its learning curve, and whether to stop labelling."""

from vicinal.core.statistics.stopping import StopSettings
from vicinal.pools.measurement.advice import advise
from vicinal.pools.measurement.curve import learning_curve
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.v1 import measurement_pb2 as v1
from vicinal.wire.codecs import ADVICE, LEARNING_CURVE


class MeasurementHandlers(Handlers):
    """Calls that measure a pool."""

    @in_worker
    def GetLearningCurve(
        self, request: v1.GetLearningCurveRequest, context: Context
    ) -> v1.GetLearningCurveResponse:
        """Accuracy by number of labels, on holdout or control items, compared with random sampling."""
        return LEARNING_CURVE.encode(self.named_pool(request).read(learning_curve))

    @in_worker
    def GetAdvice(self, request: v1.GetAdviceRequest, context: Context) -> v1.GetAdviceResponse:
        """Whether to stop labelling, with the reasons."""
        settings = _settings(request)
        return ADVICE.encode(self.pools.get(request.pool_id).read(lambda state: advise(state, settings)))


def _settings(request: v1.GetAdviceRequest) -> StopSettings:
    checks, defaults = begin_checks(request), StopSettings()

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
