"""What active choice brings over random sampling, and the labels that random sampling would have needed."""

from enum import StrEnum


class Benefit(StrEnum):
    """Whether active choice brings more than as many labels at random.

    HELPING: with confidence.
    NOT_HELPING: with confidence, not by more than a hair.
    UNKNOWN: neither can be told yet.
    """

    HELPING = "helping"
    NOT_HELPING = "not_helping"
    UNKNOWN = "unknown"
