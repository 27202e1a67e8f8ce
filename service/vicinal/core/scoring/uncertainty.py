"""How unsure the votes are about each item."""

from enum import StrEnum

import numba
import numpy as np
from scipy.special import entr

from vicinal.core.arrays import Values

_BLOCK_ROWS = 1024


class Uncertainty(StrEnum):
    """Measures of uncertainty, each 0 where the votes are sure.

    MARGIN: 1 - (p1 - p2), the two largest probabilities; 0 to 1.
    ENTROPY: -sum p log p / log C; 0 to 1.
    LEAST_CONFIDENCE: 1 - p1; 0 to 1 - 1/C.
    """

    MARGIN = "margin"
    ENTROPY = "entropy"
    LEAST_CONFIDENCE = "least_confidence"


def uncertainty(probabilities: Values, measure: Uncertainty, class_count: int | None = None) -> Values:
    """Uncertainty of each row of probabilities.

    Source: B. Settles, "Active Learning Literature Survey", 2009, section 3.1.

    Args:
        probabilities: (n, C), rows sum to 1; classes without a share may be left out.
        measure: which of the three.
        class_count: of all classes, where some are left out.

    Returns:
        (n,) float64, larger is less sure; all zeros with fewer than two classes.

    >>> uncertainty(np.array([[0.5, 0.5], [0.9, 0.1]]), Uncertainty.MARGIN).round(6)
    array([1. , 0.2])
    """
    classes = probabilities.shape[1] if class_count is None else class_count
    if classes < 2:
        return np.zeros(len(probabilities))
    if measure is Uncertainty.ENTROPY:
        return _entropy(probabilities) / float(np.log(classes))
    first, second = _two_largest(probabilities)
    return 1.0 - (first - second) if measure is Uncertainty.MARGIN else 1.0 - first


@numba.njit(cache=True)
def _two_largest(probabilities: Values) -> tuple[Values, Values]:
    """Block by block and class by class: inner loops run along memory where a class does."""
    first, second = np.zeros(len(probabilities)), np.zeros(len(probabilities))
    for start in range(0, len(probabilities), _BLOCK_ROWS):
        rows = range(start, min(start + _BLOCK_ROWS, len(probabilities)))
        for of_class in range(probabilities.shape[1]):
            for row in rows:
                probability = probabilities[row, of_class]
                second[row] = max(second[row], min(first[row], probability))
                first[row] = max(first[row], probability)
    return first, second


def _entropy(probabilities: Values) -> Values:
    # Class by class, so that a row's value does not depend on how many rows there are.
    total = np.zeros(len(probabilities))
    for probability in probabilities.T:
        total += entr(probability)
    return total
