"""Whether to stop labelling a pool."""

from vicinal.core.stopping import StopReason, StopSettings
from vicinal.sampling.measurements import Advice, StopSign
from vicinal.sampling.measuring import learning_curve
from vicinal.sampling.replay import labels_of
from vicinal.sampling.state import PoolState


def advise(state: PoolState, settings: StopSettings) -> Advice:
    """The rules' verdicts on the pool as it stands."""
    curve = learning_curve(state)
    learned, _ = labels_of(state)
    reasons = []
    if settings.budget and len(learned) >= settings.budget:
        text = f"{len(learned)} labels are given, and the budget was {settings.budget}."
        reasons.append(StopSign(StopReason.BUDGET_SPENT, len(learned), settings.budget, text))
    return Advice(reasons, [], len(learned), curve.source, curve.now, curve.active_against_random)
