"""What is told of items that active choice leaves out for now."""

from dataclasses import dataclass
from enum import StrEnum


class HeldBack(StrEnum):
    """Why active choice leaves an open item out for now.

    KNOWN: the votes are sure of it, and labels near it agree.
    ISOLATED: it lies apart from the pool, like noise.
    """

    KNOWN = "known"
    ISOLATED = "isolated"


@dataclass(frozen=True)
class Holding:
    """Whether an item is held back, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        share: of the likeliest class.
        known_share: from which on it may be known.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        least_evidence: that it takes to be known.
        agreement: part of the evidence that is for that class, which takes `known_share` too.
        density: the item's local density.
        least_density: below which it is isolated.
        message: the same in words.
    """

    held_back: HeldBack | None
    share: float
    known_share: float
    evidence: float
    least_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str


@dataclass(frozen=True)
class HeldBackCounts:
    """Open items that active choice leaves out for now."""

    known: int = 0
    isolated: int = 0


NOTHING_HELD = HeldBackCounts()
