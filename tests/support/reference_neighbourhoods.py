"""Brute force in plain numpy: what the fast implementations are compared with."""

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.core.similarity import similarity_to
from vicinal.index.kernels import NO_KEY, NO_SIMILARITY, check_lists, make_empty_lists, rank_neighbours
from vicinal.records.pool_options import Metric


class ReferenceNeighbourhoods:
    """`Neighbourhoods` measured again over the whole pool each time it grows: O(N^2 d)."""

    def __init__(self, metric: Metric, count: int = 20) -> None:
        self._metric = metric
        self._count = count
        self._neighbours = make_empty_lists(0, count)

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        if len(pool) == len(self._neighbours.keys):
            return
        keys = np.tile(np.arange(len(pool)), (len(pool), 1))
        similarities = np.empty(keys.shape, dtype=np.float32)
        for row, vector in enumerate(pool):
            similarities[row] = similarity_to(pool, vector, self._metric)
        np.fill_diagonal(keys, NO_KEY)
        np.fill_diagonal(similarities, NO_SIMILARITY)
        self._neighbours = rank_neighbours(keys, similarities, self._count)

    @property
    def neighbours(self) -> Neighbours:
        """(N, K), keys are pool positions; an item is never its own neighbour."""
        return self._neighbours

    @property
    def progress(self) -> float:
        """1: nobody waits for it."""
        return 1.0

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        """Takes lists in that were built before; must come before any `grow`.

        Args:
            pool: (n, d) the rows that the lists are of.
            neighbours: (n, K) as `neighbours` gave them.
        """
        check_lists(pool, neighbours, self._count)
        self._neighbours = neighbours
