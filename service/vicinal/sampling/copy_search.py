"""Finds copies of new contents among a pool's items, before they are added and beside the pool's lock."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from vicinal.core.copies import NO_SKETCH, Copies, Match, Sketch
from vicinal.core.copy_finder import CopyFinder
from vicinal.core.finder_source import FinderSource, MakeFinder
from vicinal.core.ports import Medium, Neighbours, PoolConfig, PoolStore, RawContent, Vectors
from vicinal.core.search import nearest_among
from vicinal.core.similarity import prepare_rows
from vicinal.sampling.results import NewItem
from vicinal.sampling.state import PoolState

log = logging.getLogger(__name__)

# Sketches that go into the finder at a time, when a pool's are read back.
_SKETCHES_AT_ONCE = 256
# Items of the pool that a new item is compared with, for each of its views.
_NEAREST_OF_A_VIEW = 5
# Of a group, so many members are asked about a new one, and so many of them have to agree.
_MOST_ASKED = 6
_AGREEING = 2 / 3


@dataclass(frozen=True)
class Found:
    """What was found out about new items before they are added.

    Attributes:
        first: the position that the first of them would get; nothing comes in between.
        sketches: of each item, by its place among them; none where copies are kept.
        are_stored: whether the sketches tell more than the items' content hashes.
        matches: the match that makes an item a copy, by its place; its position is that of an item of the
            pool, or beyond `first` the place of another of the new items.
    """

    first: int = 0
    sketches: Sequence[Sketch] = ()
    are_stored: bool = False
    matches: Mapping[int, Match] = field(default_factory=dict)


class CopySearch:
    """The finder of one pool, in step with its items. Calls may come from any thread.

    The finder is filled from the store when it is first needed. Additions take turns, so that what was
    found holds until it is written; the pool's lock is held only for moments meanwhile.

    Args:
        config: of the pool.
        store: the pool's.
        current: gives the pool's state with its lock held.
        make: makes finders; None where the service has none, and then no copies are found.
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
        self._make = make if config.copies is not Copies.KEEP else None
        self._adding = threading.RLock()
        self._finder: CopyFinder | None = None
        self._pending: list[Sketch] = []
        self._sketcher = None if self._make is None else self.batch_finder(lambda _: ())
        self._neighbours: Neighbours | None = None

    @property
    def is_on(self) -> bool:
        """Whether copies are found at all."""
        return self._make is not None

    def finder(self) -> CopyFinder:
        """The finder with all items of the pool in it; waits for an addition under way.

        Raises:
            ValueError: copies are kept here.
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
    def looked_up(self, items: Sequence[NewItem]) -> Iterator[Found]:
        """What is known of new items; no other items come into the pool until the block ends."""
        if self._make is None:
            yield Found()
            return
        with self._adding:
            finder = self.finder()
            sketches = self._sketches(items)
            try:
                matches = _Lookup(self, items, sketches).matches()
                yield Found(len(finder), sketches, not self._has_vectors, matches)
            finally:
                self._grow()

    def take_in(self, sketches: Sequence[Sketch]) -> None:
        """Notes the sketches of items that were just added; they are filed when `looked_up` ends."""
        self._pending.extend(sketches)

    def batch_finder(self, bodies: Callable[[Sequence[int]], Sequence[bytes]]) -> CopyFinder:
        """An empty finder, for items that are not in the pool yet."""
        return self._made(FinderSource(bodies, lambda: None, _nothing_near))

    def know_neighbours(self, state: PoolState) -> None:
        """Lets the finder go by the pool's neighbour lists, where vectors are all that it has."""
        if self._has_vectors and self._config.copies is Copies.NEAR:
            graph = state.scorer.graphs.latest(state.scorer.pool)
            self._neighbours = None if graph is None else graph.neighbours

    def read(self) -> AbstractContextManager[PoolState]:
        """The pool's state with its lock held."""
        return self._current()

    @property
    def is_exact(self) -> bool:
        """Whether only exact copies are found when items are added."""
        return self._config.copies is Copies.EXACT or self._has_vectors

    def near_views(self, views: Vectors | None) -> list[int]:
        """Positions of the items that are nearest to one of a content's views."""
        if views is None:
            return []
        prepared, refused = prepare_rows(views, self._config.dimension, self._config.metric)
        fit = [row for row in range(len(prepared)) if row not in refused]
        pool = self._store.vectors()[: len(self.finder())]
        _, rows = nearest_among(prepared[fit], pool, _NEAREST_OF_A_VIEW, self._config.metric)
        return [int(row) for row in np.unique(rows)]

    @property
    def _has_vectors(self) -> bool:
        """Whether the pool's items are plain vectors, and no contents of a featurizer."""
        fingerprint = self._config.fingerprint
        return fingerprint is None or fingerprint.medium is Medium.VECTOR

    def _sketches(self, items: Sequence[NewItem]) -> list[Sketch]:
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
            # The items are in the pool whatever becomes of this; the finder is filled anew.
            log.exception("the finder of copies could not take new items in; it is made again")
            self._finder = None

    def _filled(self) -> CopyFinder:
        finder = self._made(FinderSource(self._bodies, lambda: self._neighbours, self._nearest))
        sketches = self._store.sketches()
        if self._has_vectors:
            # Of vectors nothing is kept but what the items have anyway.
            sketches = (Sketch((record.content_hash,)) for record in self._store.items())
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

    def _made(self, source: FinderSource) -> CopyFinder:
        if self._make is None:
            raise ValueError("no copies are found in this pool")
        return self._make(self._config, source)


class _Lookup:
    """Looks new items up, one after the other, among the pool's items and those before them."""

    def __init__(self, search: CopySearch, items: Sequence[NewItem], sketches: Sequence[Sketch]) -> None:
        self._search = search
        self._items = items
        self._sketches = sketches
        self._pool = search.finder()
        self._first = len(self._pool)
        self._batch = search.batch_finder(lambda rows: [sketches[row].body for row in rows])
        # Most new items have nothing to do with one another, which is seen faster all at once.
        self._are_apart = search.is_exact and _all_differ(sketches)
        # Of the new items that are copies: the item that stands for each; and groups by that item.
        self._root_of: dict[int, int] = {}
        self._joined: dict[int, list[int]] = {}

    def matches(self) -> dict[int, Match]:
        """The match that makes an item a copy, by its place."""
        found: dict[int, Match] = {}
        for row, sketch in enumerate(self._sketches):
            match = self._match(row, sketch) if sketch.digests else None
            if match is not None:
                found[row] = match
            if not self._are_apart:
                self._batch.grow([sketch])
        return found

    def _match(self, row: int, sketch: Sketch) -> Match | None:
        near = [] if self._search.is_exact else self._search.near_views(self._items[row].views)
        asked_with = Sketch(sketch.digests) if self._search.is_exact and sketch.body else sketch
        found = self._ask(asked_with, near)
        tried: set[int] = set()
        for position in list(found):
            root, members = self._group(position)
            if root in tried:
                continue
            tried.add(root)
            if self._is_borne_out(row, asked_with, found, members):
                self._root_of[self._first + row] = root
                self._joined.setdefault(root, []).append(self._first + row)
                return found.get(root, found[position])
        return None

    def _ask(self, sketch: Sketch, near: Sequence[int]) -> dict[int, Match]:
        """Matches by position, the likeliest first; those in the pool before those among the new."""
        in_pool = self._pool.matches(sketch, [each for each in near if each < self._first])
        in_batch = self._batch.matches(sketch, [each - self._first for each in near if each >= self._first])
        moved = [Match(self._first + each.position, each.kind, each.evidence) for each in in_batch]
        return {match.position: match for match in [*in_pool, *moved]}

    def _group(self, position: int) -> tuple[int, list[int]]:
        """The item that stands for an item, and the members of its group, that item first."""
        root = self._root_of.get(position, position)
        members = [root]
        if root < self._first:
            with self._search.read() as state:
                kept_id = state.copies.kept_id(state.items.ids[root])
                root = state.items.position(kept_id)
                members = [root, *map(state.items.position, state.copies.copies_of(kept_id))]
        return root, [*members, *self._joined.get(root, ())]

    def _is_borne_out(
        self, row: int, sketch: Sketch, found: dict[int, Match], members: Sequence[int]
    ) -> bool:
        """Whether most of a group's members that are asked are copies of the new item; asks them."""
        if self._search.is_exact or any(self._is_same(row, each) for each in members if each in found):
            return True
        asked = members[:_MOST_ASKED]
        silent = [each for each in asked if each not in found]
        if silent:
            again = self._ask(sketch, silent)
            found.update((each, again[each]) for each in silent if each in again)
        agreeing = sum(each in found for each in asked)
        return agreeing >= max(min(2, len(asked)), _AGREEING * len(asked))

    def _is_same(self, row: int, position: int) -> bool:
        """Whether a new item has the very bytes of another."""
        if position >= self._first:
            other = self._items[position - self._first].content_hash
        else:
            with self._search.read() as state:
                other = state.items.records[position].content_hash
        return other == self._items[row].content_hash


def _all_differ(sketches: Sequence[Sketch]) -> bool:
    digests = [digest for sketch in sketches for digest in sketch.digests]
    return len(set(digests)) == len(digests)


def _nothing_near(vectors: Vectors, _: int) -> Neighbours:
    return Neighbours(np.zeros((len(vectors), 0), dtype=np.int64), np.zeros((len(vectors), 0), np.float32))
