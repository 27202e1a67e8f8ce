"""When to stop labelling: rules over what was measured so far."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Counts = NDArray[np.int64]


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
class StopSettings:
    """What the rules are asked with.

    Attributes:
        budget: labels in all; 0 is none.
        target_accuracy: above 0, at most 1; None is none.
        plateau_gain: accuracy that the next 100 labels must bring to be worth it.
        changed_share: share of predictions that may still change over `CHANGE_LABELS` labels.
        sure_uncertainty: margin uncertainty up to which the votes are sure of an item.
    """

    budget: int = 0
    target_accuracy: float | None = None
    plateau_gain: float = 0.02
    changed_share: float = 0.02
    sure_uncertainty: float = 0.2
