"""What lies around a pool's vectors: from the pool's neighbour lists where they reach, else looked up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.near_copies import copy_reach, distances, intrinsic_dimension
from vicinal.core.records import Neighbours, Vectors
from vicinal.core.similarity import Metric

NEIGHBOURS = 20
_LOOKED_UP_TOGETHER = 256
# Rows that tell a pool's dimension well enough: all that there are in lists, or few to look up.
_TELLING, _LOOKED_UP = 10_000, 200
_GROWTH = 1.1

Nearest = Callable[[Vectors, int], Neighbours]


@dataclass(frozen=True, eq=False)
class Around:
    """The nearest rows of some vectors.

    Attributes:
        keys: (n, k) int64 positions, -1 where there are fewer.
        spread: (n, k) float64 distances, infinite where there are fewer.
    """

    keys: NDArray[np.int64]
    spread: NDArray[np.float64]


class Surroundings:
    """The nearest rows of a pool's rows, and how near a copy has to be.

    Args:
        rows: (n, d) vectors of positions.
        neighbours: lists of the pool's first rows.
        nearest: looks vectors up.
        metric: of the pool.
    """

    def __init__(
        self,
        rows: Callable[[Sequence[int]], Vectors],
        neighbours: Callable[[], Neighbours | None],
        nearest: Nearest,
        metric: Metric,
    ) -> None:
        self._rows = rows
        self._neighbours = neighbours
        self._nearest = nearest
        self._metric = metric
        self._looked_up = (0, 1.0)

    def of_vectors(self, vectors: Vectors, items: int) -> Around:
        """Around vectors from outside the pool, which has so many items."""
        return self._around(self._nearest(vectors, min(NEIGHBOURS, items)))

    def of_items(self, positions: Sequence[int], items: int) -> Iterator[tuple[Sequence[int], Around]]:
        """Around some of the pool's rows, a part of them at a time."""
        lists = self._neighbours()
        known = 0 if lists is None else len(lists.keys)
        for start in range(0, len(positions), _LOOKED_UP_TOGETHER):
            some = positions[start : start + _LOOKED_UP_TOGETHER]
            listed = [each for each in some if each < known]
            if lists is not None and listed:
                found = Neighbours(lists.keys[listed], lists.similarities[listed])
                yield listed, self._around(_cut(found, min(NEIGHBOURS, items - 1)))
            others = [each for each in some if each >= known]
            if others:
                yield others, self._of_rows(others, items)

    def reach(self, spread: NDArray[np.float64], items: int) -> NDArray[np.float64]:
        """(n,) how near a copy has to be, of vectors with these distances around them."""
        return copy_reach(spread, self._dimension(items), items)

    def _of_rows(self, positions: Sequence[int], items: int) -> Around:
        wanted = min(NEIGHBOURS, items - 1)
        found = self._nearest(self._rows(positions), wanted + 1)
        own = found.keys == np.asarray(positions)[:, None]
        # Among many identical rows, the row itself may not be in its list.
        own[~own.any(axis=1), -1] = True
        shape = (len(positions), found.keys.shape[1] - 1)
        return self._around(
            Neighbours(found.keys[~own].reshape(shape), found.similarities[~own].reshape(shape))
        )

    def _dimension(self, items: int) -> float:
        lists = self._neighbours()
        if lists is not None and len(lists.keys):
            rows = np.linspace(0, len(lists.keys) - 1, min(len(lists.keys), _TELLING)).astype(np.int64)
            found = _cut(Neighbours(lists.keys[rows], lists.similarities[rows]), min(NEIGHBOURS, items - 1))
            return intrinsic_dimension(self._around(found).spread)
        counted, dimension = self._looked_up
        if items >= _GROWTH * counted:
            rows = np.linspace(0, items - 1, min(items, _LOOKED_UP)).astype(np.int64)
            dimension = intrinsic_dimension(self._of_rows(rows.tolist(), items).spread)
            self._looked_up = (items, dimension)
        return dimension

    def _around(self, found: Neighbours) -> Around:
        return Around(found.keys.astype(np.int64), distances(found.similarities, self._metric))


def _cut(found: Neighbours, most: int) -> Neighbours:
    return Neighbours(found.keys[:, :most], found.similarities[:, :most])
