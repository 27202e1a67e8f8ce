"""Finds duplicates of new contents among a pool's items, before they are added and beside the pool's lock."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicate_finder import DuplicateFinder
from vicinal.core.duplicates import NO_SKETCH, Duplicates, Match, Sketch
from vicinal.core.finder_source import FinderSource, MakeFinder
from vicinal.core.ports import Medium, Neighbours, PoolConfig, PoolStore, RawContent
from vicinal.core.search import nearest_among
from vicinal.core.similarity import prepare_rows
from vicinal.sampling.duplicate_lookup import DuplicateLookup
from vicinal.sampling.results import NewItem
from vicinal.sampling.state import PoolState

log = logging.getLogger(__name__)

# Sketches that go into the finder at a time, when a pool's are read back.
_SKETCHES_AT_ONCE = 256
# Items of the pool that a new item is compared with, for each of its views.
_NEAREST_OF_AN_AUGMENTATION = 5


@dataclass(frozen=True)
class NewItemMatches:
    """What was found out about new items before they are added.

    Attributes:
        first: the position that the first of them would get; nothing comes in between.
        sketches: of each item, by its place among them; none where duplicates are kept.
        are_stored: whether the sketches tell more than the items' content hashes.
        matches: the match that makes an item a duplicate, by its place; its position is that of an item of the
            pool, or beyond `first` the place of another of the new items.
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
            ValueError: duplicates are kept here.
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
    def looked_up(self, items: Sequence[NewItem]) -> Iterator[NewItemMatches]:
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
        """Lets the finder go by the pool's neighbour lists, where vectors are all that it has."""
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
        """Positions of the items that are nearest to one of a content's views."""
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
            raise ValueError("no copies are found in this pool")
        return self._make(self._config, source)


def _nothing_near(vectors: Vectors, _: int) -> Neighbours:
    return Neighbours(np.zeros((len(vectors), 0), dtype=np.int64), np.zeros((len(vectors), 0), np.float32))
