"""Similarities of the whole pool to one of its items, on all cores, the last ones kept."""

from collections import OrderedDict

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.parallel import over_rows
from vicinal.core.similarity import Metric, similarity_to

# Kept in all: an item that is leased is labelled soon after, and both ask for the same.
_KEPT_BYTES = 1 << 25
# Multiplications of floats take about as long as one of the operations that `over_rows` counts.
_PRODUCTS_PER_OPERATION = 16


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
