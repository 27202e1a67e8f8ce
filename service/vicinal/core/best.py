"""Finds the item with the best score without sorting the pool, and gives it its exact score.

The score is a product of empirical CDF values. Values fall into bins in their order, so a bin's counts bound
the CDF value of all in it from both sides, and the product of the bounds bounds the score. Whoever's upper
bound reaches the best lower bound is ranked exactly within its bins; all others cannot be the best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Rows = NDArray[np.int64]

BINS = 8192
# Products of the same factors in another order differ by less.
_ROUNDING = 1.0 - 1e-12


@dataclass(frozen=True)
class Factor:
    """One factor of the score.

    Attributes:
        values: (n,) float64, finite.
        exponent: of the value's empirical CDF; 0 leaves the factor out.
    """

    values: Values
    exponent: float


@dataclass(frozen=True)
class Ranked:
    """Rows that may be the best, the best among them, with exact empirical CDF values.

    Attributes:
        rows: (m,) ascending.
        cdf: (factors, m), P(value <= this row's) over the rows that are open.
    """

    rows: Rows
    cdf: Values


@dataclass(frozen=True)
class _Binned:
    """A factor's values in bins.

    Attributes:
        of_row: (n,) the bin of each open row.
        counts: (BINS,) open rows in each bin.
        highest: (BINS,) the largest open value in each bin.
    """

    of_row: NDArray[np.int32]
    counts: Rows
    highest: Values

    @property
    def upto(self) -> Rows:
        """(BINS,) open rows in each bin and those below it."""
        return np.cumsum(self.counts)

    def bounds(self, exponent: float) -> tuple[Values, Values]:
        """(BINS,) the smallest and largest that the CDF value to the exponent can be in each bin."""
        upto = self.upto
        lowest = upto - self.counts + 1
        return (lowest / upto[-1]) ** exponent, (upto / upto[-1]) ** exponent


def candidates(factors: Sequence[Factor], is_open: NDArray[np.bool_]) -> Ranked:
    """The open rows that may have the best product of CDF values: every best one is among them.

    Args:
        factors: of the product, each of n values.
        is_open: (n,) rows that are ranked; at least one.
    """
    binned = [_bin(factor.values, is_open) for factor in factors]
    that_count = [place for place, factor in enumerate(factors) if factor.exponent != 0]
    rows = np.flatnonzero(is_open)
    if that_count:
        lower, upper = np.moveaxis(
            np.array([binned[place].bounds(factors[place].exponent) for place in that_count]), 1, 0
        )
        rows = _survivors(
            np.stack([factors[place].values for place in that_count]),
            np.stack([binned[place].of_row for place in that_count]),
            np.stack([binned[place].highest for place in that_count]),
            lower,
            upper,
            rows,
        )
    ranks = [_exact_cdf(factor.values, of, is_open, rows) for factor, of in zip(factors, binned, strict=True)]
    return Ranked(rows, np.array(ranks))


def _bin(values: Values, is_open: NDArray[np.bool_]) -> _Binned:
    of_row = np.zeros(len(values), dtype=np.int32)
    counts, highest = np.zeros(BINS, dtype=np.int64), np.full(BINS, -np.inf)
    _fill(values, is_open, of_row, counts, highest)
    return _Binned(of_row, counts, highest)


def _exact_cdf(values: Values, binned: _Binned, is_open: NDArray[np.bool_], rows: Rows) -> Values:
    """(m,) P(value <= the row's) over the open rows: only the bins that the rows are in are sorted."""
    bins = binned.of_row[rows]
    sorted_bins = np.zeros(BINS, dtype=bool)
    sorted_bins[bins] = True
    among = np.sort(values[is_open & sorted_bins[binned.of_row]])
    below = np.cumsum(np.where(sorted_bins, 0, binned.counts))[bins]
    return (below + np.searchsorted(among, values[rows], side="right")) / binned.counts.sum()


@numba.njit(cache=True)
def _fill(
    values: Values,
    is_open: NDArray[np.bool_],
    of_row: NDArray[np.int32],
    counts: Rows,
    highest: Values,
) -> None:
    """Puts open rows into bins of equal width between the smallest and the largest open value."""
    least, most = np.inf, -np.inf
    for row in range(len(values)):
        if is_open[row]:
            least, most = min(least, values[row]), max(most, values[row])
    scale = (len(counts) - 1) / (most - least) if most > least else 0.0
    for row in range(len(values)):
        if is_open[row]:
            place = int((values[row] - least) * scale)
            of_row[row] = place
            counts[place] += 1
            highest[place] = max(highest[place], values[row])


@numba.njit(cache=True)
def _survivors(  # noqa: PLR0917 - compiled code takes plain arrays
    values: Values, of_row: NDArray[np.int32], highest: Values, lower: Values, upper: Values, rows: Rows
) -> Rows:
    """The rows whose upper bound of the score reaches the best lower bound."""
    best = 0.0
    for row in rows:
        bound = 1.0
        for factor in range(len(values)):
            place = of_row[factor, row]
            # The largest value of a bin has all of the bin at or below it: its rank is known.
            known = values[factor, row] == highest[factor, place]
            bound *= upper[factor, place] if known else lower[factor, place]
        best = max(best, bound)
    kept = np.zeros(len(rows), dtype=np.bool_)
    for at in range(len(rows)):
        bound = 1.0
        for factor in range(len(values)):
            bound *= upper[factor, of_row[factor, rows[at]]]
        kept[at] = bound >= best * _ROUNDING
    return rows[kept]
