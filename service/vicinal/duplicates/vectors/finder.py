"""Duplicates among a pool's vectors, as it grows, by their distances alone."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import (
    MOST_EXACT,
    Bodies,
    OnProgress,
    compute_duplicate_reach,
    convert_to_distances,
    measure_distance_growth,
)
from vicinal.core.errors import ContentUnreadable, StorageCorrupt
from vicinal.core.records import FoundGroup, Match, Neighbours, RawContent, Sketch
from vicinal.core.similarity import pair_similarity
from vicinal.duplicates.exact import SAME_VECTOR, ExactDuplicates, content_digest
from vicinal.duplicates.grouping import Grouping, Pair
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.pool_options import Metric

_KINDS = ("nearly identical vector",)

NEIGHBOURS = 20
_TOGETHER = 256

Nearest = Callable[[Vectors, int], Neighbours]


@dataclass(frozen=True)
class NearPair:
    """How near two vectors are.

    Attributes:
        similarity: under the pool's metric.
        distance: Euclidean, between the prepared vectors.
    """

    similarity: float
    distance: float

    def match(self, position: int) -> Match:
        """With the item at this position."""
        similarity = round(min(max(self.similarity, 0.0), 1.0), 6)
        return Match(position, DuplicateKind.DUPLICATE, DuplicateEvidence(similarity, kinds=_KINDS))


def near_pair(first: Vectors, second: Vectors, metric: Metric) -> NearPair:
    """How near two prepared (d,) vectors are."""
    similarity = pair_similarity(first[None], second[None], metric)
    return NearPair(float(similarity[0]), float(convert_to_distances(similarity, metric)[0]))


@dataclass(frozen=True, eq=False)
class VectorJudge:
    """Of the pairs of one search for groups.

    Attributes:
        near: how near two items are, by position.
        is_exact: whether two items are identical.
        reach: how near a duplicate of each item has to be, by the position of the first that is identical.
        first_of: that first one, by position.
    """

    near: Callable[[int, int], NearPair]
    is_exact: Callable[[int, int], bool]
    reach: Mapping[int, float]
    first_of: Mapping[int, int]

    def agrees(self, pair: Pair) -> bool:
        """Whether each is within the other's reach."""
        return self._agreeing(*pair) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second, identical ones among them."""
        if self.is_exact(first, second):
            return Match(first, DuplicateKind.DUPLICATE, SAME_VECTOR)
        found = self._agreeing(first, second)
        return None if found is None else found.match(first)

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The most central one, since nothing else distinguishes them."""
        del firsts, members
        return central

    def _agreeing(self, first: int, second: int) -> NearPair | None:
        reach = min(self.reach.get(self.first_of[each], 0.0) for each in (first, second))
        if not reach:
            return None
        found = self.near(first, second)
        return found if found.distance <= reach else None


@dataclass(frozen=True, eq=False)
class NearestRows:
    """The nearest rows of some vectors, and how near their duplicates have to be.

    Attributes:
        keys: (n, k) int64 positions, -1 where there are fewer.
        spread: (n, k) float64 distances, infinite where there are fewer.
        reach: (n,) float64, see `core.duplicates.compute_duplicate_reach`.
    """

    keys: NDArray[np.int64]
    spread: NDArray[np.float64]
    reach: NDArray[np.float64]


@dataclass(eq=False)
class PoolDistances:
    """What lies around a pool's rows, at one moment; made again for each search.

    Attributes:
        items: rows of the pool.
        rows: (n, d) vectors of positions.
        lists: of the pool's first rows, if there are any.
        nearest: looks vectors up.
        metric: of the pool.
    """

    items: int
    rows: Callable[[Sequence[int]], Vectors]
    lists: Neighbours | None
    nearest: Nearest
    metric: Metric
    _growth: dict[int, float] = field(default_factory=dict)

    def of_vector(self, vector: Vectors) -> NearestRows:
        """Around a (d,) vector from outside the pool."""
        return self._reaching(self.nearest(vector[None], min(NEIGHBOURS, self.items)))

    def of_items(self, positions: Sequence[int]) -> Iterator[tuple[Sequence[int], NearestRows]]:
        """Around some of the pool's rows, a part of them at a time."""
        for start in range(0, len(positions), _TOGETHER):
            some = positions[start : start + _TOGETHER]
            yield some, self._reaching(self._lists_of(some))

    def _reaching(self, found: Neighbours) -> NearestRows:
        keys, spread = found.keys.astype(np.int64), convert_to_distances(found.similarities, self.metric)
        unique, places = np.unique(keys, return_inverse=True)
        growth = self._growth_of(unique)[places].reshape(keys.shape)
        return NearestRows(keys, spread, compute_duplicate_reach(spread, growth, self.items, self.metric))

    def _growth_of(self, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n,) how fast distances grow around rows; NaN for the key -1."""
        unknown = [key for key in keys.tolist() if key >= 0 and key not in self._growth]
        for start in range(0, len(unknown), _TOGETHER):
            some = unknown[start : start + _TOGETHER]
            spread = convert_to_distances(self._lists_of(some).similarities, self.metric)
            self._growth.update(zip(some, measure_distance_growth(spread).tolist(), strict=True))
        return np.array([self._growth.get(key, np.nan) for key in keys.tolist()])

    def _lists_of(self, positions: Sequence[int]) -> Neighbours:
        """(n, k) the nearest other rows of each row."""
        wanted = max(min(NEIGHBOURS, self.items - 1), 0)
        keys = np.full((len(positions), wanted), -1, dtype=np.int64)
        similarities = np.full((len(positions), wanted), -np.inf, dtype=np.float32)
        at = np.asarray(positions, dtype=np.int64)
        listed = at < (0 if self.lists is None else len(self.lists.keys))
        for found, rows in (
            (self._listed(at[listed]), listed),
            (self._looked_up(at[~listed], wanted), ~listed),
        ):
            if found is not None:
                width = min(wanted, found.keys.shape[1])
                keys[rows, :width] = found.keys[:, :width]
                similarities[rows, :width] = found.similarities[:, :width]
        return Neighbours(keys, similarities)

    def _listed(self, positions: NDArray[np.int64]) -> Neighbours | None:
        if self.lists is None or not len(positions):
            return None
        return Neighbours(self.lists.keys[positions], self.lists.similarities[positions])

    def _looked_up(self, positions: NDArray[np.int64], wanted: int) -> Neighbours | None:
        if not len(positions):
            return None
        found = self.nearest(self.rows(positions.tolist()), wanted + 1)
        own = found.keys == positions[:, None]
        # Among many identical rows, the row itself may not be in its list.
        own[~own.any(axis=1), -1] = True
        shape = (len(positions), found.keys.shape[1] - 1)
        return Neighbours(found.keys[~own].reshape(shape), found.similarities[~own].reshape(shape))


class VectorDuplicateFinder:
    """The `DuplicateFinder` of pools of plain vectors: duplicates are nearer than chance puts two items.

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
        """The match of the first item with the second; None where they are no duplicates."""
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
        """All groups of duplicates among some of the items, the most central one as the representative."""
        with self._lock:
            exact_duplicates, items = self._exact.exact_duplicates(positions), len(self._exact)
        first_of = {member: first for first, members in exact_duplicates.items() for member in members}
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

    def _surroundings(self, items: int) -> PoolDistances:
        return PoolDistances(items, self._rows, self._neighbours(), self._nearest, self._metric)

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
        self, positions: Sequence[int], vector: Vectors, reach: float, surroundings: PoolDistances
    ) -> list[Match]:
        """Matches of those items that are within reach, and in whose reach the vector is."""
        theirs = self._reach(positions, surroundings)
        found = []
        for position, row in zip(theirs, self._rows(list(theirs)), strict=True):
            pair = near_pair(row, vector, self._metric)
            if pair.distance <= min(reach, theirs[position]):
                found.append(pair.match(position))
        return found

    def _reach(self, positions: Sequence[int], surroundings: PoolDistances) -> dict[int, float]:
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


def _met(some: Sequence[int], around: NearestRows, first_of: Mapping[int, int]) -> set[tuple[float, Pair]]:
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
