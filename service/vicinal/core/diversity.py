"""Diversity: how far an item is from all that were labelled, leased or picked already."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.search import nearest_among
from vicinal.core.similarity import Metric, Vectors, similarity_to

Positions = NDArray[np.int64]
Values = NDArray[np.float64]

_NOBODY = -1
# Rows copied out of the pool at a time.
_BLOCK_ROWS = 4096


class NearestSelected:
    """For each pool row, how similar the selected item nearest to it is.

    What it tells depends on the pool and the selected items alone, bit by bit, not on the order of calls.
    Selecting costs one pass over the pool; deselecting searches anew for the rows that were nearest to the
    item. Positions are row numbers of the pool.

    >>> selected = NearestSelected(Metric.COSINE)
    >>> selected.grow(np.float32([[1, 0], [0.6, 0.8], [0, 1]]))
    >>> selected.select(0)
    >>> selected.diversity(np.array([1, 2])).round(3)
    array([0.4, 1. ])
    """

    def __init__(self, metric: Metric) -> None:
        self._metric = metric
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self._selected: set[int] = set()
        self._nearest = np.zeros(0, dtype=np.int64)
        self._similarity = np.zeros(0, dtype=np.float32)

    def grow(self, pool: Vectors) -> None:
        """Takes the pool with new rows at its end.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        rows = np.arange(len(self._nearest), len(pool))
        self._pool = pool
        self._nearest = np.concatenate([self._nearest, np.full(len(rows), _NOBODY)])
        self._similarity = np.concatenate([self._similarity, np.full(len(rows), -np.inf, dtype=np.float32)])
        self._search(rows)

    def select(self, position: int) -> None:
        """Takes an item in.

        Raises:
            ValueError: it is selected already, or is not in the pool.
        """
        self._check_new(position)
        self._selected.add(position)
        similarity = similarity_to(self._pool, self._pool[position], self._metric)
        rows = np.flatnonzero(similarity > self._similarity)
        self._similarity[rows], self._nearest[rows] = similarity[rows], position

    def extend(self, positions: Positions) -> None:
        """Takes many items in at once: the same as `select` for each, and faster for more than a few.

        Raises:
            ValueError: an item is selected already, twice here, or is not in the pool. Then none is taken.
        """
        new = {int(position) for position in positions}
        if len(new) < len(positions):
            raise ValueError("a position is there twice")
        for position in new:
            self._check_new(position)
        self._selected |= new
        self._search(np.arange(len(self._pool)))

    def deselect(self, position: int) -> None:
        """Lets an item go, as if it had never been selected.

        Raises:
            ValueError: it is not selected.
        """
        if position not in self._selected:
            raise ValueError(f"position {position} is not selected")
        self._selected.remove(position)
        self._search(np.flatnonzero(self._nearest == position))

    @property
    def similarity(self) -> Vectors:
        """(N,) float32 to the nearest selected; the metric's least where nothing is selected."""
        return np.maximum(self._similarity, np.float32(self._metric.least_similarity))

    def diversity(self, positions: Positions) -> Values:
        """1 - similarity to the nearest selected item.

        Args:
            positions: (n,) which items.

        Returns:
            (n,) float64, 0 for a copy of a selected item; constant while nothing is selected.
        """
        return diversity_of(self.similarity[positions])

    def _check_new(self, position: int) -> None:
        if position in self._selected:
            raise ValueError(f"position {position} is selected already")
        if not 0 <= position < len(self._pool):
            raise ValueError(f"position {position} is not in the pool of {len(self._pool)} rows")

    def _search(self, rows: Positions) -> None:
        """Finds the nearest selected of these rows anew."""
        self._nearest[rows], self._similarity[rows] = _NOBODY, -np.inf
        if not self._selected:
            return
        selected = np.array(sorted(self._selected))
        vectors = self._pool[selected]
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            similarity, places = nearest_among(self._pool[block], vectors, 1, self._metric)
            self._similarity[block], self._nearest[block] = similarity[:, 0], selected[places[:, 0]]


def diversity_of(similarity: Vectors) -> Values:
    """Diversity of items whose nearest selected item has this similarity.

    Args:
        similarity: (n,) float32.

    Returns:
        (n,) float64.

    >>> diversity_of(np.float32([1, 0.25]))
    array([0.  , 0.75])
    """
    return 1.0 - similarity.astype(np.float64)
