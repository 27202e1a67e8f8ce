"""Groups of duplicates: exact ones, then proven pairs, joined with a guard against chains."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import heappop, heappush
from typing import Protocol, TypeVar

from vicinal.core.duplicates import OnProgress
from vicinal.core.records import FoundDuplicate, FoundGroup, Match
from vicinal.records.duplicates import DuplicateEvidence

Each = TypeVar("Each")


AgeOf = Callable[[int], float]
"""A number for an item's position that is smaller for what was there before."""

Pair = tuple[int, int]

WITNESSES = 2
"""Fewest verified pairs between two groups that join them, unless there is only one pair to be had."""
AGREEING = 2 / 3
"""Least share of the pairs asked between two groups that have to be verified."""
_MOST_TRIES = 6


def iterate_with_progress(values: Sequence[Each], step: str, on_progress: OnProgress) -> Iterator[Each]:
    """The values; each is reported as done when the next is asked for."""
    for done, value in enumerate(values, start=1):
        yield value
        on_progress(step, done, len(values))


class Keep(StrEnum):
    """How the representative of several duplicates is chosen; ties go to the first of them.

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


def order_by_position(position: int) -> float:
    """Uses the position as age: earlier items are older. An `AgeOf`."""
    return float(position)


@dataclass(frozen=True)
class Duplicate:
    """A member of a group that is not its representative.

    Attributes:
        item_id: of the duplicate.
        representative_id: of the group's representative.
        reason: "duplicate" for the same picture or text, "augmentation" for one that was turned, mirrored,
            moved, cropped or framed.
        evidence: how similar the two are, and what was changed.
        compared_with: id of the member that the evidence was found with; mostly the representative.
    """

    item_id: str
    representative_id: str
    reason: str
    evidence: DuplicateEvidence
    compared_with: str


@dataclass(frozen=True)
class Group:
    """Items that are duplicates of one another.

    Attributes:
        representative_id: of the representative.
        duplicates: the others, by id.
        representative_elsewhere: the representative is not one of the items, but one of those that they were
            compared with.
    """

    representative_id: str
    duplicates: tuple[Duplicate, ...]
    representative_elsewhere: bool = False

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all members, the representative first."""
        return (self.representative_id, *(duplicate.item_id for duplicate in self.duplicates))


@dataclass(frozen=True)
class UncomparedItem:
    """An item that was not compared.

    Attributes:
        item_id: its id.
        message: why.
    """

    item_id: str
    message: str


@dataclass(frozen=True)
class Findings:
    """All groups among a set of items.

    Attributes:
        items: how many were compared.
        groups: by the id of the representative; no item is in two.
        left_out: items that could not be read.
    """

    items: int
    groups: Sequence[Group]
    left_out: Sequence[UncomparedItem]


def named(groups: Sequence[FoundGroup], ids: Sequence[str], known: int = 0) -> list[Group]:
    """Groups of positions as groups of ids, by the id of the representative.

    Args:
        groups: as a finder has them.
        ids: of the items, by position.
        known: so many items at the beginning are those that the others are compared with: they are not
            reported as duplicates.
    """
    found = (_group(group, ids, known) for group in groups)
    return sorted((group for group in found if group.duplicates), key=lambda group: group.representative_id)


def _group(group: FoundGroup, ids: Sequence[str], known: int) -> Group:
    representative = ids[group.representative]
    duplicates = (
        Duplicate(
            ids[duplicate.position],
            representative,
            duplicate.kind.value,
            duplicate.evidence,
            ids[duplicate.compared_with],
        )
        for duplicate in group.duplicates
        if duplicate.position >= known
    )
    return Group(
        representative,
        tuple(sorted(duplicates, key=lambda duplicate: duplicate.item_id)),
        group.representative < known,
    )


class GroupBuilder:
    """Builds groups of duplicates from verified pairs.

    One verified pair joins two single items. Between larger groups one pair can be an accident, such as a
    logo, a text over both pictures, or a view halfway between two others. So the builder verifies pairs of
    their most central members, and joins the groups only if most of these pairs are duplicates.

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
        """Takes in pairs, the likeliest first; those within a group are passed over unasked."""
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


class PairJudge(Protocol):
    """What a medium knows of its items."""

    def agrees(self, pair: Pair) -> bool:
        """Whether two items, the smaller position first, are near duplicates."""
        ...

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second, exact duplicates among them."""
        ...

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """Which of a group's members is the representative.

        Args:
            central: the first that most others were proven with.
            firsts: of the members that are exact duplicates of one another, ascending.
            members: all, ascending.
        """
        ...


class Grouping:
    """One search for groups.

    Args:
        exact_duplicates: exact duplicates by the first of them; items that stand alone, too.
        keep: positions that are representatives rather than others.
        judge: of pairs of those.
    """

    def __init__(
        self, exact_duplicates: Mapping[int, Sequence[int]], keep: Collection[int], judge: PairJudge
    ) -> None:
        self._exact_duplicates = exact_duplicates
        self._keep = frozenset(keep)
        self._judge = judge
        self._firsts = sorted(exact_duplicates)
        self._place = {first: at for at, first in enumerate(self._firsts)}
        self._joining = GroupBuilder(len(self._firsts), self._agrees)

    def found(self, pairs: Sequence[Pair], on_progress: OnProgress) -> list[FoundGroup]:
        """All groups, by the position of the representative.

        Args:
            pairs: of positions, the smaller first, the likeliest pairs first; those of others than
                firsts are passed over.
            on_progress: called for "verifying" and "choosing".
        """
        searched = [pair for pair in pairs if pair[0] in self._place and pair[1] in self._place]
        self._joining.consider(
            (self._place[low], self._place[high])
            for low, high in iterate_with_progress(searched, "verifying", on_progress)
        )
        joined = [[self._firsts[at] for at in members] for members in self._joining.groups()]
        in_group = {first for members in joined for first in members}
        alone = [
            [first]
            for first in self._firsts
            if first not in in_group and len(self._exact_duplicates[first]) > 1
        ]
        groups = [
            self._group(members)
            for members in iterate_with_progress([*joined, *alone], "choosing", on_progress)
        ]
        return sorted(groups, key=lambda group: group.representative)

    def _agrees(self, pair: Pair) -> bool:
        return self._judge.agrees((self._firsts[pair[0]], self._firsts[pair[1]]))

    def _partners(self, first: int) -> list[int]:
        return [self._firsts[at] for at in self._joining.partners(self._place[first])]

    def _group(self, firsts: list[int]) -> FoundGroup:
        members = sorted(member for first in firsts for member in self._exact_duplicates[first])
        representative = min((member for member in members if member in self._keep), default=None)
        if representative is None:
            central = min(firsts, key=lambda item: (-len(self._partners(item)), item))
            representative = self._judge.original(central, firsts, members)
        first_of = {member: first for first in firsts for member in self._exact_duplicates[first]}
        duplicates = [
            self._prove(representative, member, first_of) for member in members if member != representative
        ]
        return FoundGroup(representative, tuple(duplicates))

    def _prove(self, representative: int, member: int, first_of: Mapping[int, int]) -> FoundDuplicate:
        """A duplicate with its evidence: with the representative, or with a more similar member."""
        first = first_of[member]
        likes = [representative] if first in (member, first_of[representative]) else [first]
        for other in (*likes, *self._partners(first)):
            match = self._judge.compare(other, member)
            if match is not None:
                return FoundDuplicate(member, match.kind, match.evidence, other)
        # The other way round it was proven: a transform may be measurable in one direction alone.
        other = next(iter(self._partners(first)), representative)
        match = self._judge.compare(*sorted((other, member)))
        if match is None:
            raise AssertionError(f"items {other} and {member} were duplicates and are not any more")
        return FoundDuplicate(member, match.kind, match.evidence, other)
