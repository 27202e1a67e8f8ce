"""The arms that items are suggested under, and how chance assigns items and suggestions to them.

Chance depends on the pool's seed, on ids and on the number of suggestions so far, never on the clock: the
same state gives the same suggestion, before a restart and after it.
"""

import hashlib
import math
from dataclasses import dataclass

from vicinal.records.labels import Arm


@dataclass(frozen=True, slots=True)
class SuggestionRecord:
    """One suggestion of one item.

    Attributes:
        number: 1, 2, ... over all suggestions of the pool.
        eligible: how many items were open, itself included.
    """

    number: int
    item_id: str
    arm: Arm
    eligible: int


def is_in_holdout(seed: int, item_id: str, share: float) -> bool:
    """Whether an item belongs to the random share of the pool that is kept as holdout.

    It depends on seed and id alone, so it is the same whenever and however items were added.

    >>> [is_in_holdout(0, item_id, 0.5) for item_id in ("a", "b", "c")]
    [False, True, False]
    """
    return share > 0 and _uniform("holdout", f"{seed}:{item_id}") < share


def is_control(seed: int, place: int, share: float) -> bool:
    """Whether a suggestion is drawn at random instead of chosen.

    Systematic sampling from a random start: of any n suggestions in a row, n * share are control suggestions,
    to less than one.

    Args:
        seed: of the pool.
        place: how many suggestions of active and control arm were made before, 0 or more.
        share: of control suggestions, 0 to below 1.

    >>> [is_control(7, place, 0.25) for place in range(8)]
    [False, False, True, False, False, False, True, False]
    """
    return _is_sampled(_uniform("control-start", str(seed)), place, share)


def is_gold_turn(seed: int, annotator: str, place: int, share: float) -> bool:
    """Whether an annotator is to get a gold item next; spaced as in `is_control`, each from another start.

    Args:
        seed: of the pool.
        annotator: who asks.
        place: how many items the annotator has answered or holds, 0 or more.
        share: of gold items, 0 to below 1.

    >>> [is_gold_turn(7, "ana", place, 0.25) for place in range(8)]
    [True, False, False, False, True, False, False, False]
    """
    return _is_sampled(_uniform("gold-start", f"{seed}:{annotator}"), place, share)


def gold_priority(seed: int, annotator: str, item_id: str) -> float:
    """A gold item's place in the order that an annotator gets them in: smaller goes first. In [0, 1)."""
    return _uniform("gold-order", f"{seed}:{annotator}:{item_id}")


def control_row(seed: int, place: int, eligible: int) -> int:
    """The row that a control suggestion takes of `eligible` rows, each with the same chance.

    Args:
        seed: of the pool.
        place: as in `is_control`.
        eligible: 1 or more.

    >>> [control_row(7, place, 100) for place in range(4)]
    [75, 86, 82, 45]
    """
    return int(_uniform("control-row", f"{seed}:{place}") * eligible)


def _is_sampled(start: float, place: int, share: float) -> bool:
    return math.floor((place + 1) * share + start) > math.floor(place * share + start)


def _uniform(purpose: str, key: str) -> float:
    """In [0, 1), uniform over keys (BLAKE2b); each purpose has a chance of its own."""
    digest = hashlib.blake2b(key.encode(), digest_size=8, person=purpose.encode()).digest()
    return (int.from_bytes(digest, "big") >> 11) * 2.0**-53
