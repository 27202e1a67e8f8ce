"""What several annotators say of one item: what they agree on, and how much."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Annotation:
    """What one annotator said of an item; `at` is in seconds since the epoch."""

    annotator: str
    label: str
    at: float


class Consensus(StrEnum):
    """How one label is made of several annotators' labels."""

    MAJORITY = "majority"
    DAWID_SKENE = "dawid_skene"


def majority(labels: Sequence[str]) -> str:
    """The label given most often; of several the one that came first. Empty if there is none.

    >>> majority(["ripe", "rotten", "rotten"]), majority(["ripe", "rotten"]), majority([])
    ('rotten', 'ripe', '')
    """
    if not labels:
        return ""
    # Counter keeps the order of first appearance, and most_common is stable.
    return Counter(labels).most_common(1)[0][0]


def disagreement(labels: Sequence[str]) -> float:
    """Share of the labels that are not the most frequent one, 0 (all agree) to below 1.

    >>> disagreement(["ripe", "ripe", "rotten", "unripe"]), disagreement(["ripe"]), disagreement([])
    (0.5, 0.0, 0.0)
    """
    if not labels:
        return 0.0
    return 1.0 - Counter(labels).most_common(1)[0][1] / len(labels)


def is_time_to_settle(before: int, after: int) -> bool:
    """Whether a consensus over all annotations is worth making again, with `after` of them instead of `before`.

    From 20 annotations on, at each tenth more: often enough for a pool that grows, and seldom enough that all
    the settling together costs little more than the last.

    >>> [count for count in range(1, 30) if is_time_to_settle(count - 1, count)]
    [20, 22, 25, 27]
    """
    mark = 20.0
    while mark <= after:
        if before < mark:
            return True
        mark *= 1.1
    return False
