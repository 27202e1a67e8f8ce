"""Finds duplicates of new contents among a pool's items, before they are added and outside the lock."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MOST_EXACT, DuplicateFinder, FinderSource, MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import PoolStore
from vicinal.core.records import NO_SKETCH, Match, Neighbours, RawContent, Sketch
from vicinal.core.search import nearest_among
from vicinal.core.similarity import prepare_rows
from vicinal.pools.results import PreparedItem
from vicinal.pools.state.pool import PoolState
from vicinal.records.pool_options import Duplicates
from vicinal.records.pools import Medium

# Of a group, so many members are asked about a new one, and so many of them have to agree.
_MOST_ASKED = 6
_AGREEING = 2 / 3

log = logging.getLogger(__name__)

# Sketches that go into the finder at a time, when a pool's are read back.
_SKETCHES_AT_ONCE = 256
# Items of the pool that a new item is compared with, for each of its augmentations.
_NEAREST_OF_AN_AUGMENTATION = 5


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
        """Positions of the items that are nearest to one of a content's augmentations."""
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

    def __init__(self, pool: Searched, items: Sequence[PreparedItem], sketches: Sequence[Sketch]) -> None:
        self._searched = pool
        self._items = items
        self._sketches = sketches
        self._pool = pool.finder()
        self._first = len(self._pool)
        self._batch = pool.batch_finder(lambda rows: [sketches[row].body for row in rows])
        # Most new items have nothing to do with one another, which is seen faster all at once.
        self._are_apart = pool.is_exact and _all_differ(sketches)
        # Of the new items that are duplicates: the item that stands for each, the first few by that item, and
        # all contents with it.
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


@dataclass(frozen=True)
class NewItemMatches:
    """What was found out about new items before they are added.

    Attributes:
        first: the position that the first of them would get; nothing comes in between.
        sketches: of each item, by its place among them; none where duplicates are off.
        are_stored: whether the sketches say more than the items' content hashes.
        matches: the match that makes an item a duplicate, by its place; its position is that of an item of
            the pool, or beyond `first` the place of another of the new items.
    """

    first: int = 0
    sketches: Sequence[Sketch] = ()
    are_stored: bool = False
    matches: Mapping[int, Match] = field(default_factory=dict)


class DuplicateSearch:
    """The finder of one pool, in step with its items. Calls may come from any thread.

    The finder is filled from the store when it is first needed. Additions take turns, so that what was
    found holds until it is written; the pool's lock is held only for moments meanwhile.

    Args:
        config: of the pool.
        store: the pool's.
        current: gives the pool's state with its lock held.
        make: makes finders; None where the service has none, and then no duplicates are found.
    """

    def __init__(
        self,
        config: PoolConfig,
        store: PoolStore,
        current: Callable[[], AbstractContextManager[PoolState]],
        make: MakeFinder | None,
    ) -> None:
        self._config = config
        self._store = store
        self._current = current
        self._make = make if config.duplicates is not Duplicates.OFF else None
        self._adding = threading.RLock()
        self._finder: DuplicateFinder | None = None
        self._pending: list[Sketch] = []
        self._sketcher = None if self._make is None else self.batch_finder(lambda _: ())
        self._neighbours: Neighbours | None = None

    @property
    def is_on(self) -> bool:
        """Whether duplicates are found at all."""
        return self._make is not None

    def finder(self) -> DuplicateFinder:
        """The finder with all items of the pool in it; waits for an addition under way.

        Raises:
            ValueError: duplicates are off.
        """
        with self._adding:
            if self._finder is None:
                self._finder = self._filled()
            return self._finder

    def sketch(self, content: RawContent | Vectors, content_hash: str = "") -> Sketch:
        """What is kept of a content; nothing of a vector among other contents.

        Args:
            content: a vector must be prepared.
            content_hash: of the raw content.

        Raises:
            ContentUnreadable: it cannot be read.
        """
        is_vector = isinstance(content, np.ndarray)
        if self._sketcher is None or is_vector != self._has_vectors:
            return NO_SKETCH
        if is_vector:
            return Sketch((content_hash,), self._sketcher.sketch(content).body)
        return self._sketcher.sketch(content)

    @contextmanager
    def looked_up(self, items: Sequence[PreparedItem]) -> Iterator[NewItemMatches]:
        """What is known of new items; no other items come into the pool until the block ends."""
        if self._make is None:
            yield NewItemMatches()
            return
        with self._adding:
            finder = self.finder()
            sketches = self._sketches(items)
            try:
                matches = DuplicateLookup(self, items, sketches).matches()
                yield NewItemMatches(len(finder), sketches, not self._has_vectors, matches)
            finally:
                self._grow()

    def take_in(self, sketches: Sequence[Sketch]) -> None:
        """Notes the sketches of items that were just added; they are filed when `looked_up` ends."""
        self._pending.extend(sketches)

    def batch_finder(self, bodies: Callable[[Sequence[int]], Sequence[bytes]]) -> DuplicateFinder:
        """An empty finder, for items that are not in the pool yet."""
        return self._made(FinderSource(bodies, lambda: None, _nothing_near))

    def know_neighbours(self, state: PoolState) -> None:
        """Lets the finder use the pool's neighbour lists, where vectors are all that it has."""
        if self._has_vectors and self._config.duplicates is Duplicates.NEAR:
            graph = state.scorer.graphs.latest(state.scorer.pool)
            self._neighbours = None if graph is None else graph.neighbours

    def read(self) -> AbstractContextManager[PoolState]:
        """The pool's state with its lock held."""
        return self._current()

    @property
    def is_exact(self) -> bool:
        """Whether only exact duplicates are found when items are added."""
        return self._config.duplicates is Duplicates.EXACT or self._has_vectors

    def near_augmentations(self, augmentations: Vectors | None) -> list[int]:
        """Positions of the items that are nearest to one of a content's augmentations."""
        if augmentations is None:
            return []
        prepared, refused = prepare_rows(augmentations, self._config.dimension, self._config.metric)
        fit = [row for row in range(len(prepared)) if row not in refused]
        pool = self._store.vectors()[: len(self.finder())]
        _, rows = nearest_among(prepared[fit], pool, _NEAREST_OF_AN_AUGMENTATION, self._config.metric)
        return [int(row) for row in np.unique(rows)]

    @property
    def _has_vectors(self) -> bool:
        """Whether the pool's items are plain vectors, and no contents of a featurizer."""
        fingerprint = self._config.fingerprint
        return fingerprint is None or fingerprint.medium is Medium.VECTOR

    def _sketches(self, items: Sequence[PreparedItem]) -> list[Sketch]:
        if self._has_vectors:
            return [Sketch((item.content_hash,)) for item in items]
        return [NO_SKETCH if item.sketch is None else item.sketch for item in items]

    def _grow(self) -> None:
        """Takes in what was added. Filing may take a while, so it is done without the pool's lock."""
        added, self._pending = self._pending, []
        try:
            if self._finder is not None and added:
                self._finder.grow(added)
        except Exception:
            # The items are in the pool whatever becomes of this; the finder is filled again.
            log.exception("the finder of duplicates could not take new items in; it is made again")
            self._finder = None

    def _filled(self) -> DuplicateFinder:
        finder = self._made(FinderSource(self._bodies, lambda: self._neighbours, self._nearest))
        records = self._store.items()
        if self._has_vectors:
            # Of vectors nothing is kept but what the items have anyway.
            sketches = (Sketch((record.content_hash,)) for record in records)
        else:
            # By the content's own hash a finder recognises what an earlier version made a sketch of.
            pairs = zip(self._store.sketches(), records, strict=False)
            sketches = (replace(sketch, content_hash=record.content_hash) for sketch, record in pairs)
        while some := list(islice(sketches, _SKETCHES_AT_ONCE)):
            finder.grow(some)
        return finder

    def _bodies(self, positions: Sequence[int]) -> Sequence[bytes]:
        if not self._has_vectors:
            return self._store.bodies(positions)
        pool = self._store.vectors()
        return [pool[position].astype("<f4").tobytes() for position in positions]

    def _nearest(self, vectors: Vectors, count: int) -> Neighbours:
        similarities, rows = nearest_among(vectors, self._store.vectors(), count, self._config.metric)
        return Neighbours(rows, similarities)

    def _made(self, source: FinderSource) -> DuplicateFinder:
        if self._make is None:
            raise ValueError("no duplicates are found in this pool")
        return self._make(self._config, source)


def _nothing_near(vectors: Vectors, _: int) -> Neighbours:
    return Neighbours(np.zeros((len(vectors), 0), dtype=np.int64), np.zeros((len(vectors), 0), np.float32))
