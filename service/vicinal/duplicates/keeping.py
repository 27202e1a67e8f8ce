"""Which of several duplicates is kept."""

from collections.abc import Callable
from enum import StrEnum


class Keep(StrEnum):
    """Which of several duplicates is kept; where that leaves several, the first of them.

    BEST: the likely original. Of pictures: whole, upright, with the least lost. Of texts: no retweet, not
        cut short.
    LARGEST: with the most pixels, or characters.
    SHARPEST: with the steepest edges. Texts have none: as BEST.
    OLDEST: that was there first.
    """

    BEST = "best"
    LARGEST = "largest"
    SHARPEST = "sharpest"
    OLDEST = "oldest"


AgeOf = Callable[[int], float]
"""A number for an item's position that is smaller for what was there before."""


def by_position(position: int) -> float:
    """The order of coming as `AgeOf`."""
    return float(position)
