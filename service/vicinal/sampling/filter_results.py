"""What is told of items that active choice leaves out for now."""

from dataclasses import dataclass
from enum import StrEnum


class FilterReason(StrEnum):
    """Why active choice leaves an open item out for now.

    CONFIDENT: the votes are sure of it, and labels near it agree.
    OUTLIER: it lies apart from the pool, like noise.
    """

    CONFIDENT = "confident"
    OUTLIER = "outlier"


@dataclass(frozen=True)
class FilterDecision:
    """Whether an item is filtered, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        probability: of the likeliest class.
        confidence_filter: from which on it may be known.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        min_evidence: that it takes to be known.
        agreement: part of the evidence that is for that class, which takes `confidence_filter` too.
        density: the item's local density.
        least_density: below which it is isolated.
        message: the same in words.
    """

    filtered: FilterReason | None
    probability: float
    confidence_filter: float
    evidence: float
    min_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str


@dataclass(frozen=True)
class FilterCounts:
    """Open items that active choice leaves out for now."""

    confident: int = 0
    outliers: int = 0


NOTHING_FILTERED = FilterCounts()
