"""A linear head in closed form: ridge regression on the pool's leading directions, exactly reversible."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Values, Vectors

# Directions kept. More did not help on any of the measured sets (docs/defaults.md).
DIRECTIONS = 64
# Rows that the directions are found from, at most.
_FIT_ROWS = 16_384
# Rows copied out of the pool at a time.
_BLOCK_ROWS = 1024
# The square of a shorter one is no normal number of float32: its length would be wrong.
_LEAST_LENGTH = 1e-18

RIDGE = 0.3
LEAST_SHARE = 1e-6
# Features are rounded to multiples of this. A pool's fit into two bytes each, and their products are
# multiples of 2^-28 of at most 1 in size, of which a double adds up 2^25 without any rounding: sums do not
# depend on the order of labels, and taking one back leaves no trace.
GRAIN = 2.0**-14
# Room for classes is made for so many at a time, so that those that come one by one do not copy all sums.
_MORE_CLASSES = 64


@dataclass(frozen=True)
class Reduction:
    """Turns vectors into short features.

    Features of x are [V'(x - m) / |x - m|, 1]: with m the mean and V the leading principal directions of
    the rows it was fitted to.

    Attributes:
        mean: (d,) float32.
        directions: (d, r) float32 with orthonormal columns, r = min(d, DIRECTIONS).
        fitted_rows: how many rows of the pool it was fitted to.
    """

    mean: Vectors
    directions: Vectors
    fitted_rows: int

    @property
    def width(self) -> int:
        """Length of a feature vector."""
        return int(self.directions.shape[1]) + 1

    def features(self, vectors: Vectors) -> Vectors:
        """(n, r + 1) float32 features of (n, d) prepared vectors; a vector at the mean gives [0, 1].

        So does one that is nearer to it, or farther from it, than float32 can square.
        """
        features = np.ones((len(vectors), self.width), dtype=np.float32)
        for start in range(0, len(vectors), _BLOCK_ROWS):
            centred = vectors[start : start + _BLOCK_ROWS] - self.mean
            with np.errstate(over="ignore"):
                lengths = np.linalg.norm(centred, axis=1, keepdims=True)
            apart = (lengths >= _LEAST_LENGTH) & np.isfinite(lengths)
            centred[~apart[:, 0]] = 0.0
            reduced = centred @ self.directions / np.where(apart, lengths, np.float32(1.0))
            features[start : start + _BLOCK_ROWS, :-1] = reduced
        return features


def rows_to_fit(pool_rows: int) -> int:
    """How many of a pool's first rows a reduction is fitted to: the largest power of two, 16,384 at most.

    A pool of this size has the same reduction however it grew, and it changes only at powers of two.

    >>> [rows_to_fit(count) for count in (1, 5, 5_400, 1_000_000)]
    [1, 4, 4096, 16384]
    """
    return min(_FIT_ROWS, 1 << (max(1, int(pool_rows)).bit_length() - 1))


def fit_reduction(pool: Vectors) -> Reduction:
    """Finds the mean and the leading principal directions of the pool's first rows.

    Args:
        pool: (N, d) prepared vectors, N at least 1.

    Source: principal component analysis, by the eigenvectors of the covariance.
    """
    rows = rows_to_fit(len(pool))
    sample: NDArray[np.float32] = pool[:rows]
    mean = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
    dimension = pool.shape[1]
    if dimension <= DIRECTIONS:
        return Reduction(mean, np.eye(dimension, dtype=np.float32), rows)
    scatter = np.zeros((dimension, dimension), dtype=np.float32)
    for start in range(0, rows, _BLOCK_ROWS):
        centred = sample[start : start + _BLOCK_ROWS] - mean
        scatter += centred.T @ centred
    _, vectors = np.linalg.eigh(scatter.astype(np.float64))
    leading = np.ascontiguousarray(vectors[:, ::-1][:, :DIRECTIONS]).astype(np.float32)
    return Reduction(mean, leading, rows)


@dataclass(frozen=True)
class HeadWeights:
    """The head's weights for the labels that stand.

    Attributes:
        weights: (q, C) float64; scores of features are `features @ weights`.
        inverse: (q, q) float64, (lambda I + sum phi phi')^-1.
    """

    weights: Values
    inverse: Values

    def probabilities(self, features: Vectors) -> Values:
        """(C, n) probabilities of the classes for (n, q) features, by class."""
        return softmax_probabilities(_scores(self.weights.astype(np.float32), features))

    def leave_one_out_probabilities(self, features: Values, targets: Values) -> Values:
        """(C, n) probabilities of labelled items by the head fitted without each.

        Args:
            features: (n, q) rounded features of the labelled items.
            targets: (n, C) their classes as ones and zeros.

        Formula: y_i minus the leave-one-out residual (y_i - phi_i'W) / (1 - phi_i' M phi_i), M the inverse.
        """
        classes = targets.shape[1]
        leverage = np.einsum("nq,nq->n", features @ self.inverse, features)
        centred = targets - 1.0 / classes
        residual = (centred - features @ self.weights) / (1.0 - leverage)[:, np.newaxis]
        return softmax_probabilities((centred - residual).T)


@numba.njit(cache=True, nogil=True)
def _scores(weights: Vectors, features: Vectors) -> Values:
    """(C, n) products of (q, C) weights with (n, q) features, the same for a row whatever others are there.

    A product of matrices by a library rounds by their shapes; here each sum has one order.
    """
    scores = np.empty((len(features), weights.shape[1]), np.float64)
    row_scores = np.empty(weights.shape[1], np.float32)
    for row in range(len(features)):
        row_scores[:] = 0.0
        for feature in range(len(weights)):
            for of_class in range(weights.shape[1]):
                row_scores[of_class] += features[row, feature] * weights[feature, of_class]
        scores[row] = row_scores
    return scores.T


class LinearHead:
    """Keeps the sums that the ridge solution needs.

    Formula: g = phi' (lambda I + sum phi phi')^-1 sum phi (onehot - 1/C), probabilities
    = normalise(max(1/C + g, 0) + 1e-6). The sums of phi by class and of phi alone are kept apart, so that
    classes can join later.
    """

    def __init__(self, width: int) -> None:
        self._gram: Values = np.zeros((width, width))
        self._sums: Values = np.zeros((0, width))

    def append(self, features: Vectors, slot: int) -> None:
        """Takes a label in: (q,) features of the item, and the slot of its class."""
        if slot >= len(self._sums):
            whole = -(-(slot + 1) // _MORE_CLASSES) * _MORE_CLASSES
            more = np.zeros((whole - len(self._sums), len(self._gram)))
            self._sums = np.concatenate([self._sums, more])
        self._add(features, slot, 1.0)

    def remove(self, features: Vectors, slot: int) -> None:
        """Takes a label back that was appended with the same features and slot."""
        self._add(features, slot, -1.0)

    def fit(self, slots: NDArray[np.int64]) -> HeadWeights:
        """Solves for the classes in the given (C,) slots, C at least 1."""
        inverse: Values = np.linalg.inv(self._gram + RIDGE * np.eye(len(self._gram))).astype(np.float64)
        sums = self._sums[slots].T
        weights = inverse @ (sums - sums.sum(axis=1, keepdims=True) / len(slots))
        return HeadWeights(weights, inverse)

    def _add(self, features: Vectors, slot: int, sign: float) -> None:
        rounded = rounded_features(features)
        self._gram += sign * np.outer(rounded, rounded)
        self._sums[slot] += sign * rounded


def rounded_features(features: Vectors) -> Values:
    """Features as the head takes them in: float64 multiples of `GRAIN`."""
    rounded: Values = np.rint(features.astype(np.float64) / GRAIN) * GRAIN
    return rounded


def softmax_probabilities(scores: Values) -> Values:
    """(C, n) probabilities from (C, n) scores around zero."""
    lifted: Values = np.maximum(scores + 1.0 / len(scores), 0) + LEAST_SHARE
    total = np.zeros(scores.shape[1])
    # Added up class by class: numpy's own order depends on how many columns there are.
    for of_class in lifted:
        total += of_class
    lifted /= total
    return lifted
