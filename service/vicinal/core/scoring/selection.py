"""The item with the best score, without sorting the pool; and batches, one best item after another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Mask, Positions, Values
from vicinal.core.parallel import over_rows
from vicinal.core.scoring.scores import Exponents, score_ranked
from vicinal.records.votes import ScoreParts

Codes = NDArray[np.uint16]
Bounds = NDArray[np.float32]

BINS = 4096
# Products of float32 bounds are off by less.
_ROUNDING = 1.0 - 1e-5

# Of each item: 0, or the grade it is filtered by.
FilterGrades = NDArray[np.uint8]
CONFIDENT, OUTLIER = 1, 2
# Of a batch's places, by their number and the items still open: a position drawn at random, or None.
Sampler = Callable[[int, Mask], int | None]

# The score of an item that was drawn at random: nothing spoke for it.
BY_CHANCE = ScoreParts(
    uncertainty=0.0,
    density=0.0,
    diversity=0.0,
    uncertainty_cdf=1.0,
    density_cdf=1.0,
    diversity_cdf=1.0,
    uncertainty_exponent=0.0,
    density_exponent=0.0,
    diversity_exponent=0.0,
    score=1.0,
)


@dataclass(frozen=True)
class Binned:
    """Values in bins.

    Attributes:
        values: (n,) float64.
        codes: (n,) twice the value's bin; one more only where nothing in the bin is larger, so that a row's
            rank follows from the counts of the bins.
    """

    values: Values
    codes: Codes


@dataclass(frozen=True)
class Ranked:
    """Positions that may be the best, the best among them, with exact empirical CDF values.

    Attributes:
        rows: (m,) ascending.
        cdf: (3, m), P(value <= this row's) over the open rows.
    """

    rows: Positions
    cdf: Values


def binned(values: Values) -> Binned:
    """Puts values into bins of equal width between the smallest and the largest.

    Raises:
        ValueError: a value is NaN or infinite.
    """
    least, most = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    if not np.isfinite(most - least):
        raise ValueError(f"value {int(np.argmin(np.isfinite(values)))} is NaN or infinite, which has no rank")
    codes = np.zeros(len(values), dtype=np.uint16)
    _fill(values, least, (BINS - 1) / (most - least) if most > least else 0.0, codes)
    return Binned(values, codes)


def candidates(
    factors: tuple[Binned, Binned, Binned], exponents: tuple[float, float, float], is_open: Mask
) -> Ranked:
    """The open rows that may have the best product of CDF values: every best one is among them.

    Args:
        factors: of the product, each of n values.
        exponents: of each factor's CDF value.
        is_open: (n,) rows that are ranked; at least one.
    """
    first, second, third = (factor.codes for factor in factors)
    rows_in_all = len(is_open)
    counted = over_rows(lambda *rows: _count(first, second, third, is_open, *rows), rows_in_all)
    counts: Positions = np.sum(counted, axis=0)
    lower, upper = _bounds(counts, exponents)
    bounds = over_rows(lambda *rows: _best_lower(first, second, third, lower, is_open, *rows), rows_in_all)
    least = _ROUNDING * float(max(bounds))
    kept = over_rows(lambda *rows: _reaching(first, second, third, upper, is_open, least, *rows), rows_in_all)
    rows = np.concatenate(kept)
    cdf = [_exact_cdf(factor, of, is_open, rows) for factor, of in zip(factors, counts, strict=True)]
    return Ranked(rows, np.array(cdf))


def _bounds(counts: Positions, exponents: tuple[float, float, float]) -> tuple[Bounds, Bounds]:
    """(3, 2 * BINS) by code the smallest and the largest that the CDF value to its exponent can be."""
    upto = np.cumsum(counts, axis=1)
    largest = upto / upto[:, -1:]
    # Codes of bins without an open row are not asked for; the power must still be defined.
    smallest = np.minimum(upto - counts + 1, upto[:, -1:]) / upto[:, -1:]
    lower, upper = np.empty((3, 2 * BINS), dtype=np.float32), np.empty((3, 2 * BINS), dtype=np.float32)
    for factor, exponent in enumerate(exponents):
        lower[factor, 0::2] = smallest[factor] ** exponent
        lower[factor, 1::2] = upper[factor, 0::2] = upper[factor, 1::2] = largest[factor] ** exponent
    return lower, upper


def _exact_cdf(factor: Binned, counts: Positions, is_open: Mask, rows: Positions) -> Values:
    """(m,) P(value <= the row's) over the open rows: only bins that counts cannot tell it of are sorted."""
    codes = factor.codes[rows]
    bins, is_largest = codes >> 1, codes % 2 == 1
    # Often nearly all rows are equal and the largest: they would fill the one bin that is to be sorted.
    ranks = np.cumsum(counts)[bins]
    if not is_largest.all():
        ranks = np.where(
            is_largest, ranks, _ranks_by_sorting(factor, counts, is_open, rows, bins[~is_largest])
        )
    cdf: Values = ranks / counts.sum()
    return cdf


def _ranks_by_sorting(
    factor: Binned, counts: Positions, is_open: Mask, rows: Positions, bins: Codes
) -> Positions:
    """(m,) how many open values are no larger than the row's; right for rows in `bins`, which it sorts."""
    is_sorted = np.zeros(BINS, dtype=np.bool_)
    is_sorted[bins] = True
    members = over_rows(
        lambda *block: _members(factor.values, factor.codes, is_open, is_sorted, *block), len(is_open)
    )
    among = np.sort(np.concatenate(members))
    below = np.cumsum(np.where(is_sorted, 0, counts))[factor.codes[rows] >> 1]
    ranks: Positions = below + np.searchsorted(among, factor.values[rows], side="right")
    return ranks


@numba.njit(cache=True)
def _fill(values: Values, least: float, scale: float, codes: Codes) -> None:
    highest = np.full(BINS, -np.inf)
    for row in range(len(values)):
        place = int((values[row] - least) * scale)
        codes[row] = 2 * place
        highest[place] = max(highest[place], values[row])
    for row in range(len(values)):
        codes[row] += values[row] == highest[codes[row] >> 1]


@numba.njit(cache=True, nogil=True)
def _count(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Codes, second: Codes, third: Codes, is_open: Mask, start: int, stop: int
) -> Positions:
    """(3, BINS) open rows of a block in each bin."""
    counts = np.zeros((3, BINS), dtype=np.int64)
    for row in range(start, stop):
        if is_open[row]:
            counts[0, first[row] >> 1] += 1
            counts[1, second[row] >> 1] += 1
            counts[2, third[row] >> 1] += 1
    return counts


@numba.njit(cache=True, nogil=True)
def _best_lower(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Codes, second: Codes, third: Codes, lower: Bounds, is_open: Mask, start: int, stop: int
) -> np.float32:
    """The best lower bound of a score in a block of rows."""
    best = np.float32(0.0)
    for row in range(start, stop):
        if is_open[row]:
            bound = lower[0, first[row]] * lower[1, second[row]] * lower[2, third[row]]
            best = bound if bound > best else best
    return best


@numba.njit(cache=True, nogil=True)
def _reaching(  # noqa: PLR0917 - compiled code takes plain arrays
    first: Codes,
    second: Codes,
    third: Codes,
    upper: Bounds,
    is_open: Mask,
    least: float,
    start: int,
    stop: int,
) -> Positions:
    """The rows of a block whose upper bound of the score reaches `least`."""
    kept = [np.int64(0) for _ in range(0)]
    for row in range(start, stop):
        if is_open[row] and upper[0, first[row]] * upper[1, second[row]] * upper[2, third[row]] >= least:
            kept.append(np.int64(row))
    return np.array(kept, dtype=np.int64)


@numba.njit(cache=True, nogil=True)
def _members(  # noqa: PLR0917 - compiled code takes plain arrays
    values: Values, codes: Codes, is_open: Mask, bins: Mask, start: int, stop: int
) -> Values:
    """Values of a block's open rows in the marked bins."""
    found = [0.0 for _ in range(0)]
    for row in range(start, stop):
        if is_open[row] and bins[codes[row] >> 1]:
            found.append(values[row])
    return np.array(found)


@dataclass(frozen=True)
class Pick:
    """An item of a batch: its position in the pool, and its score when it was picked."""

    position: int
    parts: ScoreParts


class Diversifier(Protocol):
    """Diversity of the pool to what is selected, and to picks that come one by one."""

    def diversity(self) -> Binned:
        """(N,) of every pool item, larger is farther."""
        ...

    def pick(self, position: int) -> None:
        """Takes a pick in."""
        ...


def first_in_line(eligible: Mask, filter_grades: FilterGrades | None) -> Mask:
    """The items that are chosen among: those that are not filtered, or, without any, those filtered least.

    Args:
        eligible: (n,).
        filter_grades: (n,) 0, `CONFIDENT` or `OUTLIER`, which comes last; None is 0 for all.

    >>> first_in_line(np.array([True, True, False, True]), np.array([2, 1, 0, 1], dtype=np.uint8))
    array([False,  True, False,  True])
    """
    if filter_grades is None:
        return eligible
    for grade in (0, CONFIDENT, OUTLIER):
        among: Mask = eligible & (filter_grades == grade)
        if among.any():
            return among
    return eligible


def greedy_batch(
    eligible: NDArray[np.bool_],
    *,
    uncertainty: Binned,
    density: Binned,
    diversifier: Diversifier,
    ids: Sequence[str],
    exponents: Exponents,
    size: int,
    sampler: Sampler | None = None,
    filter_grades: FilterGrades | None = None,
) -> list[Pick]:
    """Picks items one at a time; each pick counts as selected for those after it.

    The same, to the last bit, as asking for one item `size` times and leasing each: ranks are among the
    items that remain, and diversity is against the picks too.

    Args:
        eligible: (N,) which items of the pool may be picked.
        uncertainty: (N,) of the whole pool.
        density: (N,) of the whole pool.
        diversifier: of the whole pool.
        ids: (N,) of the whole pool; the smallest wins a tie.
        exponents: of the score.
        size: how many; fewer are picked where there are no more.
        sampler: puts items drawn at random into some places of the batch, from all that are eligible.
        filter_grades: (N,) as in `first_in_line`; ranks are among those that are chosen among.

    Returns:
        Picks in order.
    """
    is_open = eligible.copy()
    picks: list[Pick] = []
    for slot in range(min(size, int(eligible.sum()))):
        if picks:
            diversifier.pick(picks[-1].position)
            is_open[picks[-1].position] = False
        sampled = sampler(slot, is_open) if sampler else None
        if sampled is None:
            parts = uncertainty, density, diversifier.diversity()
            picks.append(_best(parts, first_in_line(is_open, filter_grades), ids, exponents))
        else:
            picks.append(Pick(sampled, BY_CHANCE))
    return picks


def in_order(
    order: NDArray[np.int64],
    parts_of: Callable[[int], ScoreParts],
    eligible: Mask,
    size: int,
    sampler: Sampler | None = None,
) -> list[Pick]:
    """Picks items in a given order, where no pick changes the score of another.

    Args:
        order: positions of the eligible items, best first.
        parts_of: the score of the item at a place of the order.
        eligible: (N,) which items of the pool may be picked.
        size: how many; fewer are picked where there are no more.
        sampler: as in `greedy_batch`.
    """
    is_open = eligible.copy()
    picks: list[Pick] = []
    place = 0
    for slot in range(min(size, len(order))):
        sampled = sampler(slot, is_open) if sampler else None
        while sampled is None and not is_open[order[place]]:
            place += 1
        picks.append(
            Pick(int(order[place]), parts_of(place)) if sampled is None else Pick(sampled, BY_CHANCE)
        )
        is_open[picks[-1].position] = False
    return picks


def _best(
    parts: tuple[Binned, Binned, Binned], is_open: NDArray[np.bool_], ids: Sequence[str], exponents: Exponents
) -> Pick:
    powers = exponents.uncertainty, exponents.density, exponents.diversity
    ranked = candidates(parts, powers, is_open)
    first, second, third = (part.values[ranked.rows] for part in parts)
    scores = score_ranked((first, second, third), (ranked.cdf[0], ranked.cdf[1], ranked.cdf[2]), exponents)
    best = min(scores.leaders(), key=lambda row: ids[int(ranked.rows[row])])
    return Pick(int(ranked.rows[best]), scores.part(best))
