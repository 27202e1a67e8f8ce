"""A small copy of the pool for the linear head: its leading principal directions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors

# Directions kept. More did not help on any of the measured sets (docs/defaults.md).
DIRECTIONS = 64
# Rows that the directions are found from, at most.
_FIT_ROWS = 16_384
# Rows copied out of the pool at a time.
_BLOCK_ROWS = 1024
# The square of a shorter one is no normal number of float32: its length would be wrong.
_LEAST_LENGTH = 1e-18


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
