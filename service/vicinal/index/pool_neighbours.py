"""Each pool item's nearest other pool items, kept up as the pool grows."""

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.index.approximate import InvertedFileLists
from vicinal.index.exact import grow_exact_lists
from vicinal.index.kernels import check_lists, make_empty_lists, stack_lists
from vicinal.records.pool_options import Metric

EXACT_ROWS = 20_000
"""Up to so many rows all are compared with all: some seconds at 1280 dimensions."""


class PoolNeighbourhoods:
    """`Neighbourhoods` by FAISS.

    Up to `exact_rows` rows the lists are exact, and the same however the pool was cut into calls. Above,
    new rows are compared with those that lie in the same region only (`InvertedFileLists`): about 98 of 100
    neighbours are the true ones where vectors cluster as features of images do. Similarities are exact.

    Args:
        metric: of the pool's vectors.
        count: K, the neighbours kept of each item.
        threads: for FAISS and for blocks of rows.
        exact_rows: the largest pool that is compared all with all.
    """

    def __init__(
        self, metric: Metric, count: int = 20, *, threads: int = 1, exact_rows: int = EXACT_ROWS
    ) -> None:
        self._metric = metric
        self._threads = threads
        self._exact_rows = exact_rows
        self._neighbours = make_empty_lists(0, count, np.int32)
        self._lists = InvertedFileLists(metric, threads)
        self._progress = 1.0

    @property
    def neighbours(self) -> Neighbours:
        """(N, K), keys are pool positions as int32; an item is never its own neighbour."""
        return self._neighbours

    @property
    def progress(self) -> float:
        """How far a `grow` that runs in another thread has come, 0 to 1; 1 where none runs."""
        return self._progress

    @property
    def recall(self) -> float:
        """What part of the true neighbours the lists hold, 0 to 1.

        1 while the lists are exact; else estimated from 200 items when the lists were built or restored,
        or last grew by a tenth.
        """
        return 1.0 if self._is_exact else self._lists.recall

    @property
    def description(self) -> str:
        """How the lists were built, in a few words."""
        count = self._neighbours.keys.shape[1]
        if self._is_exact:
            return f"K={count}, exact"
        return f"K={count}, {self._lists.description}"

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        """Takes lists in that were built before, instead of building them; must come before any `grow`.

        Args:
            pool: (n, d) the rows that the lists are of.
            neighbours: (n, K) as `neighbours` gave them.

        Raises:
            ValueError: the lists are not of these rows, or of another K.
        """
        count = self._neighbours.keys.shape[1]
        check_lists(pool, neighbours, count)
        self._neighbours = stack_lists(make_empty_lists(0, count), neighbours)
        if len(pool) > self._exact_rows:
            self._lists.measure(pool, self._neighbours)

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Adding many rows at once costs less than adding them one by one.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        seen = len(self._neighbours.keys)
        if len(pool) < seen:
            raise ValueError(f"the pool shrank from {seen} to {len(pool)} rows")
        if len(pool) == seen:
            return
        self._progress = 0.0
        try:
            if len(pool) <= self._exact_rows:
                self._neighbours = grow_exact_lists(
                    pool, self._neighbours, self._metric, self._threads, self._report
                )
            else:
                self._neighbours = self._lists.grown(pool, self._neighbours, self._report)
        finally:
            self._progress = 1.0

    @property
    def _is_exact(self) -> bool:
        return len(self._neighbours.keys) <= self._exact_rows

    def _report(self, done: float) -> None:
        self._progress = done
