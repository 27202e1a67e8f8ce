"""Pairs to compare that somebody else has found, beside one's own."""

from collections.abc import Iterable, Mapping, Sequence

from vicinal.duplicates.joining import Pair


def further(
    pairs: Iterable[Pair], also: Iterable[Pair], exact_duplicates: Mapping[int, Sequence[int]]
) -> list[Pair]:
    """Pairs of positions besides those that are compared anyway, each once and in their order.

    Args:
        pairs: those that are compared anyway, the smaller position first.
        also: of any positions, either first.
        exact_duplicates: exact duplicates by the first of them, which stands for all; others are passed over.

    >>> further([(0, 1)], [(1, 0), (3, 0), (0, 2), (3, 2), (0, 9)], {0: [0], 1: [1], 2: [2, 3]})
    [(0, 2)]
    """
    first_of = {item: first for first, items in exact_duplicates.items() for item in items}
    known = [(first_of[left], first_of[right]) for left, right in also if {left, right} <= first_of.keys()]
    found = dict.fromkeys((min(pair), max(pair)) for pair in known if pair[0] != pair[1])
    for pair in pairs:
        found.pop(pair, None)
    return list(found)


def renamed(pairs: Iterable[Pair], names: Mapping[int, int]) -> list[Pair]:
    """Pairs of other positions, each once, the smaller first, and in their order.

    Args:
        pairs: of positions.
        names: what stands for each, of exact duplicates the same for all; others stand for themselves.

    >>> renamed([(0, 2), (1, 5), (2, 5)], {0: 5})
    [(2, 5), (1, 5)]
    """
    named = ((names.get(left, left), names.get(right, right)) for left, right in pairs)
    return list(dict.fromkeys((min(pair), max(pair)) for pair in named if pair[0] != pair[1]))


def positions_of(also: Iterable[tuple[str, str]], ids: Sequence[str]) -> list[Pair]:
    """Pairs of ids as pairs of positions; those with an unknown id are passed over.

    >>> positions_of([("b", "a"), ("a", "x")], ["a", "b"])
    [(1, 0)]
    """
    row_of = {item_id: row for row, item_id in enumerate(ids)}
    return [(row_of[left], row_of[right]) for left, right in also if {left, right} <= row_of.keys()]
