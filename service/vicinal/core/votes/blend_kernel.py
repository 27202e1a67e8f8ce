"""Uncertainty of a whole pool under blended votes, in one pass over mass and head scores."""

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.uncertainty import Uncertainty
from vicinal.core.votes.head import LEAST_SHARE

_MARGIN, _ENTROPY, _LEAST_CONFIDENCE = 0, 1, 2
_MEASURES = {
    Uncertainty.MARGIN: _MARGIN,
    Uncertainty.ENTROPY: _ENTROPY,
    Uncertainty.LEAST_CONFIDENCE: _LEAST_CONFIDENCE,
}
_BLOCK_ROWS = 1024


def blended_uncertainty(
    mass: NDArray[np.int32],
    total: NDArray[np.int32],
    scores: NDArray[np.float32],
    head_weight: float,
    measure: Uncertainty,
) -> NDArray[np.float64]:
    """Uncertainty of the shares (1 - b) mass / total + b normalise(max(1/C + scores, 0) + 1e-6).

    The same as `uncertainty` of the shares themselves, without making them.

    Args:
        mass: (C, N) vote mass by class, C at least 1; classes in alphabetical order.
        total: (N,) its sums; where 0, the shares of mass are equal.
        scores: (C, N) of the linear head; (C, 0) where head_weight is 0.
        head_weight: b, 0 to 1.
        measure: as in `uncertainty`.

    Returns:
        (N,) 0 where the votes are sure; all zeros with fewer than two classes.
    """
    uncertainty = np.zeros(len(total))
    if len(mass) > 1:
        _uncertainty(mass, total, scores, head_weight, _MEASURES[measure], uncertainty)
    return uncertainty


@numba.njit(cache=True)
def _uncertainty(  # noqa: PLR0917 - compiled code takes plain arrays
    mass: NDArray[np.int32],
    total: NDArray[np.int32],
    scores: NDArray[np.float32],
    head_weight: float,
    measure: int,
    uncertainty: NDArray[np.float64],
) -> None:
    """Block by block and class by class: inner loops run along memory, and what they share stays in cache."""
    classes = len(mass)
    even = 1.0 / classes
    for start in range(0, len(total), _BLOCK_ROWS):
        rows = min(_BLOCK_ROWS, len(total) - start)
        first, second, entropy = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        by_mass, unknown, by_head = np.zeros(rows), np.zeros(rows), np.zeros(rows)
        for row in range(rows):
            known = total[start + row]
            by_mass[row] = (1.0 - head_weight) / max(known, 1)
            unknown[row] = (1.0 - head_weight) * even if known == 0 else 0.0
        if head_weight > 0.0:
            for of_class in range(classes):
                for row in range(rows):
                    by_head[row] += max(even + scores[of_class, start + row], 0.0) + LEAST_SHARE
            for row in range(rows):
                by_head[row] = head_weight / by_head[row]
        for of_class in range(classes):
            share = unknown + by_mass * mass[of_class, start : start + rows]
            if head_weight > 0.0:
                for row in range(rows):
                    lifted = max(even + scores[of_class, start + row], 0.0) + LEAST_SHARE
                    share[row] += by_head[row] * lifted
            for row in range(rows):
                second[row] = max(second[row], min(first[row], share[row]))
                first[row] = max(first[row], share[row])
            if measure == _ENTROPY:
                for row in range(rows):
                    if share[row] > 0.0:
                        entropy[row] -= share[row] * np.log(share[row])
        for row in range(rows):
            if measure == _MARGIN:
                uncertainty[start + row] = 1.0 - (first[row] - second[row])
            elif measure == _ENTROPY:
                uncertainty[start + row] = entropy[row] / np.log(classes)
            else:
                uncertainty[start + row] = 1.0 - first[row]
