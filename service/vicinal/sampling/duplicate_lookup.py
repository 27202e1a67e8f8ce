"""What each of some new items is a duplicate of: an item of the pool, or one of them that comes before it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from vicinal.core.arrays import Vectors
from vicinal.core.duplicate_finder import MOST_EXACT, DuplicateFinder
from vicinal.core.duplicates import Match, Sketch
from vicinal.sampling.results import NewItem
from vicinal.sampling.state import PoolState

# Of a group, so many members are asked about a new one, and so many of them have to agree.
_MOST_ASKED = 6
_AGREEING = 2 / 3


class Searched(Protocol):
    """The pool that is looked in."""

    @property
    def is_exact(self) -> bool:
        """Whether only exact duplicates are found when items are added."""
        ...

    def finder(self) -> DuplicateFinder:
        """The finder with all items of the pool in it."""
        ...

    def batch_finder(self, bodies: Callable[[Sequence[int]], Sequence[bytes]]) -> DuplicateFinder:
        """An empty finder, for items that are not in the pool yet."""
        ...

    def near_augmentations(self, augmentations: Vectors | None) -> list[int]:
        """Positions of the items that are nearest to one of a content's views."""
        ...

    def read(self) -> AbstractContextManager[PoolState]:
        """The pool's state with its lock held."""
        ...


class DuplicateLookup:
    """Looks new items up, one after the other, among the pool's items and those before them.

    What an item costs does not grow with the groups that it may belong to: of a group only the first few
    members are asked, and of exact duplicates only the first few are named.

    Args:
        pool: to look in.
        items: the new ones.
        sketches: of each.
    """

    def __init__(self, pool: Searched, items: Sequence[NewItem], sketches: Sequence[Sketch]) -> None:
        self._searched = pool
        self._items = items
        self._sketches = sketches
        self._pool = pool.finder()
        self._first = len(self._pool)
        self._batch = pool.batch_finder(lambda rows: [sketches[row].body for row in rows])
        # Most new items have nothing to do with one another, which is seen faster all at once.
        self._are_apart = pool.is_exact and _all_differ(sketches)
        # Of the new items that are duplicates: the item that stands for each, the first few by that item, and all
        # contents with it.
        self._root_of: dict[int, int] = {}
        self._joined: dict[int, list[int]] = {}
        self._joined_contents: set[tuple[int, str]] = set()

    def matches(self) -> dict[int, Match]:
        """The match that makes an item a duplicate, by its place."""
        found: dict[int, Match] = {}
        for row, sketch in enumerate(self._sketches):
            match = self._match(row, sketch) if sketch.digests else None
            if match is not None:
                found[row] = match
            if not self._are_apart:
                self._batch.grow([sketch])
        return found

    def _match(self, row: int, sketch: Sketch) -> Match | None:
        near = (
            []
            if self._searched.is_exact
            else self._searched.near_augmentations(self._items[row].augmentations)
        )
        asked_with = Sketch(sketch.digests) if self._searched.is_exact and sketch.body else sketch
        found = self._ask(asked_with, near)
        if not found:
            return None
        roots = self._roots(list(found))
        for root in dict.fromkeys(roots.values()):
            met = [each for each in roots if roots[each] == root]
            if self._is_borne_out(row, asked_with, found, root, met):
                self._join(row, root)
                if root not in found and self._is_exact(asked_with, root):
                    found |= self._compared(asked_with, [root])
                return found.get(root, found[met[0]])
        return None

    def _ask(self, sketch: Sketch, near: Sequence[int]) -> dict[int, Match]:
        """Matches by position, the likeliest first; those in the pool before those among the new."""
        in_pool = self._pool.matches(sketch, [each for each in near if each < self._first])
        if self._are_apart:
            return {match.position: match for match in in_pool}
        in_batch = self._batch.matches(sketch, [each - self._first for each in near if each >= self._first])
        return {match.position: match for match in [*in_pool, *map(self._moved, in_batch)]}

    def _compared(self, sketch: Sketch, positions: Sequence[int]) -> dict[int, Match]:
        """Matches with some items, by position."""
        in_pool = self._pool.compared(sketch, [each for each in positions if each < self._first])
        there = [each - self._first for each in positions if each >= self._first]
        in_batch = self._batch.compared(sketch, there)
        return {match.position: match for match in [*in_pool, *map(self._moved, in_batch)]}

    def _moved(self, match: Match) -> Match:
        return Match(self._first + match.position, match.kind, match.evidence)

    def _roots(self, positions: Sequence[int]) -> dict[int, int]:
        """The item that stands for each item."""
        in_batch = {each: self._root_of.get(each, each) for each in positions}
        with self._searched.read() as state:
            return {
                each: root if root >= self._first else _root(state, root) for each, root in in_batch.items()
            }

    def _asked(self, root: int) -> list[int]:
        """The first few members of the group that an item stands for, that item first."""
        members = [root]
        if root < self._first:
            with self._searched.read() as state:
                duplicates = state.duplicates.duplicates_of(state.items.ids[root], limit=_MOST_ASKED - 1)
                members += map(state.items.position, duplicates)
        return [*members, *self._joined.get(root, ())][:_MOST_ASKED]

    def _is_borne_out(
        self, row: int, sketch: Sketch, found: dict[int, Match], root: int, met: Sequence[int]
    ) -> bool:
        """Whether most of a group's members that are asked are duplicates of the new item; asks them.

        Args:
            row: of the new item.
            sketch: to ask with.
            found: matches of the new item; those of members that are asked are added.
            root: the item that stands for the group.
            met: members of the group that are among the matches.
        """
        content_hash = self._items[row].content_hash
        if self._searched.is_exact or self._has_content(content_hash, root, [root, *met], len(found)):
            return True
        asked = self._asked(root)
        found |= self._compared(sketch, [each for each in asked if each not in found])
        agreeing = sum(each in found for each in asked)
        return agreeing >= max(min(2, len(asked)), _AGREEING * len(asked))

    def _has_content(self, content_hash: str, root: int, met: Sequence[int], matches: int) -> bool:
        """Whether one of a group's members has these very bytes; where there are many, also one not met."""
        if any(self._content_hash(each) == content_hash for each in met):
            return True
        if (root, content_hash) in self._joined_contents:
            return True
        if matches < MOST_EXACT or root >= self._first:
            return False
        with self._searched.read() as state:
            return state.duplicates.has_content(state.items.ids[root], content_hash)

    def _content_hash(self, position: int) -> str:
        if position >= self._first:
            return self._items[position - self._first].content_hash
        with self._searched.read() as state:
            return state.items.records[position].content_hash

    def _is_exact(self, sketch: Sketch, position: int) -> bool:
        if position >= self._first:
            return self._batch.is_exact(sketch, position - self._first)
        return self._pool.is_exact(sketch, position)

    def _join(self, row: int, root: int) -> None:
        self._root_of[self._first + row] = root
        self._joined_contents.add((root, self._items[row].content_hash))
        joined = self._joined.setdefault(root, [])
        if len(joined) < _MOST_ASKED:
            joined.append(self._first + row)


def _root(state: PoolState, position: int) -> int:
    return state.items.position(state.duplicates.representative_id(state.items.ids[position]))


def _all_differ(sketches: Sequence[Sketch]) -> bool:
    digests = [digest for sketch in sketches for digest in sketch.digests]
    return len(set(digests)) == len(digests)
