"""Short vectors in place of long ones, that tell near from far at a fraction of the cost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.similarity import Metric

MOST_DIRECTIONS = 128

_FIT_ROWS = 4096
_FIT_ROUNDS = 4
_PROJECTED_ROWS = 256
# Squares of what is within, and sums of many of them, are within the range of float32.
_LIMIT = 1e16


@dataclass(frozen=True)
class Projection:
    """Onto the leading principal directions of a sample of the pool.

    Estimates how near y is to x, but for a part that depends on x alone, by c(x).c(y) + b(y): with
    c(x) = V'(x - m); b(y) = m.y for cosine, -|y - m|^2 / 2 for Euclidean. Right where the parts of x and y
    that lie outside the directions are orthogonal, as those of unlike items nearly are.

    Attributes:
        metric: of the vectors.
        mean: (d,) float32, m.
        directions: (d, r) float32 with orthonormal columns, V.
    """

    metric: Metric
    mean: Vectors
    directions: Vectors

    def shortened(self, vectors: Vectors) -> Vectors:
        """(n, r + 1) c, and b behind it, of each of (n, d) prepared vectors."""
        short = np.empty((len(vectors), self.directions.shape[1] + 1), dtype=np.float32)
        for start in range(0, len(vectors), _PROJECTED_ROWS):
            here = slice(start, start + _PROJECTED_ROWS)
            centred = _within_range(vectors[here] - self.mean)
            short[here, :-1] = centred @ self.directions
            if self.metric is Metric.COSINE:
                short[here, -1] = vectors[here] @ self.mean
            else:
                short[here, -1] = np.vecdot(centred, centred) / -2
        return short


def fitted(pool: Vectors, metric: Metric) -> Projection:
    """A projection that fits the pool.

    Args:
        pool: (N, d) prepared vectors, N at least 1.
        metric: of the pool.

    Source: N. Halko et al., Finding Structure with Randomness, SIAM Review 2011 (subspace iteration).
    """
    rows = np.unique(np.linspace(0, len(pool) - 1, _FIT_ROWS).astype(np.int64))
    sample = pool[rows]
    mean: Vectors = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
    dimension = pool.shape[1]
    width = min(dimension, MOST_DIRECTIONS)
    if width == dimension:
        return Projection(metric, mean, np.eye(dimension, dtype=np.float32))
    sample -= mean
    centred = _within_range(sample)
    directions: NDArray[np.float32] = np.random.default_rng(0).standard_normal((dimension, width), np.float32)
    for _ in range(_FIT_ROUNDS):
        directions, _ = np.linalg.qr(centred.T @ (centred @ directions))
    return Projection(metric, mean, np.ascontiguousarray(directions))


def _within_range(centred: Vectors) -> Vectors:
    return np.clip(centred, -_LIMIT, _LIMIT, out=centred)
