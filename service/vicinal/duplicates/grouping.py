"""Groups of a pool's items: exact duplicates first, then pairs that are proven, then the representative."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from vicinal.core.duplicates import FoundDuplicate, FoundGroup, Match
from vicinal.duplicates.joining import Joining, Pair
from vicinal.duplicates.progress import OnProgress, report_each


class PairJudge(Protocol):
    """What a medium knows of its items."""

    def agrees(self, pair: Pair) -> bool:
        """Whether two items, the smaller position first, are near duplicates."""
        ...

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second, exact duplicates among them."""
        ...

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """Which of a group's members to keep.

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
        keep: positions to keep rather than others.
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
        self._joining = Joining(len(self._firsts), self._agrees)

    def found(self, pairs: Sequence[Pair], on_progress: OnProgress) -> list[FoundGroup]:
        """All groups, by the position of the representative.

        Args:
            pairs: of positions, the smaller first, the likeliest pairs first; those of others than
                firsts are passed over.
            on_progress: told about "verifying" and "choosing".
        """
        known = [pair for pair in pairs if pair[0] in self._place and pair[1] in self._place]
        self._joining.consider(
            (self._place[low], self._place[high])
            for low, high in report_each(known, "verifying", on_progress)
        )
        joined = [[self._firsts[at] for at in members] for members in self._joining.groups()]
        in_group = {first for members in joined for first in members}
        alone = [
            [first]
            for first in self._firsts
            if first not in in_group and len(self._exact_duplicates[first]) > 1
        ]
        groups = [self._group(members) for members in report_each([*joined, *alone], "choosing", on_progress)]
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
            self._copy(representative, member, first_of) for member in members if member != representative
        ]
        return FoundGroup(representative, tuple(duplicates))

    def _copy(self, representative: int, member: int, first_of: Mapping[int, int]) -> FoundDuplicate:
        """Evidence with the representative; where the two differ too much, with one that is like the duplicate."""
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
            raise AssertionError(f"items {other} and {member} were duplicates and are none any more")
        return FoundDuplicate(member, match.kind, match.evidence, other)
