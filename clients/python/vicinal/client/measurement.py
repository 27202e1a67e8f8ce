"""Calls that measure a pool: its learning curve, and whether to stop labelling."""

from vicinal.client import arguments, requests
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.records.measurement import Advice, LearningCurve
from vicinal.v1 import measurement_pb2 as v1
from vicinal.wire.codecs import ADVICE, LEARNING_CURVE


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
        return self._call("GetLearningCurve", request, LEARNING_CURVE.decode)

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
        return self._call("GetAdvice", request, ADVICE.decode)
