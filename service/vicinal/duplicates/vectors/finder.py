"""Duplicates among a pool's vectors, as it grows, by their distances alone."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicate_finder import MOST_EXACT
from vicinal.core.duplicates import DuplicateKind, FoundGroup, Match, Sketch
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import Neighbours, RawContent
from vicinal.core.similarity import Metric
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_VECTOR
from vicinal.duplicates.exact import ExactDuplicates
from vicinal.duplicates.grouping import Grouping
from vicinal.duplicates.joining import Pair
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.vectors.judging import NearPair, VectorJudge, near_pair
from vicinal.duplicates.vectors.surroundings import Around, Nearest, Surroundings

Bodies = Callable[[Sequence[int]], Sequence[bytes]]


class VectorDuplicateFinder:
    """The `DuplicateFinder` of pools of plain vectors: duplicates are as near as chance would hardly put two items.

    Args:
        bodies: rows of the pool, by position, as little-endian float32; empty for items without.
        neighbours: the neighbour lists of the pool's first rows; None while there are none.
        nearest: looks (n, d) vectors up among the pool's rows: so many nearest of each, by position.
        metric: of the pool.
        near: whether near duplicates are looked for; else sketches are digests alone.
    """

    def __init__(
        self,
        bodies: Bodies,
        neighbours: Callable[[], Neighbours | None],
        nearest: Nearest,
        metric: Metric,
        *,
        near: bool = True,
    ) -> None:
        self._near = near
        self._bodies = bodies
        self._metric = metric
        self._neighbours = neighbours
        self._nearest = nearest
        self._exact = ExactDuplicates()
        self._lock = threading.Lock()

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """The digest of a prepared (d,) vector, and the vector itself.

        Raises:
            ContentUnreadable: it is no vector.
        """
        if not isinstance(content, np.ndarray) or content.ndim != 1:
            raise ContentUnreadable("the content is no vector; give a prepared array of one axis")
        # Zero has two signs; added to, they become one.
        row = (content + np.float32(0)).astype("<f4").tobytes()
        return Sketch((f"vector:{content_digest(row)}",), row if self._near else b"")

    def __len__(self) -> int:
        return len(self._exact)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the pool's next vectors."""
        with self._lock:
            for sketch in sketches:
                self._exact.add(sketch.digests)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a vector is a duplicate of: the identical ones, then the nearest."""
        with self._lock:
            holders, items = self._exact.holders(sketch.digests, MOST_EXACT), len(self._exact)
        exact = [Match(each, DuplicateKind.DUPLICATE, SAME_VECTOR) for each in holders]
        if not sketch.body or not items:
            return exact
        vector, surroundings = _row(sketch.body), self._surroundings(items)
        around = surroundings.of_vector(vector)
        if not around.reach[0]:
            return exact
        within = around.keys[0][around.spread[0] <= around.reach[0]].tolist()
        with self._lock:
            tried = [
                each
                for each in dict.fromkeys([*within, *nearest])
                if self._exact.level_of(sketch.digests, each) is None
            ]
        near = self._within_reach(tried, vector, float(around.reach[0]), surroundings)
        return exact + sorted(near, key=lambda match: (-match.evidence.similarity, match.position))

    def compared(self, sketch: Sketch, positions: Sequence[int]) -> list[Match]:
        """Those of some items that a vector is a duplicate of."""
        found = {match.position: match for match in self.matches(sketch, positions)}
        for position in positions:
            if position not in found and self.is_exact(sketch, position):
                found[position] = Match(position, DuplicateKind.DUPLICATE, SAME_VECTOR)
        return [found[position] for position in positions if position in found]

    def is_exact(self, sketch: Sketch, position: int) -> bool:
        """Whether a vector is identical to an item's."""
        with self._lock:
            return self._exact.level_of(sketch.digests, position) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second; None where they are no copies."""
        if self._are_exact(first, second):
            return Match(first, DuplicateKind.DUPLICATE, SAME_VECTOR)
        surroundings = self._surroundings(len(self))
        reach = self._reach([second], surroundings).get(second)
        if not reach:
            return None
        found = self._within_reach([first], self._rows([second])[0], reach, surroundings)
        return found[0] if found else None

    def groups(
        self, positions: Sequence[int], keep: Collection[int], on_progress: OnProgress
    ) -> list[FoundGroup]:
        """All groups of duplicates among some of the items, the most central one kept."""
        with self._lock:
            exact_duplicates, items = self._exact.exact_duplicates(positions), len(self._exact)
        first_of = {twin: first for first, members in exact_duplicates.items() for twin in members}
        reach: dict[int, float] = {}
        met: set[tuple[float, Pair]] = set()
        for some, around in self._surroundings(items).of_items(
            self._comparable(sorted(exact_duplicates), items)
        ):
            reach |= zip(some, around.reach.tolist(), strict=True)
            met |= _met(some, around, first_of)
            on_progress("looking up", len(reach), len(exact_duplicates))
        judge = VectorJudge(self._near_pair, self._are_exact, reach, first_of)
        return Grouping(exact_duplicates, keep, judge).found([pair for _, pair in sorted(met)], on_progress)

    def _surroundings(self, items: int) -> Surroundings:
        return Surroundings(items, self._rows, self._neighbours(), self._nearest, self._metric)

    def _comparable(self, positions: Sequence[int], items: int) -> list[int]:
        """Those of the positions that have a sketch with a body."""
        if not self._near:
            return []
        with self._lock:
            return [each for each in positions if 0 <= each < items and self._exact.knows(each)]

    def _are_exact(self, first: int, second: int) -> bool:
        with self._lock:
            return self._exact.level(first, second) is not None

    def _near_pair(self, first: int, second: int) -> NearPair:
        left, right = self._rows([first, second])
        return near_pair(left, right, self._metric)

    def _within_reach(
        self, positions: Sequence[int], vector: Vectors, reach: float, surroundings: Surroundings
    ) -> list[Match]:
        """Matches of those items that are within reach, and in whose reach the vector is."""
        theirs = self._reach(positions, surroundings)
        found = []
        for position, row in zip(theirs, self._rows(list(theirs)), strict=True):
            pair = near_pair(row, vector, self._metric)
            if pair.distance <= min(reach, theirs[position]):
                found.append(pair.match(position))
        return found

    def _reach(self, positions: Sequence[int], surroundings: Surroundings) -> dict[int, float]:
        """How near a duplicate of each item has to be, by position; of those that can be compared."""
        known = self._comparable(positions, surroundings.items)
        return {
            position: reach
            for some, around in surroundings.of_items(known)
            for position, reach in zip(some, around.reach.tolist(), strict=True)
            if reach
        }

    def _rows(self, positions: Sequence[int]) -> Vectors:
        rows = [_row(body) for body in self._bodies(positions)]
        if len({len(row) for row in rows}) > 1:
            raise _damaged(f"rows of {sorted({len(row) for row in rows})} numbers in one pool")
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)


def _met(some: Sequence[int], around: Around, first_of: Mapping[int, int]) -> set[tuple[float, Pair]]:
    """Pairs of which the second is within the first's reach, with their distance."""
    met = set()
    for row, column in np.argwhere(around.spread <= around.reach[:, None]).tolist():
        position = some[row]
        other = first_of.get(int(around.keys[row, column]), position)
        if other != position:
            met.add((float(around.spread[row, column]), (min(position, other), max(position, other))))
    return met


def _row(body: bytes) -> Vectors:
    if len(body) % 4:
        raise _damaged(f"{len(body)} bytes are no whole number of float32")
    return np.frombuffer(body, "<f4").astype(np.float32)


def _damaged(why: str) -> StorageCorrupt:
    return StorageCorrupt(f"a vector of the pool is damaged: {why}; restore the data directory from a backup")
