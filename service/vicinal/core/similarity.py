"""What is near: the one check of vectors, and similarity under the two metrics."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.parallel import over_rows
from vicinal.records.errors import Violation
from vicinal.records.pool_options import Metric

# Bytes of a block in double precision: it stays in the processor's cache.
_BLOCK_BYTES = 1 << 19
# Bytes of float32 differences in memory at a time: they stay in the processor's cache.
_DIFFERENCE_BYTES = 1 << 20

MAX_LENGTH = 1e15
"""The longest vector of a Euclidean pool: float32 can add up the squared distances of a whole pool."""

# Where rounding to float32 moves vectors by more than this part of their spread, it hides their differences.
_MOST_ROUNDING = 0.1
# Two vectors may well be identical.
_LEAST_ROWS = 3

_TOO_LONG = (
    f"is longer than {MAX_LENGTH:g}, so distances to it cannot be computed with; "
    "scale the vectors down, or make a cosine pool"
)

# Kept in all: an item that is leased is labelled soon after, and both ask for the same.
_KEPT_BYTES = 1 << 25
# Multiplications of floats take about as long as one of the operations that `over_rows` counts.
_PRODUCTS_PER_OPERATION = 16


def prepare(vectors: ArrayLike, dimension: int, metric: Metric, field: str = "vectors") -> Vectors:
    """Checks vectors and brings them into the form that all of core works on.

    Args:
        vectors: (n, dimension) real numbers.
        dimension: the pool's.
        metric: with cosine, rows are scaled to unit length (in float64).
        field: name of the vectors in error messages.

    Returns:
        (n, dimension) float32, C-contiguous.

    Raises:
        InvalidInput: wrong shape, or rows that are not finite, (cosine) zero or too small to have a
            direction, or (Euclidean) longer than `MAX_LENGTH`; names each bad row.

    >>> prepare([[3.0, 4.0]], 2, Metric.COSINE)
    array([[0.6, 0.8]], dtype=float32)
    """
    prepared, errors = prepare_rows(vectors, dimension, metric, field)
    violations: list[Violation] = [v for error in errors.values() for v in error.violations]
    if violations:
        raise InvalidInput.of(violations)
    return prepared


def prepare_rows(
    vectors: ArrayLike, dimension: int, metric: Metric, field: str = "vectors"
) -> tuple[Vectors, dict[int, InvalidInput]]:
    """As `prepare`, but lets the caller refuse single rows.

    Returns:
        (n, dimension) float32 with zeros in place of bad rows, and what is wrong with each bad row.

    Raises:
        InvalidInput: the vectors as a whole have the wrong shape or are no real numbers.
    """
    array = _matrix(vectors, dimension, field)
    prepared = np.zeros(array.shape, dtype=np.float32)
    errors: dict[int, InvalidInput] = {}
    least = float(np.finfo(array.dtype).tiny) if array.dtype.kind == "f" else 0.0
    block_rows = max(1, _BLOCK_BYTES // (8 * max(1, dimension)))
    for start in range(0, len(array), block_rows):
        block = array[start : start + block_rows].astype(np.float64)
        faults = _prepare_block(block, metric, least, prepared[start : start + block_rows])
        errors |= {start + row: _row_error(field, start + row, fault) for row, fault in faults.items()}
    return prepared, errors


def check_resolution(vectors: ArrayLike, metric: Metric, field: str = "vectors") -> None:
    """Refuses a whole data set whose vectors float32 cannot tell apart, such as 1e8, 1e8 + 1, 1e8 + 2.

    Args:
        vectors: (n, d) real numbers, in the precision that they come with. Fewer than three rows, and rows
            that `prepare` refuses, are not looked at.
        metric: what they will be compared by.
        field: name of the vectors in error messages.

    Raises:
        InvalidInput: rounding to float32 moves them by more than a tenth of their spread.

    >>> check_resolution([[1e8], [1e8 + 1], [1e8 + 2]], Metric.EUCLIDEAN)
    Traceback (most recent call last):
    ...
    vicinal.core.errors.InvalidInput: vectors: differ by less than float32 can hold; subtract their mean first
    """
    array = np.asarray(vectors)
    if array.ndim != 2 or array.dtype.kind not in "fiu" or len(array) < _LEAST_ROWS:
        return
    rows = _comparable(array, metric)
    if len(rows) < _LEAST_ROWS:
        return
    # From the first row on, so that equal rows have no spread at all.
    first = rows[0].astype(np.float64)
    mean = sum(((block - first).sum(axis=0) for block in _blocks(rows)), np.zeros(len(first))) / len(rows)
    moved = sum(float(((block.astype(np.float32) - block) ** 2).sum()) for block in _blocks(rows))
    spread = sum(float(((block - first - mean) ** 2).sum()) for block in _blocks(rows))
    if spread > 0 and moved > _MOST_ROUNDING**2 * spread:
        raise InvalidInput.at(field, "differ by less than float32 can hold; subtract their mean first")


def similarity_to(pool: Vectors, vector: Vectors, metric: Metric) -> Vectors:
    """Similarity of every row to one vector.

    A pair's similarity depends on its two vectors alone, to the last bit: not on the number of rows, the
    row's place, or which of the two is the row. Removal of a label is exact because of this.

    Args:
        pool: (N, d) prepared vectors.
        vector: (d,) prepared vector.
        metric: cosine: the dot product, held within -1 to 1; Euclidean: 1 / (1 + distance).

    Returns:
        (N,) float32.

    >>> similarity_to(np.float32([[1, 0], [0, 1]]), np.float32([1, 0]), Metric.COSINE)
    array([1., 0.], dtype=float32)
    """
    if metric is Metric.COSINE:
        return pair_similarity(pool, vector, metric)
    similarity = np.empty(len(pool), dtype=np.float32)
    block = max(1, _DIFFERENCE_BYTES // (4 * max(1, pool.shape[1])))
    for start in range(0, len(pool), block):
        here = slice(start, start + block)
        similarity[here] = pair_similarity(pool[here], vector, metric)
    return similarity


def exact_similarities(rows: Vectors, others: Vectors, metric: Metric) -> Vectors:
    """Similarity of every row to every other vector, each pair as `similarity_to` has it, bit by bit.

    Args:
        rows: (n, d) prepared vectors.
        others: (m, d) prepared vectors.
        metric: as in `similarity_to`.

    Returns:
        (n, m) float32.
    """
    if metric is Metric.COSINE:
        return pair_similarity(rows[:, np.newaxis], others[np.newaxis], metric)
    similarity = np.empty((len(rows), len(others)), dtype=np.float32)
    for column, other in enumerate(others):
        similarity[:, column] = similarity_to(rows, other, metric)
    return similarity


def pair_similarity(left: Vectors, right: Vectors, metric: Metric) -> Vectors:
    """Similarity of pairs, as `similarity_to` has it, bit by bit.

    Args:
        left: (..., d) prepared vectors.
        right: (..., d) prepared vectors; leading axes are broadcast. Euclidean holds all differences.
        metric: as in `similarity_to`.

    Returns:
        (...) float32.
    """
    if metric is Metric.COSINE:
        # BLAS adds up each pair in the same order; a matrix product would add by the shape of the whole.
        dots: Vectors = np.vecdot(left, right)
        return np.clip(dots, -1.0, 1.0, out=dots)
    with np.errstate(over="ignore"):
        # From differences, so that equal vectors are at distance 0; products would cancel.
        differences = left - right
        return _similarity_of_squares(np.vecdot(differences, differences))


def similarities(queries: Vectors, pool: Vectors, metric: Metric) -> Vectors:
    """Similarity of every query to every row by one matrix product: fast, exact but for rounding.

    Args:
        queries: (n, d) prepared vectors.
        pool: (m, d) prepared vectors.
        metric: as in `similarity_to`.

    Returns:
        (n, m) float32.

    >>> similarities(np.float32([[0, 0]]), np.float32([[0, 0], [3, 4]]), Metric.EUCLIDEAN).round(4)
    array([[1.    , 0.1667]], dtype=float32)
    """
    if metric is Metric.COSINE:
        dots: Vectors = queries @ pool.T
        return np.clip(dots, -1.0, 1.0, out=dots)
    left, right = queries.astype(np.float64), pool.astype(np.float64)
    squares = np.vecdot(left, left)[:, np.newaxis] + np.vecdot(right, right) - 2 * (left @ right.T)
    return _similarity_of_squares(np.maximum(squares, 0.0))


def _matrix(vectors: ArrayLike, dimension: int, field: str) -> NDArray[Any]:
    try:
        array = np.asarray(vectors)
    except ValueError as error:
        raise InvalidInput.at(field, "rows differ in length; give an (n, dimension) array") from error
    if array.dtype.kind not in "fiu":
        raise InvalidInput.at(field, f"are of type {array.dtype}; give real numbers")
    if array.ndim != 2:
        raise InvalidInput.at(field, f"have {array.ndim} axes; give an (n, {dimension}) array")
    if array.shape[1] != dimension:
        raise InvalidInput.at(field, f"have dimension {array.shape[1]}, the pool has {dimension}")
    return array


def _blocks(rows: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    """The rows in double precision, some at a time."""
    block_rows = max(1, _BLOCK_BYTES // (8 * max(1, rows.shape[1])))
    for start in range(0, len(rows), block_rows):
        yield rows[start : start + block_rows].astype(np.float64)


def _comparable(array: NDArray[Any], metric: Metric) -> NDArray[Any]:
    """The rows that rounding can move: finite ones; for cosine those with a direction, at unit length."""
    if metric is Metric.EUCLIDEAN and array.dtype in (np.float32, np.float16):
        return array[:0]
    with np.errstate(over="ignore", invalid="ignore"):
        peaks = _peaks(array)
    fit = (peaks <= np.finfo(np.float32).max) & ((peaks > 0) | (metric is Metric.EUCLIDEAN))
    if metric is Metric.EUCLIDEAN:
        return array if fit.all() else array[fit]
    rows = array[fit].astype(np.float64)
    _scale_to_unit(rows, peaks[fit].astype(np.float64))
    return rows


def _prepare_block(block: NDArray[np.float64], metric: Metric, least: float, out: Vectors) -> dict[int, str]:
    """Writes prepared rows to `out`; returns what is wrong with the others.

    Args:
        block: (n, d), changed in place.
        metric: the pool's.
        least: normal number of the type that the rows came in; smaller ones have lost digits.
        out: (n, d).
    """
    # NaN and infinity among a row's components show in its peak.
    peaks = _peaks(block)
    faults = _at(~np.isfinite(peaks), "has a component that is NaN or infinite")
    if metric is Metric.COSINE:
        faults |= _at(peaks == 0, "is all zeros, which has no direction; cosine needs one")
        small = (
            f"has no component of {least:.2g} or more, too small to have a direction; scale the vectors up"
        )
        faults |= _at((peaks > 0) & (peaks < least), small)
    else:
        faults |= _at(_is_long(block, peaks), _TOO_LONG)
    # Ones in their place need no care in what follows.
    block[list(faults)], peaks[list(faults)] = 1.0, 1.0
    if metric is Metric.COSINE:
        _scale_to_unit(block, peaks)
    out[:] = block
    out[list(faults)] = 0.0
    return faults


def _is_long(block: NDArray[np.float64], peaks: NDArray[np.float64]) -> NDArray[np.bool_]:
    with np.errstate(over="ignore", invalid="ignore"):
        too_long: NDArray[np.bool_] = np.isfinite(peaks) & (np.vecdot(block, block) > MAX_LENGTH**2)
    return too_long


def _scale_to_unit(block: NDArray[np.float64], peaks: NDArray[np.float64]) -> None:
    # By the largest component first: squares of very large or small ones would leave the range.
    block /= peaks[:, np.newaxis]
    block /= np.sqrt(np.vecdot(block, block))[:, np.newaxis]


def _peaks(block: NDArray[Any]) -> NDArray[Any]:
    """(n,) the largest absolute value of each row."""
    peaks: NDArray[Any] = np.maximum(block.max(axis=1, initial=0.0), -block.min(axis=1, initial=0.0))
    return peaks


def _at(flags: NDArray[np.bool_], fault: str) -> dict[int, str]:
    return dict.fromkeys(np.flatnonzero(flags).tolist(), fault)


def _row_error(field: str, row: int, fault: str) -> InvalidInput:
    return InvalidInput.at(f"{field}[{row}]", fault)


def _similarity_of_squares(squares: NDArray[Any]) -> Vectors:
    similarity: Vectors = (1.0 / (1.0 + np.sqrt(squares))).astype(np.float32, copy=False)
    return similarity


class PoolSimilarity:
    """Similarities to a pool's items, each pair as `similarity_to` has it, to the last bit.

    >>> similarity = PoolSimilarity(Metric.COSINE)
    >>> similarity.grow(np.float32([[1, 0], [0.6, 0.8]]))
    >>> similarity.to(0)
    array([1. , 0.6], dtype=float32)
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._kept: OrderedDict[int, Vectors] = OrderedDict()

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end; the same pool again changes nothing.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        if len(pool) != len(self._pool):
            self._kept.clear()
        self._pool = pool

    def to(self, position: int) -> Vectors:
        """(N,) float32 similarity of each pool item to this one; read-only."""
        similarity = self._kept.pop(position, None)
        if similarity is None:
            similarity = self.to_vector(self._pool[position])
            similarity.flags.writeable = False
        self._kept[position] = similarity
        while len(self._kept) > max(1, _KEPT_BYTES // similarity.nbytes):
            self._kept.popitem(last=False)
        return similarity

    def to_vector(self, vector: Vectors) -> Vectors:
        """(N,) float32 similarity of each pool item to a prepared (d,) vector."""
        rows, dimension = self._pool.shape
        parts = over_rows(
            lambda start, stop: similarity_to(self._pool[start:stop], vector, self._metric),
            rows,
            row_cost=1 + dimension // _PRODUCTS_PER_OPERATION,
        )
        return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, dtype=np.float32), *parts])
