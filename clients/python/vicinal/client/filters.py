"""What is told of items that active choice leaves out for now: records, and how they are read."""

from dataclasses import dataclass

from vicinal.client.enum_words import enum_word
from vicinal.v1 import filters_pb2


@dataclass(frozen=True)
class HeldBackCounts:
    """Open items that active choice leaves out for now; 0 until the pool's graph is there."""

    known: int = 0
    isolated: int = 0


@dataclass(frozen=True)
class Holding:
    """Whether an item is held back, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        held_back: "known", "isolated", or empty if it is not held back.
        share: of the likeliest class.
        known_share: from which on an item may be known.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        least_evidence: that it takes to be known.
        agreement: part of the evidence that is for that class; it takes `known_share` too.
        density: mean similarity to the nearest items of the pool.
        least_density: below which an item is isolated.
        message: in plain words.
    """

    held_back: str
    share: float
    known_share: float
    evidence: float
    least_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str


def held_back(number: int) -> str:
    """The word of a reason; empty where there is none."""
    return enum_word(filters_pb2.HeldBack, "HELD_BACK_", number) if number else ""


def held_back_counts(message: filters_pb2.HeldBackCounts) -> HeldBackCounts:
    """Counts of a pool."""
    return HeldBackCounts(message.known, message.isolated)


def holding(message: filters_pb2.Holding) -> Holding:
    """The figures of an item."""
    return Holding(
        held_back=held_back(message.held_back),
        share=message.share,
        known_share=message.known_share,
        evidence=message.evidence,
        least_evidence=message.least_evidence,
        agreement=message.agreement,
        density=message.density,
        least_density=message.least_density,
        message=message.message,
    )
