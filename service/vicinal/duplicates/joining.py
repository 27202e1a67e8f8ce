"""Joins verified pairs to groups, with a guard against chains that lead from one thing to another."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from heapq import heappop, heappush

Pair = tuple[int, int]

WITNESSES = 2
"""Fewest verified pairs between two groups that join them, unless there is only one pair to be had."""
AGREEING = 2 / 3
"""Least share of the pairs asked between two groups that have to be verified."""
_MOST_TRIES = 6


class Joining:
    """Groups of items that are duplicates of one another, as far as verified pairs say.

    Two single items are joined by one verified pair. Between larger groups a single pair may be an accident -
    a logo, a text over both pictures, a view halfway between two others - that would make one group of two:
    pairs of their most central members are asked about, and most of them have to be verified.

    Args:
        verify: whether the items at two positions, the smaller first, are duplicates. Asked once for a pair.
        items: how many there are.
    """

    def __init__(self, items: int, verify: Callable[[Pair], bool]) -> None:
        self._verify = verify
        self._group_of = list(range(items))
        self._members = {item: [item] for item in range(items)}
        self._asked: set[Pair] = set()
        self._partners: dict[int, set[int]] = defaultdict(set)
        # Of each group of two or more: minus the number of partners, and the item; also from before there
        # were as many.
        self._ranked: dict[int, list[tuple[int, int]]] = {}

    def consider(self, pairs: Iterable[Pair]) -> None:
        """Takes up pairs, the likeliest first; those within a group are passed over unasked."""
        for pair in pairs:
            left, right = (self._group_of[item] for item in pair)
            if left != right and self._is_duplicate(pair) and self._is_borne_out(left, right):
                self._merge(left, right)

    def groups(self) -> list[list[int]]:
        """Members of each group of two or more, ascending; groups by their first member."""
        return sorted(sorted(members) for members in self._members.values() if len(members) > 1)

    def partners(self, item: int) -> list[int]:
        """The items of its group that an item was verified with, ascending."""
        return sorted(each for each in self._partners[item] if self._group_of[each] == self._group_of[item])

    def _is_duplicate(self, pair: Pair) -> bool:
        if pair not in self._asked:
            self._asked.add(pair)
            if self._verify(pair):
                for item, other in (pair, pair[::-1]):
                    self._partners[item].add(other)
                    self._rank(item)
        return pair[1] in self._partners[pair[0]]

    def _is_borne_out(self, left: int, right: int) -> bool:
        asked = self._between(left, right)
        agreeing = sum(self._is_duplicate(pair) for pair in asked)
        return agreeing >= max(min(WITNESSES, len(asked)), AGREEING * len(asked))

    def _between(self, left: int, right: int) -> list[Pair]:
        """Pairs of the most central members of two groups, the most central first."""
        ours, theirs = self._central(left), self._central(right)
        ranked = sorted(
            (first + second, min(a, b), max(a, b))
            for first, a in enumerate(ours)
            for second, b in enumerate(theirs)
        )
        return [(low, high) for _, low, high in ranked[:_MOST_TRIES]]

    def _central(self, group: int) -> list[int]:
        """The members with the most partners, without looking at all of them."""
        ranked = self._ranked.get(group)
        if ranked is None:
            return list(self._members[group])
        best = list[tuple[int, int]]()
        while ranked and len(best) < _MOST_TRIES:
            each = heappop(ranked)
            if each == self._rank_of(each[1]) and each not in best:
                best.append(each)
        for each in best:
            heappush(ranked, each)
        return [item for _, item in best]

    def _rank(self, item: int) -> None:
        ranked = self._ranked.get(self._group_of[item])
        if ranked is not None:
            heappush(ranked, self._rank_of(item))

    def _rank_of(self, item: int) -> tuple[int, int]:
        return -len(self._partners[item]), item

    def _merge(self, left: int, right: int) -> None:
        kept, gone = (left, right) if len(self._members[left]) >= len(self._members[right]) else (right, left)
        ranked = self._ranked.setdefault(kept, [])
        if not ranked:
            ranked.append(self._rank_of(kept))
        self._ranked.pop(gone, None)
        for item in self._members[gone]:
            self._group_of[item] = kept
            heappush(ranked, self._rank_of(item))
        self._members[kept] += self._members.pop(gone)
