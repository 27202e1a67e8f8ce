"""ProbCover: the point whose ball holds most points that no labelled point's ball holds.

Source: O. Yehuda, A. Dekel, G. Hacohen and D. Weinshall, "Active Learning Through a Covering Lens", 2022,
arXiv 2205.11320: of the graph with an edge wherever two points are closer than delta, the point of the
largest out-degree is picked, and edges to the points it covers go. Delta is the largest at which 95% of the
balls are pure: all points in them are of one k-means cluster, of as many clusters as there are classes.

What differs: the number of classes is not known before labelling. There are as many clusters as labels have
classes, but no fewer than 10, the number of the smallest set in the paper (CIFAR-10); delta changes with it.
Delta is found exactly, from each point's distance to the nearest one of another cluster, not on a grid. Once
all points are covered, rows come by chance.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.evaluation.baselines.coverage import best, k_means, random_order, squared_distances, unlabelled

PURE_SHARE = 0.95
FEWEST_CLASSES = 10
# A multiple of 8: rows of the graph are kept as bits.
BLOCK_ROWS = 1024


class ProbCover:
    """Picks by the number of points newly covered; of equal numbers, the smaller row."""

    def __init__(
        self, vectors: Vectors, seed: int, _probabilities: Callable[[], NDArray[np.float64]]
    ) -> None:
        self._vectors = vectors
        self._seed = seed
        self._order = random_order(len(vectors), seed)
        self._classes = 0
        self._balls: Balls | None = None

    def pick(self, labelled: Mapping[int, str], size: int) -> list[int]:
        """As `Baseline.pick`."""
        balls = self._balls_for(max(FEWEST_CLASSES, len(set(labelled.values()))))
        degrees, is_covered = balls.cover(labelled)
        is_open = unlabelled(len(self._vectors), labelled)
        picks: list[int] = []
        for _ in range(min(size, int(is_open.sum()))):
            # Each point that is not covered has an edge to itself, at least.
            row = int(np.where(is_open, degrees, 0).argmax())
            if degrees[row] == 0:
                break
            picks.append(row)
            is_open[row] = False
            degrees, is_covered = balls.with_one_more(row, degrees, is_covered)
        return picks + best(np.zeros(len(is_open)), is_open, size - len(picks), self._order)

    def _balls_for(self, classes: int) -> "Balls":
        if self._balls is None or classes != self._classes:
            clusters = k_means(self._vectors, classes, self._seed)
            self._balls = Balls(self._vectors, pure_radius(self._vectors, clusters))
            self._classes = classes
        return self._balls


class Balls:
    """Which points lie in which ball, and how many of each ball are not covered yet.

    The graph takes a bit for each pair of points: 50 MB for 20,000.
    """

    def __init__(self, vectors: Vectors, squared_radius: float) -> None:
        self._count = len(vectors)
        self._bits = np.zeros((self._count, -(-self._count // 8)), dtype=np.uint8)
        for rows, columns, squares in _pairs_of_blocks(vectors):
            self._join(rows, columns, squares < squared_radius)
        self._all_degrees: NDArray[np.int64] = np.bitwise_count(self._bits).sum(axis=1, dtype=np.int64)
        self._seen: set[int] = set()
        self._degrees, self._is_covered = self._all_degrees, np.zeros(self._count, dtype=bool)

    def cover(self, labelled: Mapping[int, str]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The points of each ball that no labelled point's ball holds, counted, and whether each is covered.

        Returns:
            (N,) int64 and (N,) bool; not to be written to.
        """
        if not self._seen <= labelled.keys():
            self._seen = set()
            self._degrees, self._is_covered = self._all_degrees, np.zeros(self._count, dtype=bool)
        for row in sorted(labelled.keys() - self._seen):
            self._degrees, self._is_covered = self.with_one_more(row, self._degrees, self._is_covered)
            self._seen.add(row)
        return self._degrees, self._is_covered

    def with_one_more(
        self, row: int, degrees: NDArray[np.int64], is_covered: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """What `cover` would answer were this row labelled as well."""
        newly = np.flatnonzero(self.ball(row) & ~is_covered)
        degrees, is_covered = degrees.copy(), is_covered.copy()
        is_covered[newly] = True
        for start in range(0, len(newly), BLOCK_ROWS):
            of_them = np.unpackbits(self._bits[newly[start : start + BLOCK_ROWS]], axis=1, count=self._count)
            degrees -= of_them.sum(axis=0, dtype=np.int64)
        return degrees, is_covered

    def ball(self, row: int) -> NDArray[np.bool_]:
        """(N,) the points closer than the radius; the row itself always."""
        return np.unpackbits(self._bits[row], count=self._count).view(bool)

    def _join(self, rows: slice, columns: slice, is_near: NDArray[np.bool_]) -> None:
        # Both halves from one product, so that the graph is symmetric whatever the rounding.
        if rows == columns:
            is_near = is_near | is_near.T
            np.fill_diagonal(is_near, True)
        self._bits[rows, columns.start // 8 : -(-columns.stop // 8)] = np.packbits(is_near, axis=1)
        self._bits[columns, rows.start // 8 : -(-rows.stop // 8)] = np.packbits(is_near.T, axis=1)


def pure_radius(vectors: Vectors, clusters: NDArray[np.int64]) -> float:
    """The largest squared radius at which `PURE_SHARE` of the balls hold points of one cluster alone.

    A ball around x is pure up to the distance of the nearest point of another cluster: the radius is the
    value that so many of these distances reach. Infinite with one cluster.
    """
    to_others = np.full(len(vectors), np.inf, dtype=np.float32)
    for rows, columns, squares in _pairs_of_blocks(vectors):
        squares[clusters[rows, np.newaxis] == clusters[columns]] = np.inf
        to_others[rows] = np.minimum(to_others[rows], squares.min(axis=1))
        to_others[columns] = np.minimum(to_others[columns], squares.min(axis=0))
    impure = int((1 - PURE_SHARE) * len(vectors) + 1e-9)
    return float(np.sort(to_others)[impure])


def _pairs_of_blocks(vectors: Vectors) -> Iterator[tuple[slice, slice, Vectors]]:
    """Squared distances of every pair of rows, block by block; each pair of blocks once."""
    starts = range(0, len(vectors), BLOCK_ROWS)
    blocks = [slice(start, min(start + BLOCK_ROWS, len(vectors))) for start in starts]
    for number, rows in enumerate(blocks):
        for columns in blocks[number:]:
            yield rows, columns, squared_distances(vectors[rows], vectors[columns])
