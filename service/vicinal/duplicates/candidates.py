"""Pairs to compare that somebody else has found, beside one's own."""

from collections.abc import Iterable, Mapping, Sequence

Pair = tuple[int, int]


def further(
    pairs: Sequence[Pair], also: Iterable[tuple[str, str]], position_of: Mapping[str, int], known: int
) -> list[Pair]:
    """The pairs of ids as positions (smaller first), each once, in their order.

    Args:
        pairs: those that are compared anyway.
        also: pairs of ids; unknown ids, such as those that could not be read, are passed over.
        position_of: of each id.
        known: so many positions at the beginning are not compared among themselves.

    >>> further([(0, 1)], [("b", "a"), ("c", "a"), ("a", "c"), ("a", "x")], {"a": 0, "b": 1, "c": 2}, 0)
    [(0, 2)]
    """
    found: dict[Pair, None] = {}
    for first, second in also:
        if first in position_of and second in position_of:
            left, right = sorted((position_of[first], position_of[second]))
            if left != right and right >= known:
                found[left, right] = None
    for pair in pairs:
        found.pop(pair, None)
    return list(found)
