"""Uncertainty of a whole pool under blended votes, in one pass over mass and features."""

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Floats, Mask, Mass, Values, Vectors
from vicinal.core.parallel import over_rows, release_pages
from vicinal.core.scoring.filters import PoolAssessment, confidence_limits, mark_confident
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.votes.mass import FEW_CLASSES, MassByClass
from vicinal.core.votes.ridge_head import GRAIN, LEAST_SHARE, Reduction, rounded_features

Shorts = NDArray[np.int16]

_MARGIN, _ENTROPY, _LEAST_CONFIDENCE = 0, 1, 2
_MEASURES = {
    Uncertainty.MARGIN: _MARGIN,
    Uncertainty.ENTROPY: _ENTROPY,
    Uncertainty.LEAST_CONFIDENCE: _LEAST_CONFIDENCE,
}
# What a block passes from one of its loops to the next stays in the processor's cache.
BLOCK_ROWS = 1024

_MULTIPLE = 4
# Of the pool's vectors, so many blocks stay in memory during a pass.
_BLOCKS_IN_MEMORY = 8


@dataclass(frozen=True)
class PoolHead:
    """A linear head with the features of a pool.

    Attributes:
        weights: (C, q) float32.
        features: (blocks, q, BLOCK_ROWS) int16 in units of `GRAIN`: in each block of rows, feature by
            feature; q is a multiple of 4, and the last block is filled up.
        weight: the head's part in the blend, above 0 to 1.
    """

    weights: Floats
    features: Shorts
    weight: float


def assess_blended(
    spread: MassByClass, head: PoolHead | None, measure: Uncertainty, confidence_filter: float = 0.0
) -> PoolAssessment:
    """Assesses the probabilities (1 - b) mass / total + b normalise(max(1/C + w'phi, 0) + 1e-6).

    The same as `uncertainty` of the probabilities themselves but for float32 rounding, without making them.

    Args:
        spread: mass by class, C at least 1; where the total is 0, its probabilities are equal.
        head: None leaves mass alone to speak, b = 0.
        measure: as in `uncertainty`.
        confidence_filter: of the likeliest class from which an item may be confident, as in `mark_confident`;
            0 for none.

    Returns:
        All zeros and none confident with fewer than two classes.
    """
    rows_in_all, classes = len(spread.total), len(spread.slots)
    uncertainty, confident = np.zeros(rows_in_all), np.zeros(rows_in_all, dtype=np.bool_)
    if classes < 2:
        return PoolAssessment(uncertainty, confident)
    limits = confidence_limits(confidence_filter)
    if head is None and classes > FEW_CLASSES:
        return _assess_sparse(spread, _MEASURES[measure], limits)
    if head is None:
        head = PoolHead(np.zeros((classes, 0), np.float32), np.zeros((0, 0, 0), np.int16), 0.0)
    of_mass = spread.dense, *spread.entries, spread.slots, spread.total
    of_head = head.weights * np.float32(GRAIN), head.features, np.float32(head.weight)

    def fill(start: int, stop: int) -> None:
        _uncertainty(of_mass, of_head, _MEASURES[measure], limits, start, stop, uncertainty, confident)

    over_rows(fill, rows_in_all, BLOCK_ROWS, _row_cost(*head.weights.shape))
    return PoolAssessment(uncertainty, confident)


def _assess_sparse(
    spread: MassByClass, measure: int, limits: tuple[np.float32, np.float32]
) -> PoolAssessment:
    """As `assess_blended` without a head, by the classes that votes have brought to each item."""
    uncertainty, confident = np.zeros(len(spread.total)), np.zeros(len(spread.total), dtype=np.bool_)
    of_mass, classes = (*spread.entries, spread.total), len(spread.slots)

    def fill(start: int, stop: int) -> None:
        _uncertainty_of_sparse(of_mass, classes, measure, limits, start, stop, uncertainty, confident)

    entries = len(spread.entries[1])
    over_rows(fill, len(uncertainty), BLOCK_ROWS, 1 + entries // max(1, len(uncertainty)))
    return PoolAssessment(uncertainty, confident)


def _row_cost(classes: int, features: int) -> int:
    """The cost of a row in units of a few operations: sixteen features of a class take one, measured."""
    return classes * (1 + features // 16)


@numba.njit(cache=True, nogil=True)
def _uncertainty(  # noqa: PLR0917 - compiled code takes plain arrays
    spread: tuple[
        Mass,
        NDArray[np.int64],
        NDArray[np.int32],
        Mass,
        NDArray[np.int64],
        Mass,
    ],
    head: tuple[Floats, Shorts, np.float32],
    measure: int,
    limits: tuple[np.float32, np.float32],
    first_row: int,
    stop: int,
    uncertainty: Values,
    confident: Mask,
) -> None:
    """Block by block, and in a block class by class, so that inner loops run along memory."""
    dense, row_starts, entry_slots, entry_mass, slots, total = spread
    is_dense = len(dense) > 0
    weights, features, head_weight = head
    classes = len(slots)
    lifted = np.zeros((classes, BLOCK_ROWS), np.float32)
    four_features = np.zeros((4, BLOCK_ROWS), np.float32)
    by_mass, unreached, by_head = np.zeros((3, BLOCK_ROWS), np.float32)
    first, second, entropy = np.zeros((3, BLOCK_ROWS), np.float32)
    agreeing = np.zeros(BLOCK_ROWS, np.float32)
    block = np.zeros((0 if is_dense else classes, BLOCK_ROWS), entry_mass.dtype)
    class_in = np.zeros(slots.max() + 1, np.int64)
    for of_class in range(classes):
        class_in[slots[of_class]] = of_class
    for start in range(first_row, stop, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, stop - start)
        _scale_mass(total[start : start + rows], classes, np.float32(1.0) - head_weight, by_mass, unreached)
        if head_weight > 0.0:
            _lift(lifted, weights, features[start // BLOCK_ROWS], four_features)
            _scale_head(lifted, head_weight, by_head)
        if not is_dense:
            block[:] = 0
            for row in range(start, start + rows):
                for entry in range(row_starts[row], row_starts[row + 1]):
                    block[class_in[entry_slots[entry]], row - start] = entry_mass[entry]
        first[:] = 0.0
        second[:] = 0.0
        entropy[:] = 0.0
        for of_class in range(classes):
            of_head, slot = lifted[of_class], slots[of_class]
            of_mass = dense[slot, start : start + rows] if is_dense else block[of_class, :rows]
            for row in range(rows):
                probability = (
                    unreached[row] + by_mass[row] * np.float32(of_mass[row]) + by_head[row] * of_head[row]
                )
                lesser = probability if probability < first[row] else first[row]
                second[row] = lesser if lesser > second[row] else second[row]
                agreeing[row] = np.float32(of_mass[row]) if probability > first[row] else agreeing[row]
                first[row] = probability if probability > first[row] else first[row]
            if measure == _ENTROPY:
                for row in range(rows):
                    probability = (
                        unreached[row] + by_mass[row] * np.float32(of_mass[row]) + by_head[row] * of_head[row]
                    )
                    if probability > 0.0:
                        entropy[row] -= probability * np.log(probability)
        _measure(first, second, entropy, measure, classes, uncertainty[start : start + rows])
        if limits[0] > 0.0:
            of_block = slice(start, start + rows)
            mark_confident(first, agreeing, total[of_block], limits, confident[of_block])


@numba.njit(cache=True, nogil=True)
def _uncertainty_of_sparse(  # noqa: PLR0917 - compiled code takes plain arrays
    spread: tuple[NDArray[np.int64], NDArray[np.int32], Mass, Mass],
    classes: int,
    measure: int,
    limits: tuple[np.float32, np.float32],
    first_row: int,
    stop: int,
    uncertainty: Values,
    confident: Mask,
) -> None:
    """Row by row. Entropy adds up by falling mass: the order of slots depends on how the labels came."""
    row_starts, _, entry_mass, total = spread
    by_mass, unreached = np.zeros((2, BLOCK_ROWS), np.float32)
    first, second, entropy, agreeing = np.zeros((4, BLOCK_ROWS), np.float32)
    for start in range(first_row, stop, BLOCK_ROWS):
        rows = min(BLOCK_ROWS, stop - start)
        of_block = slice(start, start + rows)
        _scale_mass(total[of_block], classes, np.float32(1.0), by_mass, unreached)
        for row in range(rows):
            mass = entry_mass[row_starts[start + row] : row_starts[start + row + 1]]
            most, next_most = np.int64(0), np.int64(0)
            for entry in range(len(mass)):
                next_most = max(next_most, min(most, mass[entry]))
                most = max(most, mass[entry])
            agreeing[row] = np.float32(most)
            first[row] = unreached[row] + by_mass[row] * np.float32(most)
            second[row] = unreached[row] + by_mass[row] * np.float32(next_most)
            if measure == _ENTROPY:
                entropy[row] = np.float32(np.log(classes)) if len(mass) == 0 else np.float32(0.0)
                for one in np.sort(mass)[::-1]:
                    probability = by_mass[row] * np.float32(one)
                    entropy[row] -= probability * np.log(probability)
        _measure(first, second, entropy, measure, classes, uncertainty[of_block])
        if limits[0] > 0.0:
            mark_confident(first, agreeing, total[of_block], limits, confident[of_block])


@numba.njit(cache=True, nogil=True)
def _measure(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Floats,
    second: Floats,
    entropy: Floats,
    measure: int,
    classes: int,
    uncertainty: NDArray[np.float64],
) -> None:
    for row in range(len(uncertainty)):
        if measure == _MARGIN:
            uncertainty[row] = np.float32(1.0) - (first[row] - second[row])
        elif measure == _ENTROPY:
            uncertainty[row] = entropy[row] / np.float32(np.log(classes))
        else:
            uncertainty[row] = np.float32(1.0) - first[row]


@numba.njit(cache=True, nogil=True)
def _scale_mass(total: Mass, classes: int, weight: np.float32, by_mass: Floats, unreached: Floats) -> None:
    """Factors from mass to its part of the probabilities; the part of each class where there is no mass."""
    even = weight / np.float32(classes)
    for row in range(len(total)):
        mass = total[row]
        by_mass[row] = weight / np.float32(mass if mass > 0 else 1)
        unreached[row] = even if mass == 0 else np.float32(0.0)


@numba.njit(cache=True, nogil=True)
def _scale_head(lifted: Floats, weight: np.float32, by_head: Floats) -> None:
    """What lifted scores are multiplied with for their part of the probabilities."""
    by_head[:] = 0.0
    for of_class in range(len(lifted)):
        scores = lifted[of_class]
        for row in range(len(by_head)):
            by_head[row] += scores[row]
    for row in range(len(by_head)):
        by_head[row] = weight / by_head[row]


@numba.njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _lift(lifted: Floats, weights: Floats, features: Shorts, widened: Floats) -> None:
    """max(1/C + w'phi, 0) + 1e-6 of each class for a block of rows."""
    lifted[:] = np.float32(1.0 / len(lifted))
    one, two, three, four = widened[0], widened[1], widened[2], widened[3]
    # Four features at a time: the running sums are read and written a quarter as often.
    for at in range(0, features.shape[0], 4):
        for feature in range(4):
            wide, short = widened[feature], features[at + feature]
            for row in range(len(wide)):
                wide[row] = np.float32(short[row])
        for of_class in range(len(lifted)):
            scores, of = lifted[of_class], weights[of_class]
            w1, w2, w3, w4 = of[at], of[at + 1], of[at + 2], of[at + 3]
            for row in range(len(one)):
                scores[row] += w1 * one[row] + w2 * two[row] + w3 * three[row] + w4 * four[row]
    least = np.float32(LEAST_SHARE)
    for of_class in range(len(lifted)):
        scores = lifted[of_class]
        for row in range(len(scores)):
            scores[row] = (scores[row] if scores[row] > 0.0 else np.float32(0.0)) + least


class PoolFeatures:
    """Features of a growing pool under one reduction.

    Attributes:
        blocks: (blocks, q, BLOCK_ROWS) int16 in units of `GRAIN`: in each block of rows, feature by feature,
            so that sums over features run along memory. Zeros fill q up to a multiple of 4, and the last
            block.
    """

    def __init__(self, reduction: Reduction) -> None:
        self.reduction = reduction
        self._width = -(-reduction.width // _MULTIPLE) * _MULTIPLE
        self._rows = 0
        self.blocks = np.zeros((0, self._width, BLOCK_ROWS), dtype=np.int16)

    @property
    def width(self) -> int:
        """q, the length of a feature vector with what fills it up."""
        return self._width

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows at the pool's end that are new since the last call."""
        if len(pool) == self._rows:
            return
        whole = self._rows // BLOCK_ROWS
        blocks = -(-len(pool) // BLOCK_ROWS)
        grown = np.zeros((blocks, self._width, BLOCK_ROWS), dtype=np.int16)
        grown[:whole] = self.blocks[:whole]
        for block in range(whole, blocks):
            rows = pool[block * BLOCK_ROWS : (block + 1) * BLOCK_ROWS]
            features = rounded_features(self.reduction.features(rows)) / GRAIN
            grown[block, : self.reduction.width, : len(rows)] = features.T
            if block % _BLOCKS_IN_MEMORY == 0:
                release_pages(pool)
        release_pages(pool)
        self.blocks, self._rows = grown, len(pool)

    def of(self, positions: NDArray[np.int64]) -> Vectors:
        """(n, q) features of items of the pool, multiples of `GRAIN`."""
        features: Vectors = self.blocks[positions // BLOCK_ROWS, :, positions % BLOCK_ROWS].astype(np.float32)
        features *= np.float32(GRAIN)
        return features

    def of_vectors(self, vectors: Vectors) -> Vectors:
        """(n, q) features of prepared vectors from anywhere, multiples of `GRAIN`."""
        features = np.zeros((len(vectors), self._width), dtype=np.float32)
        features[:, : self.reduction.width] = rounded_features(self.reduction.features(vectors))
        return features
