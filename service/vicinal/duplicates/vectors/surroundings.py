"""What lies around a pool's vectors: from the pool's neighbour lists where they reach, else looked up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.near_duplicates import distances, duplicate_reach, outward_growth
from vicinal.core.records import Neighbours
from vicinal.core.similarity import Metric

NEIGHBOURS = 20
_TOGETHER = 256

Nearest = Callable[[Vectors, int], Neighbours]


@dataclass(frozen=True, eq=False)
class Around:
    """The nearest rows of some vectors, and how near their duplicates have to be.

    Attributes:
        keys: (n, k) int64 positions, -1 where there are fewer.
        spread: (n, k) float64 distances, infinite where there are fewer.
        reach: (n,) float64, see `core.near_duplicates.duplicate_reach`.
    """

    keys: NDArray[np.int64]
    spread: NDArray[np.float64]
    reach: NDArray[np.float64]


@dataclass(eq=False)
class Surroundings:
    """What lies around a pool's rows, at one moment; made again for each search.

    Attributes:
        items: rows of the pool.
        rows: (n, d) vectors of positions.
        lists: of the pool's first rows, if there are any.
        nearest: looks vectors up.
        metric: of the pool.
    """

    items: int
    rows: Callable[[Sequence[int]], Vectors]
    lists: Neighbours | None
    nearest: Nearest
    metric: Metric
    _growth: dict[int, float] = field(default_factory=dict)

    def of_vector(self, vector: Vectors) -> Around:
        """Around a (d,) vector from outside the pool."""
        return self._reaching(self.nearest(vector[None], min(NEIGHBOURS, self.items)))

    def of_items(self, positions: Sequence[int]) -> Iterator[tuple[Sequence[int], Around]]:
        """Around some of the pool's rows, a part of them at a time."""
        for start in range(0, len(positions), _TOGETHER):
            some = positions[start : start + _TOGETHER]
            yield some, self._reaching(self._lists_of(some))

    def _reaching(self, found: Neighbours) -> Around:
        keys, spread = found.keys.astype(np.int64), distances(found.similarities, self.metric)
        unique, places = np.unique(keys, return_inverse=True)
        growth = self._growth_of(unique)[places].reshape(keys.shape)
        return Around(keys, spread, duplicate_reach(spread, growth, self.items, self.metric))

    def _growth_of(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) how fast distances grow around rows; NaN for the key -1."""
        unknown = [key for key in keys.tolist() if key >= 0 and key not in self._growth]
        for start in range(0, len(unknown), _TOGETHER):
            some = unknown[start : start + _TOGETHER]
            spread = distances(self._lists_of(some).similarities, self.metric)
            self._growth.update(zip(some, outward_growth(spread).tolist(), strict=True))
        return np.array([self._growth.get(key, np.nan) for key in keys.tolist()])

    def _lists_of(self, positions: Sequence[int]) -> Neighbours:
        """(n, k) the nearest other rows of each row."""
        wanted = max(min(NEIGHBOURS, self.items - 1), 0)
        keys = np.full((len(positions), wanted), -1, dtype=np.int64)
        similarities = np.full((len(positions), wanted), -np.inf, dtype=np.float32)
        at = np.asarray(positions, dtype=np.int64)
        listed = at < (0 if self.lists is None else len(self.lists.keys))
        for found, rows in (
            (self._listed(at[listed]), listed),
            (self._looked_up(at[~listed], wanted), ~listed),
        ):
            if found is not None:
                width = min(wanted, found.keys.shape[1])
                keys[rows, :width] = found.keys[:, :width]
                similarities[rows, :width] = found.similarities[:, :width]
        return Neighbours(keys, similarities)

    def _listed(self, positions: NDArray[np.int64]) -> Neighbours | None:
        if self.lists is None or not len(positions):
            return None
        return Neighbours(self.lists.keys[positions], self.lists.similarities[positions])

    def _looked_up(self, positions: NDArray[np.int64], wanted: int) -> Neighbours | None:
        if not len(positions):
            return None
        found = self.nearest(self.rows(positions.tolist()), wanted + 1)
        own = found.keys == positions[:, None]
        # Among many identical rows, the row itself may not be in its list.
        own[~own.any(axis=1), -1] = True
        shape = (len(positions), found.keys.shape[1] - 1)
        return Neighbours(found.keys[~own].reshape(shape), found.similarities[~own].reshape(shape))
