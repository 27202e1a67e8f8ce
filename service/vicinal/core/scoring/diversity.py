"""Diversity: how far an item is from all that were labelled, leased or picked already."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Values, Vectors
from vicinal.core.graph import MASS_UNIT, Spread, Spreader
from vicinal.core.scoring.selection import BINS, Binned, binned
from vicinal.core.search import nearest_among
from vicinal.core.similarity import PoolSimilarity
from vicinal.records.pool_options import Metric

_NOBODY = -1
# Rows copied out of the pool at a time.
_BLOCK_ROWS = 4096
# The last bin, in which nothing is larger: only the value 1 is in it.
_NO_MASS = 2 * (BINS - 1) + 1
# The bins reach to a thousand votes' whole mass at one item; what has more is in the first bin.
_BINS_OF_AN_OCTAVE = 128


class Diversity(StrEnum):
    """Measures of diversity.

    DISTANCE: 1 - similarity to the nearest selected item.
    EVIDENCE: 1 / (1 + m), m the vote mass that the selected items spread to the item over the pool's graph.
        Costs no pass over the pool; where votes do not spread, distance takes its place.
    """

    DISTANCE = "distance"
    EVIDENCE = "evidence"


class NearestSelected:
    """For each pool row, how similar the selected item nearest to it is.

    Its figures depend on the pool and the selected items alone, bit by bit, not on the order of calls.
    Selecting costs one pass over the pool; deselecting searches again for the rows that were nearest to the
    item. Positions are row numbers of the pool.

    Args:
        metric: the pool's.
        near: similarities to the pool's items, where others ask for the same.

    >>> selected = NearestSelected(Metric.COSINE)
    >>> selected.grow(np.float32([[1, 0], [0.6, 0.8], [0, 1]]))
    >>> selected.select(0)
    >>> selected.diversity().values.round(3)
    array([0. , 0.4, 1. ])
    """

    def __init__(self, metric: Metric, near: PoolSimilarity | None = None) -> None:
        self._metric = metric
        self._near = near or PoolSimilarity(metric)
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
        self._near.grow(pool)
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
        similarity = self._near.to(position)
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

    def diversity(self) -> Binned:
        """(N,) 1 - similarity to the nearest selected item; constant while nothing is selected."""
        return binned(diversity_of(self.similarity))

    def pick(self, position: int) -> None:
        """As `select`."""
        self.select(position)

    def with_more(self) -> "MoreDistant":
        """Diversity as further items are picked, apart from what is selected here."""
        return MoreDistant(self.similarity, self._near)

    def _check_new(self, position: int) -> None:
        if position in self._selected:
            raise ValueError(f"position {position} is selected already")
        if not 0 <= position < len(self._pool):
            raise ValueError(f"position {position} is not in the pool of {len(self._pool)} rows")

    def _search(self, rows: Positions) -> None:
        """Finds the nearest selected of these rows again."""
        self._nearest[rows], self._similarity[rows] = _NOBODY, -np.inf
        if not self._selected:
            return
        selected = np.array(sorted(self._selected))
        vectors = self._pool[selected]
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            similarity, places = nearest_among(self._pool[block], vectors, 1, self._metric)
            self._similarity[block], self._nearest[block] = similarity[:, 0], selected[places[:, 0]]


class MoreDistant:
    """Distance to what was selected, and to picks that come one by one."""

    def __init__(self, similarity: Vectors, near: PoolSimilarity) -> None:
        self._similarity, self._near = similarity, near

    def pick(self, position: int) -> None:
        """Takes a pick in."""
        self._similarity = np.maximum(self._similarity, self._near.to(position))

    def diversity(self) -> Binned:
        """(N,) of every pool item."""
        return binned(diversity_of(self._similarity))


class EvidenceAround:
    """For each pool row the vote mass that selected items spread to it, whatever they are labelled.

    Mass is kept in whole units: letting an item go leaves no trace. Values and their bins are kept up, so
    that asking for them costs nothing. Positions are row numbers of the pool.
    """

    def __init__(self, spreader: Spreader) -> None:
        self._spreader = spreader
        self._mass = np.zeros(len(spreader), dtype=np.int64)
        codes = np.full(len(spreader), _NO_MASS, dtype=np.uint16)
        self._diversity = Binned(np.ones(len(spreader)), codes)

    def __len__(self) -> int:
        return len(self._mass)

    def is_over(self, spreader: Spreader) -> bool:
        """Whether it follows this spreader's graph."""
        return self._spreader is spreader

    def select(self, position: int) -> None:
        """Takes an item in; it must not be selected already."""
        self._add(self._spreader.spread(position), 1)

    def deselect(self, position: int) -> None:
        """Lets a selected item go, as if it had never been selected."""
        self._add(self._spreader.spread(position), -1)

    def take_in(self, spread: Spread) -> None:
        """Counts a vote that is of no item of the pool, by where it went over this graph."""
        self._add(spread, 1)

    def let_go(self, spread: Spread) -> None:
        """Undoes `take_in`."""
        self._add(spread, -1)

    def diversity(self) -> Binned:
        """(N,) 1 / (1 + mass): 1 where no selected item reaches."""
        return self._diversity

    def with_more(self) -> "EvidenceAround":
        """A copy, to take picks in apart from what is selected here."""
        copied = EvidenceAround.__new__(EvidenceAround)
        copied._spreader, copied._mass = self._spreader, self._mass.copy()
        copied._diversity = Binned(self._diversity.values.copy(), self._diversity.codes.copy())
        return copied

    def pick(self, position: int) -> None:
        """As `select`."""
        self.select(position)

    def _add(self, spread: Spread, sign: int) -> None:
        rows = spread.positions
        self._mass[rows] += sign * spread.mass
        self._diversity.values[rows] = 1.0 / (1.0 + self._mass[rows] / MASS_UNIT)
        self._diversity.codes[rows] = _codes_of_mass(self._mass[rows])


def _codes_of_mass(mass: NDArray[np.int64]) -> NDArray[np.uint16]:
    """(n,) codes of `Binned` for 1 / (1 + mass), in the order of the values.

    Each doubling of the mass has as many bins: most items have little mass, and by their values nearly all
    would be in the last few bins.
    """
    mantissa, exponent = np.frexp(mass.astype(np.float64))
    octaves = exponent - 1 + (2.0 * mantissa - 1.0)
    levels = (_BINS_OF_AN_OCTAVE * octaves).astype(np.int32)
    bins = BINS - 2 - np.minimum(levels, BINS - 2)
    return np.where(mass > 0, 2 * bins, _NO_MASS).astype(np.uint16)


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
