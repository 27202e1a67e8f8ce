"""Empirical distributions: they put quantities of any scale on one from 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vicinal.core.arrays import Values

# Steps of the summary of one part, and of what several are merged into.
PART_STEPS = 2048
MERGED_STEPS = 4096
# Summaries merged into one at a time.
FAN_IN = 64
RANK_ERROR = 1e-3
"""No rank by a `SummaryTree` is off by more than this share of all values, up to 2**18 parts."""


def empirical_cdf(values: ArrayLike) -> NDArray[np.float64]:
    """How large each value is among all: P(v <= v_i).

    Ties share the upper rank, so that a constant becomes all ones and drops out of a product.

    Args:
        values: (n,) real numbers, infinities included.

    Returns:
        (n,) in 1/n to 1.

    Raises:
        ValueError: a value is NaN.

    >>> empirical_cdf([5.0, 2.0, 2.0, 9.0])
    array([0.75, 0.5 , 0.5 , 1.  ])
    """
    ranks = upper_ranks(values)
    return ranks / max(1, len(ranks))


def upper_ranks(values: ArrayLike) -> NDArray[np.int64]:
    """How many values are no larger than each, itself included.

    Args:
        values: (n,) real numbers, infinities included.

    Returns:
        (n,) in 1 to n.

    Raises:
        ValueError: a value is NaN.

    >>> upper_ranks([5.0, 2.0, 2.0, 9.0])
    array([3, 2, 2, 4])
    """
    array = np.asarray(values)
    if np.isnan(array).any():
        raise ValueError(f"value {int(np.isnan(array).argmax())} is NaN, which has no rank")
    _, rank, counts = np.unique(array, return_inverse=True, return_counts=True)
    return np.cumsum(counts)[rank]


class Ranks(Protocol):
    """Ranks among values that were seen."""

    @property
    def count(self) -> int:
        """How many values were seen."""
        ...

    def upto(self, values: Values) -> Values:
        """(n,) how many of the values seen are no larger than each of these; exact, or an estimate."""
        ...


@dataclass(frozen=True)
class Summary:
    """An estimate of a count: how many values are no larger than x, as two step functions of x.

    Merging adds them up, so that errors add up too, and nothing else does.
    Source: the properties that P. K. Agarwal et al., "Mergeable Summaries", PODS 2012, ask for.

    Attributes:
        steps: (m,) float64, ascending and different.
        at: (m,) the count for x at each step.
        after: (m,) the count for x between this step and the next.
        count: all values.
        error: no count is off by more.
    """

    steps: Values
    at: Values
    after: Values
    count: int
    error: float

    def upto(self, values: Values) -> Values:
        """(n,) about how many of the values seen are no larger than each of these; 0 to `count`."""
        if not len(self.steps):
            return np.zeros(len(values))
        place = np.searchsorted(self.steps, values, side="right") - 1
        held = np.maximum(place, 0)
        counts = np.where(self.steps[held] == values, self.at[held], self.after[held])
        return np.where(place < 0, 0.0, counts)


def summary_of(values: Values, steps: int = PART_STEPS) -> Summary:
    """Sums up values.

    Args:
        values: (n,) without NaN.
        steps: about how many are kept; the error is at most n / (2 * steps).

    >>> summary_of(np.array([3.0, 1.0, 1.0])).upto(np.array([0.0, 1.0, 2.0, 3.0]))
    array([0., 2., 2., 3.])
    """
    different, counts = np.unique(values, return_counts=True)
    upto = np.cumsum(counts).astype(np.float64)
    return compressed(Summary(different, upto, upto, len(values), 0.0), steps)


def merged(summaries: Sequence[Summary]) -> Summary:
    """Sums up what several sum up; its error is the sum of theirs."""
    steps = np.unique(np.concatenate([np.zeros(0), *(each.steps for each in summaries)]))
    at, after = np.zeros(len(steps)), np.zeros(len(steps))
    for each in summaries:
        at += each.upto(steps)
        after += _just_after(each, steps)
    return Summary(
        steps, at, after, sum(each.count for each in summaries), sum(each.error for each in summaries)
    )


def compressed(summary: Summary, steps: int) -> Summary:
    """Keeps about so many steps; adds at most count / (2 * steps) to the error.

    What lies between two steps that are kept is taken to lie in the middle, in ranks. A value so frequent
    that it spans the width of a step is always kept.
    """
    known = len(summary.steps)
    if known <= steps:
        return summary
    width = summary.count / steps
    before = np.concatenate([[0.0], summary.after[:-1]])
    # Counts are to jump by no more than a width between the steps that are kept.
    bucket = np.floor(summary.at / width)
    kept = np.ones(known, dtype=np.bool_)
    kept[1:] = (bucket[1:] > bucket[:-1]) | (summary.at[1:] - before[1:] >= width)
    kept[:-1] |= kept[1:] & (summary.at[1:] - before[1:] >= width)
    kept[-1] = True
    rows = np.flatnonzero(kept)
    upper = np.concatenate([before[rows[1:]], summary.after[rows[-1:]]])
    after = (summary.after[rows] + upper) / 2
    error = float(np.max(np.abs(upper - summary.after[rows]), initial=0.0)) / 2
    return Summary(summary.steps[rows], summary.at[rows], after, summary.count, summary.error + error)


class SummaryTree:
    """Takes summaries of parts in as they come, and holds some thousand steps for each sixty-four-fold."""

    def __init__(self) -> None:
        self._levels: list[list[Summary]] = []

    def add(self, summary: Summary) -> None:
        """Takes one more in."""
        self._put(0, summary)

    def summary(self) -> Summary:
        """Of all that was taken in."""
        return compressed(merged([each for level in self._levels for each in level]), MERGED_STEPS)

    def _put(self, height: int, summary: Summary) -> None:
        if height == len(self._levels):
            self._levels.append([])
        self._levels[height].append(summary)
        if len(self._levels[height]) == FAN_IN:
            joined = compressed(merged(self._levels[height]), MERGED_STEPS)
            self._levels[height] = []
            self._put(height + 1, joined)


def cdf_by(ranks: Ranks, values: Values) -> Values:
    """(n,) the share of the values seen that are no larger, above 0 to 1.

    >>> cdf_by(summary_of(np.array([1.0, 2.0])), np.array([1.0, 2.0]))
    array([0.5, 1. ])
    """
    return np.clip(ranks.upto(values), 1.0, None) / max(1, ranks.count)


def _just_after(summary: Summary, values: Values) -> Values:
    if not len(summary.steps):
        return np.zeros(len(values))
    place = np.searchsorted(summary.steps, values, side="right") - 1
    return np.where(place < 0, 0.0, summary.after[np.maximum(place, 0)])
