"""Candidates for neighbours in large pools: inverted lists, searched by short int8 vectors."""

from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.parallel import release_pages
from vicinal.core.records import Neighbours
from vicinal.core.similarity import pair_similarity
from vicinal.index.kernels import (
    NO_KEY,
    NO_SIMILARITY,
    Rows,
    dot_products,
    keep_nearest,
    rank_neighbours,
    second_neighbours,
    squared_distances,
)
from vicinal.index.threads import faiss_threads, run_blocks
from vicinal.records.pool_options import Metric

# Of vectors that are copied out of the pool at a time.
_GATHERED_BYTES = 1 << 19

LISTS_PER_ROOT = 4
"""Clusters in units of sqrt(N): many small ones follow the pool's shape better than few large ones."""
# Of k-means.
_TRAINING_ROWS_PER_LIST = 32
_TRAINING_ROUNDS = 8
_QUERIES_AT_A_TIME = 256
# Many more rows than a cluster has, unless they are duplicates of one another.
_MOST_ROWS = 8192

MOST_DIRECTIONS = 128
"""Of a projection: the coordinates of a quantised vector."""
# Of the subspace iteration that finds them.
_FIT_ROWS = 4096
_FIT_ROUNDS = 4
_PROJECTED_ROWS = 256
# Squares of what is within, and sums of many of them, are within the range of float32.
_LIMIT = 1e16

# Of an int8 coordinate.
_LARGEST = 127
# So large a part of the coordinates is within the scale; the rest is cut to it.
_WITHIN_SCALE = 0.999

SEARCHED_ROWS = 8192
"""Rows of the nearest clusters that an item is compared with."""

# So many times as many rows, and projection and clusters are made again.
_GROWTH_BEFORE_FITTING = 2.0
_BLOCK_ROWS = 1024
_PIECE_ROWS = 256


@dataclass(frozen=True)
class Candidates:
    """Rows that may be the nearest to some rows of a pool.

    Attributes:
        rows: (n,) whose neighbours are sought.
        keys: (n, m) each at most once, and never the row itself; -1 where there is none.
        near: (n, m) larger is nearer, right to rounding: the dot product (cosine), or minus the squared
            distance; -inf where there is none.
    """

    rows: Rows
    keys: Rows
    near: NDArray[np.float32]


def compare_candidates(pool: Vectors, rows: Rows, keys: Rows, metric: Metric) -> Candidates:
    """Compares each of (n,) rows with its (n, m) candidates, which may come twice or be the row itself."""
    ordered = np.sort(keys, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = NO_KEY
    ordered[ordered == rows[:, np.newaxis]] = NO_KEY
    return Candidates(rows, ordered, nearness(pool, rows, ordered, metric))


def nearness(pool: Vectors, rows: Rows, keys: Rows, metric: Metric) -> NDArray[np.float32]:
    """`Candidates.near` of (n, m) keys."""
    if metric is Metric.COSINE:
        return dot_products(pool, rows, keys)
    found: NDArray[np.float32] = -squared_distances(pool, rows, keys)
    return found


def select_nearest(pool: Vectors, candidates: Candidates, count: int, metric: Metric) -> Neighbours:
    """The `count` nearest of each row's candidates, with exact similarities; equal ones by smaller key."""
    keys = candidates.keys
    if keys.shape[1] > count:
        best = np.argpartition(-candidates.near, count - 1, axis=1)[:, :count]
        keys = np.take_along_axis(keys, best, axis=1)
    exact = exact_similarities(pool, np.repeat(candidates.rows, keys.shape[1]), keys.ravel(), metric)
    return rank_neighbours(keys, exact.reshape(keys.shape), count)


def exact_similarities(pool: Vectors, rows: Rows, others: Rows, metric: Metric) -> NDArray[np.float32]:
    """(n,) similarity of each pair of rows, as `pair_similarity` has it; -inf where the other is -1."""
    found = np.empty(len(rows), dtype=np.float32)
    step = max(1, _GATHERED_BYTES // (4 * pool.shape[1]))
    for start in range(0, len(rows), step):
        here = slice(start, start + step)
        found[here] = pair_similarity(pool[rows[here]], pool[others[here]], metric)
    found[others == NO_KEY] = NO_SIMILARITY
    return found


def count_lists(rows: int) -> int:
    """How many clusters a pool is divided into.

    >>> count_lists(100_000)
    1264
    """
    return LISTS_PER_ROOT * isqrt(rows)


def rows_to_train(rows: int) -> NDArray[np.int64]:
    """Numbers of the rows that the clusters of a pool are trained on, ascending."""
    chosen = np.random.default_rng(0).permutation(rows)[: count_lists(rows) * _TRAINING_ROWS_PER_LIST]
    return np.sort(chosen)


class CoarseQuantiser:
    """k-means clusters of the rows' coordinates in a `Projection`.

    Args:
        sample: (n, r) coordinates to train the clusters on, n at least 1.
        count: of clusters; no more than there are rows in the sample.
        threads: for FAISS.

    Attributes:
        list_of_row: (N,) number of the cluster that each row is in; none at first.

    Source: Sivic and Zisserman, Video Google, ICCV 2003 (search among the clusters nearest to a query).
    """

    def __init__(self, sample: Vectors, count: int, threads: int) -> None:
        self._centres = _trained(sample, min(count, len(sample)), threads)
        # Short numbers, which numpy sorts in one pass.
        self.list_of_row = np.empty(0, dtype=np.uint16 if len(self._centres) < 2**16 else np.int32)

    def __len__(self) -> int:
        return len(self._centres)

    def add(self, lists: NDArray[np.int32]) -> None:
        """Takes in (n,) rows that were added to the pool, each into the cluster that is `nearest` to it."""
        self.list_of_row = np.concatenate(
            (self.list_of_row, lists), dtype=self.list_of_row.dtype, casting="unsafe"
        )
        # Stable: rows of a cluster stay in their order.
        self._rows = np.argsort(self.list_of_row, kind="stable").astype(np.int32)
        self._sizes = np.bincount(self.list_of_row, minlength=len(self))
        self._ends = np.cumsum(self._sizes)

    def in_order(self, rows: Rows) -> Rows:
        """The same rows, those of one cluster together."""
        return rows[np.argsort(self.list_of_row[rows], kind="stable")]

    def rows_of(self, list_number: int) -> Rows:
        """The rows of a cluster; of a very large one, every second, third ... row."""
        rows = self._rows[self._ends[list_number] - self._sizes[list_number] : self._ends[list_number]]
        return rows[:: len(rows) // _MOST_ROWS + 1]

    def nearest(self, queries: Vectors, count: int) -> NDArray[np.int32]:
        """(n, count) the clusters nearest to each of (n, r) coordinates, in no order."""
        lists = np.empty((len(queries), count), dtype=np.int32)
        halves = np.vecdot(self._centres, self._centres) / 2
        for start in range(0, len(queries), _QUERIES_AT_A_TIME):
            here = slice(start, start + _QUERIES_AT_A_TIME)
            near = queries[here] @ self._centres.T
            near -= halves
            lists[here] = np.argpartition(near, len(self) - count, axis=1)[:, len(self) - count :]
        return lists


def _trained(sample: Vectors, count: int, threads: int) -> Vectors:
    clustering = faiss.Clustering(sample.shape[1], count)
    clustering.niter = _TRAINING_ROUNDS
    clustering.min_points_per_centroid = 1
    clustering.max_points_per_centroid = len(sample)
    with faiss_threads(threads):
        clustering.train(np.ascontiguousarray(sample), faiss.IndexFlatL2(sample.shape[1]))
    centres: Vectors = faiss.vector_to_array(clustering.centroids).reshape(-1, sample.shape[1])
    return centres


@dataclass(frozen=True)
class Projection:
    """Onto the leading principal directions of a sample of the pool.

    Estimates how near y is to x, but for a part that depends on x alone, by c(x).c(y) + b(y): with
    c(x) = V'(x - m); b(y) = m.y for cosine, -|y - m|^2 / 2 for Euclidean. Right where the parts of x and y
    that lie outside the directions are orthogonal, as those of unlike items nearly are.

    Attributes:
        metric: of the vectors.
        mean: (d,) float32, m.
        directions: (d, r) float32 with orthonormal columns, V.
    """

    metric: Metric
    mean: Vectors
    directions: Vectors

    def shortened(self, vectors: Vectors) -> Vectors:
        """(n, r + 1) c, and b behind it, of each of (n, d) prepared vectors."""
        short = np.empty((len(vectors), self.directions.shape[1] + 1), dtype=np.float32)
        for start in range(0, len(vectors), _PROJECTED_ROWS):
            here = slice(start, start + _PROJECTED_ROWS)
            centred = _within_range(vectors[here] - self.mean)
            short[here, :-1] = centred @ self.directions
            if self.metric is Metric.COSINE:
                short[here, -1] = vectors[here] @ self.mean
            else:
                short[here, -1] = np.vecdot(centred, centred) / -2
        return short


def fitted(pool: Vectors, metric: Metric) -> Projection:
    """A projection that fits the pool.

    Args:
        pool: (N, d) prepared vectors, N at least 1.
        metric: of the pool.

    Source: N. Halko et al., Finding Structure with Randomness, SIAM Review 2011 (subspace iteration).
    """
    rows = np.unique(np.linspace(0, len(pool) - 1, _FIT_ROWS).astype(np.int64))
    sample = pool[rows]
    mean: Vectors = sample.mean(axis=0, dtype=np.float64).astype(np.float32)
    dimension = pool.shape[1]
    width = min(dimension, MOST_DIRECTIONS)
    if width == dimension:
        return Projection(metric, mean, np.eye(dimension, dtype=np.float32))
    sample -= mean
    centred = _within_range(sample)
    directions: NDArray[np.float32] = np.random.default_rng(0).standard_normal((dimension, width), np.float32)
    for _ in range(_FIT_ROUNDS):
        directions, _ = np.linalg.qr(centred.T @ (centred @ directions))
    return Projection(metric, mean, np.ascontiguousarray(directions))


def _within_range(centred: Vectors) -> Vectors:
    return np.clip(centred, -_LIMIT, _LIMIT, out=centred)


def fitting_scale(sample: Vectors) -> NDArray[np.float32]:
    """(r,) what a step of one is worth along each direction, by (n, r) coordinates of a sample."""
    # One direction after the other: all at once would copy the sample.
    reach = np.array([np.quantile(np.abs(along), _WITHIN_SCALE) for along in sample.T], dtype=np.float32)
    scale: NDArray[np.float32] = np.maximum(reach / np.float32(_LARGEST), np.finfo(np.float32).tiny)
    return scale


class ScalarQuantiser:
    """Coordinates and offsets of a `Projection`, the former as whole numbers of steps, -127 to 127.

    A step is small compared with the distances of neighbours: one byte is enough to find candidates.

    Args:
        rows: N.
        scale: (r,) what a step is worth.
    """

    def __init__(self, rows: int, scale: NDArray[np.float32]) -> None:
        self._scale = scale
        self._steps = np.zeros((rows, len(scale)), dtype=np.int8)
        self._offsets = np.zeros(rows, dtype=np.float32)

    def put(self, start: int, short: Vectors) -> None:
        """Takes (n, r + 1) coordinates and offsets for the rows from `start` on."""
        here = slice(start, start + len(short))
        steps = np.rint(short[:, :-1] / self._scale)
        self._steps[here] = np.clip(steps, -_LARGEST, _LARGEST, out=steps)
        self._offsets[here] = short[:, -1]

    def weighted(self, coordinates: Vectors) -> Vectors:
        """(n, r) coordinates in the form that `nearness` takes."""
        return coordinates * self._scale

    def nearness(self, weighted: Vectors, rows: Rows) -> NDArray[np.float32]:
        """(n, m) how near m rows seem to n queries."""
        near = weighted @ self._steps[rows].astype(np.float32).T
        near += self._offsets[rows]
        return near

    def second_neighbours(self, keys: Rows, rows: Rows, count: int) -> Rows:
        """See `kernels.second_neighbours`."""
        return second_neighbours(keys, rows, self._steps, self._scale**2, self._offsets, count)


@dataclass
class _Fit:
    """What stays from one search to the next.

    Attributes:
        rows: of the pool that projection and clusters were fitted to.
    """

    projection: Projection
    quantiser: CoarseQuantiser
    scale: NDArray[np.float32]
    rows: int


class InvertedFileSearch:
    """Compares an item with the rows of the k-means clusters nearest to it, by int8 quantised vectors.

    Cluster by cluster, by a matrix product with all items of a block that look into the cluster. Projection
    and clusters are made again each time the pool has doubled. The quantised vectors are not kept between
    searches.

    Args:
        metric: of the pool.
        threads: for FAISS.
    """

    def __init__(self, metric: Metric, threads: int) -> None:
        self._metric = metric
        self._threads = threads
        self._fit: _Fit | None = None
        self._pool: Vectors | None = None
        self._quantised: ScalarQuantiser | None = None

    @property
    def description(self) -> str:
        """What it searches by."""
        if self._fit is None:
            return "clusters not needed yet"
        clusters, directions = len(self._fit.quantiser), self._fit.projection.directions.shape[1]
        return f"{clusters} clusters by {directions} directions, {SEARCHED_ROWS} rows searched"

    def begin(self, pool: Vectors, for_many: bool) -> None:
        """Takes in the rows that were added to the pool since the last time; ends with `end`.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
            for_many: make int8 quantised vectors; without it, the vectors themselves are compared, which is
                faster for some tens of rows.
        """
        self._pool = pool
        if self._fit is None or len(pool) >= _GROWTH_BEFORE_FITTING * self._fit.rows:
            self._fit = _fitted(pool, self._metric, self._threads)
        seen = len(self._fit.quantiser.list_of_row)
        if for_many:
            self._quantised = ScalarQuantiser(len(pool), self._fit.scale)
        start = 0 if for_many else seen
        self._fit.quantiser.add(self._assign_lists(start)[seen - start :])

    def end(self) -> None:
        """Releases what was needed for searching only."""
        self._pool = self._quantised = None

    def blocks(self, rows: Rows) -> list[Rows]:
        """Those rows in blocks to work on: rows that lie together read the same vectors."""
        ordered = self._begun[0].quantiser.in_order(rows)
        return [ordered[start : start + _BLOCK_ROWS] for start in range(0, len(rows), _BLOCK_ROWS)]

    def candidates(self, rows: Rows, count: int) -> Rows:
        """Rows that seem nearest to each of a block of rows.

        Args:
            rows: (n,) n at least 1.
            count: 1 or more.

        Returns:
            (n, count), -1 where there are fewer; the row itself is among them as a rule.
        """
        fit, pool = self._begun
        coordinates = _coordinates(fit.projection, pool, rows)
        probed = fit.quantiser.nearest(coordinates, self._probes)
        queries = coordinates if self._quantised is None else self._quantised.weighted(coordinates)
        near = np.full((len(rows), count), -np.inf, dtype=np.float32)
        keys = np.full((len(rows), count), -1, dtype=np.int32)
        by_list = np.argsort(probed, axis=None, kind="stable")
        lists = probed.ravel()[by_list]
        places = by_list // self._probes
        bounds = [0, *np.flatnonzero(lists[1:] != lists[:-1]) + 1, len(lists)]
        for start, end in pairwise(bounds):
            here = places[start:end]
            for members in _pieces(fit.quantiser.rows_of(int(lists[start]))):
                nearness_here = self._nearness(rows[here], queries[here], members)
                keep_nearest(nearness_here, here, members, near, keys)
        return keys

    def second_candidates(self, rows: Rows, keys: Rows, count: int) -> Rows:
        """Neighbours of neighbours that seem nearest to each of the rows; see `kernels.second_neighbours`."""
        if self._quantised is None:
            raise ValueError("begin a search for many rows first")
        return self._quantised.second_neighbours(keys, rows, count)

    def _assign_lists(self, start: int) -> NDArray[np.int32]:
        """The cluster of each row from `start` on; quantises those rows if vectors are quantised."""
        fit, pool = self._begun
        lists = np.empty(len(pool) - start, dtype=np.int32)

        def settle(block: int) -> None:
            short = fit.projection.shortened(pool[block : block + _BLOCK_ROWS])
            if self._quantised is not None:
                self._quantised.put(block, short)
            here = slice(block - start, block - start + _BLOCK_ROWS)
            lists[here] = fit.quantiser.nearest(short[:, :-1], 1)[:, 0]

        blocks = range(start, len(pool), _BLOCK_ROWS)
        run_blocks(settle, blocks, self._threads, lambda _: release_pages(pool))
        return lists

    def _nearness(self, rows: Rows, queries: Vectors, members: Rows) -> NDArray[np.float32]:
        if self._quantised is not None:
            return self._quantised.nearness(queries, members)
        _, pool = self._begun
        return nearness(pool, rows, np.tile(members, (len(rows), 1)), self._metric)

    @property
    def _probes(self) -> int:
        """So many clusters hold about as many rows as are to be searched."""
        fit, pool = self._begun
        return min(len(fit.quantiser), 1 + SEARCHED_ROWS * len(fit.quantiser) // len(pool))

    @property
    def _begun(self) -> tuple[_Fit, Vectors]:
        if self._fit is None or self._pool is None:
            raise ValueError("begin first")
        return self._fit, self._pool


def _fitted(pool: Vectors, metric: Metric, threads: int) -> _Fit:
    projection = fitted(pool, metric)
    rows = rows_to_train(len(pool))
    sample = _coordinates(projection, pool, rows)
    release_pages(pool)
    quantiser = CoarseQuantiser(sample, count_lists(len(pool)), threads)
    return _Fit(projection, quantiser, fitting_scale(sample), len(pool))


def _coordinates(projection: Projection, pool: Vectors, rows: Rows | NDArray[np.int64]) -> Vectors:
    """(n, r) coordinates of some rows of a pool."""
    coordinates = np.empty((len(rows), projection.directions.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _PIECE_ROWS):
        here = slice(start, start + _PIECE_ROWS)
        coordinates[here] = projection.shortened(pool[rows[here]])[:, :-1]
    return coordinates


def _pieces(members: Rows) -> list[Rows]:
    return [members[start : start + _PIECE_ROWS] for start in range(0, len(members), _PIECE_ROWS)]
