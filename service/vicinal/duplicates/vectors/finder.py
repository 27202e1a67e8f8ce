"""Copies among a pool's vectors, as it grows, by their distances alone."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from vicinal.core.copies import CopyKind, FoundGroup, Match, Sketch
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import Neighbours, RawContent, Vectors
from vicinal.core.similarity import Metric
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_VECTOR
from vicinal.duplicates.exact import ExactCopies
from vicinal.duplicates.grouping import Grouping
from vicinal.duplicates.joining import Pair
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.vectors.judging import NearPair, VectorJudge, near_pair
from vicinal.duplicates.vectors.surroundings import Around, Nearest, Surroundings

Bodies = Callable[[Sequence[int]], Sequence[bytes]]


class VectorCopyFinder:
    """The `CopyFinder` of pools of plain vectors: copies are as near as chance would hardly put two items.

    Args:
        bodies: rows of the pool, by position, as little-endian float32; empty for items without.
        neighbours: the neighbour lists of the pool's first rows; None while there are none.
        nearest: looks (n, d) vectors up among the pool's rows: so many nearest of each, by position.
        metric: of the pool.
        near: whether near copies are looked for; else sketches are digests alone.
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
        self._surroundings = Surroundings(self._rows, neighbours, nearest, metric)
        self._exact = ExactCopies()
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
        """The items that a vector is a copy of: the identical ones, then the nearest."""
        with self._lock:
            holders, items = self._exact.holders(sketch.digests), len(self._exact)
        exact = [Match(each, CopyKind.DUPLICATE, SAME_VECTOR) for each in holders]
        if not sketch.body or not items:
            return exact
        vector = _row(sketch.body)
        around = self._surroundings.of_vectors(vector[None], items)
        reach = float(self._surroundings.reach(around.spread, items)[0])
        within = [int(key) for key in around.keys[0][around.spread[0] <= reach] if 0 <= key < items]
        tried = dict.fromkeys([*within, *(each for each in nearest if 0 <= each < items)])
        others = sorted(each for each in tried if each not in holders)
        near = self._within_reach(others, vector, reach, items)
        return exact + sorted(near, key=lambda match: (-match.evidence.similarity, match.position))

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second; None where they are no copies."""
        with self._lock:
            is_exact, items = self._exact.level(first, second) is not None, len(self._exact)
        if is_exact:
            return Match(first, CopyKind.DUPLICATE, SAME_VECTOR)
        bodies = self._bodies([first, second])
        if not self._near or not all(bodies):
            return None
        reach = self._reach([second], items)[second]
        found = self._within_reach([first], _row(bodies[1]), reach, items)
        return found[0] if found else None

    def groups(
        self, positions: Sequence[int], keep: Collection[int], on_progress: OnProgress
    ) -> list[FoundGroup]:
        """All groups of copies among some of the items, the most central one kept."""
        with self._lock:
            twins, items = self._exact.twins(positions), len(self._exact)
        first_of = {twin: first for first, members in twins.items() for twin in members}
        reach: dict[int, float] = {}
        met: list[tuple[float, Pair]] = []
        done = 0
        for some, around in self._surroundings.of_items(sorted(twins) if self._near else [], items):
            reach |= zip(some, self._surroundings.reach(around.spread, items).tolist(), strict=True)
            met += _met(some, around, reach, first_of)
            done += len(some)
            on_progress("looking up", done, len(twins))
        pairs = [pair for _, pair in sorted(set(met))]
        judge = VectorJudge(self._near_pair, self._is_exact, reach, first_of)
        return Grouping(twins, keep, judge).found(pairs, on_progress)

    def _is_exact(self, first: int, second: int) -> bool:
        with self._lock:
            return self._exact.level(first, second) is not None

    def _near_pair(self, first: int, second: int) -> NearPair:
        left, right = self._rows([first, second])
        return near_pair(left, right, self._metric)

    def _within_reach(
        self, positions: Sequence[int], vector: Vectors, reach: float, items: int
    ) -> list[Match]:
        known = [each for each, body in zip(positions, self._bodies(positions), strict=True) if body]
        theirs = self._reach(known, items)
        found = []
        for position, row in zip(known, self._rows(known), strict=True):
            pair = near_pair(row, vector, self._metric)
            if pair.distance <= min(reach, theirs[position]):
                found.append(pair.match(position))
        return found

    def _reach(self, positions: Sequence[int], items: int) -> dict[int, float]:
        reach: dict[int, float] = {}
        for some, around in self._surroundings.of_items(positions, items):
            reach |= zip(some, self._surroundings.reach(around.spread, items).tolist(), strict=True)
        return reach

    def _rows(self, positions: Sequence[int]) -> Vectors:
        rows = [_row(body) for body in self._bodies(positions)]
        if len({len(row) for row in rows}) > 1:
            raise _damaged(f"rows of {sorted({len(row) for row in rows})} numbers in one pool")
        return np.stack(rows) if rows else np.empty((0, 0), dtype=np.float32)


def _met(
    some: Sequence[int], around: Around, reach: Mapping[int, float], first_of: Mapping[int, int]
) -> list[tuple[float, Pair]]:
    """Pairs of which the second is within the first's reach, with their distance."""
    met = []
    for position, keys, spread in zip(some, around.keys, around.spread, strict=True):
        within = spread <= reach[position]
        for key, distance in zip(keys[within].tolist(), spread[within].tolist(), strict=True):
            other = first_of.get(key, position)
            if other != position:
                met.append((distance, (min(position, other), max(position, other))))
    return met


def _row(body: bytes) -> Vectors:
    if len(body) % 4:
        raise _damaged(f"{len(body)} bytes are no whole number of float32")
    return np.frombuffer(body, "<f4").astype(np.float32)


def _damaged(why: str) -> StorageCorrupt:
    return StorageCorrupt(f"a vector of the pool is damaged: {why}; restore the data directory from a backup")
