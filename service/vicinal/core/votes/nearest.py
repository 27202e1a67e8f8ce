"""Each pool item's nearest labelled items, kept up exactly as labels come and go."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.similarity import Metric, Vectors, exact_similarities, similarity_to

Positions = NDArray[np.int64]

# Rows that are compared with all labelled items at a time: few enough to stay in the processor's cache.
_BLOCK_ROWS = 256
NOBODY = -1


class NearestLabelled:
    """For each pool row the `count` labelled items most similar to it; of equals, the smaller position.

    The lists depend on the pool and the labelled items alone, bit by bit, not on the order of calls.
    Appending costs one pass over the pool and work on the rows it enters. Removing compares the rows that
    lose a neighbour with every labelled item: about `count` passes, whatever the number of labels.

    Attributes:
        similarities: (N, count) float32, nearest first, -inf where there are fewer.
        positions: (N, count) int64 of labelled items, `NOBODY` where there are fewer.
        labelled: (n,) int64 positions, ascending.
    """

    def __init__(self, metric: Metric, count: int) -> None:
        self._metric = metric
        self._count = count
        self._pool: Vectors = np.zeros((0, 0), dtype=np.float32)
        self.labelled: Positions = np.zeros(0, dtype=np.int64)
        self.similarities, self.positions = _empty_lists(0, count)

    def grow(self, pool: Vectors) -> Positions:
        """Takes the pool with new rows at its end; returns the new rows."""
        rows = np.arange(len(self.positions), len(pool))
        self._pool = pool
        similarities, positions = _empty_lists(len(rows), self._count)
        self.similarities = np.concatenate([self.similarities, similarities])
        self.positions = np.concatenate([self.positions, positions])
        self._fill(rows)
        return rows

    def extend(self, positions: Positions) -> None:
        """Adds many labelled items at once; all lists are made anew."""
        self.labelled = np.union1d(self.labelled, positions)
        self._fill(np.arange(len(self.positions)))

    def append(self, position: int) -> Positions:
        """Adds a labelled item; returns the rows whose lists it entered."""
        self.labelled = np.insert(self.labelled, np.searchsorted(self.labelled, position), position)
        similarity = similarity_to(self._pool, self._pool[position], self._metric)
        last = self.similarities[:, -1]
        tied = (similarity == last) & (position < self.positions[:, -1])
        rows = np.flatnonzero((similarity > last) | tied)
        self._insert(rows, similarity[rows], position)
        return rows

    def remove(self, position: int) -> Positions:
        """Takes a labelled item out; returns the rows whose lists it left."""
        self.labelled = self.labelled[self.labelled != position]
        rows = np.flatnonzero((self.positions == position).any(axis=1))
        self._drop(rows, position)
        if len(self.labelled) >= self._count:
            for start in range(0, len(rows), _BLOCK_ROWS):
                self._refill(rows[start : start + _BLOCK_ROWS])
        return rows

    def _fill(self, rows: Positions) -> None:
        if len(self.labelled) == 0:
            return
        others = self._pool[self.labelled]
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            similarities = exact_similarities(self._pool[block], others, self._metric)
            nearest, places = best_first(similarities, self._count)
            self.similarities[block, : nearest.shape[1]] = nearest
            self.positions[block, : places.shape[1]] = self.labelled[places]

    def _insert(self, rows: Positions, similarity: Vectors, position: int) -> None:
        similarities, positions = self.similarities[rows], self.positions[rows]
        tied = (similarities == similarity[:, np.newaxis]) & (positions < position)
        place = ((similarities > similarity[:, np.newaxis]) | tied).sum(axis=1)[:, np.newaxis]
        columns = np.arange(self._count)
        source = columns - (columns > place)
        similarities = np.take_along_axis(similarities, source, axis=1)
        positions = np.take_along_axis(positions, source, axis=1)
        here = columns == place
        self.similarities[rows] = np.where(here, similarity[:, np.newaxis], similarities)
        self.positions[rows] = np.where(here, position, positions)

    def _drop(self, rows: Positions, position: int) -> None:
        place = (self.positions[rows] == position).argmax(axis=1)[:, np.newaxis]
        columns = np.arange(self._count)
        source = np.minimum(columns + (columns >= place), self._count - 1)
        self.similarities[rows] = np.take_along_axis(self.similarities[rows], source, axis=1)
        self.positions[rows] = np.take_along_axis(self.positions[rows], source, axis=1)
        self.similarities[rows, -1], self.positions[rows, -1] = -np.inf, NOBODY

    def _refill(self, rows: Positions) -> None:
        """Finds the last neighbour of rows that have all others: the best of those not in the list."""
        similarities = exact_similarities(self._pool[rows], self._pool[self.labelled], self._metric)
        if self._count > 1:
            last, who = self.similarities[rows, -2, np.newaxis], self.positions[rows, -2, np.newaxis]
            in_list = (similarities > last) | ((similarities == last) & (self.labelled <= who))
            similarities[in_list] = -np.inf
        best = similarities.argmax(axis=1)
        self.similarities[rows, -1] = similarities[np.arange(len(rows)), best]
        self.positions[rows, -1] = self.labelled[best]


def best_first(similarities: Vectors, count: int) -> tuple[Vectors, Positions]:
    """The largest values of each row with their columns, largest first; of equals, the smaller column.

    Args:
        similarities: (n, m) float32.
        count: how many at most.

    Returns:
        (n, min(count, m)) values and columns.

    >>> best_first(np.float32([[0.5, 0.9, 0.5, 0.5]]), 3)
    (array([[0.9, 0.5, 0.5]], dtype=float32), array([[1, 0, 2]]))
    """
    total = similarities.shape[1]
    columns = np.broadcast_to(np.arange(total), similarities.shape)
    if count < total:
        columns = _largest(similarities, count)
    values = np.take_along_axis(similarities, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(columns, order, axis=1)


def _largest(similarities: Vectors, count: int) -> Positions:
    """(n, count) columns of the largest, ascending; at the edge, the smaller columns of equals."""
    edge = np.partition(similarities, -count, axis=1)[:, -count, np.newaxis]
    above, at_edge = similarities > edge, similarities == edge
    room = count - above.sum(axis=1, keepdims=True)
    chosen = above | (at_edge & (np.cumsum(at_edge, axis=1) <= room))
    return np.nonzero(chosen)[1].reshape(len(similarities), count)


def _empty_lists(rows: int, count: int) -> tuple[Vectors, Positions]:
    similarities = np.full((rows, count), -np.inf, dtype=np.float32)
    return similarities, np.full((rows, count), NOBODY, dtype=np.int64)
