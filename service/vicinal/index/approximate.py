"""Neighbour lists of pools that are too large to compare all with all, and their recall."""

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.parallel import release_pages
from vicinal.core.records import Neighbours
from vicinal.index.exact import FAISS_METRICS
from vicinal.index.ivf import (
    Candidates,
    InvertedFileSearch,
    compare_candidates,
    exact_similarities,
    select_nearest,
)
from vicinal.index.kernels import Rows, convert_to_similarities, make_empty_lists, merge_better, stack_lists
from vicinal.index.threads import Report, faiss_threads, run_blocks, single_products
from vicinal.records.pool_options import Metric

# More than what `nearness` is wrong by.
_ROUNDING = 1e-5

SAMPLED_ROWS = 200
"""Whose neighbours are searched exactly to estimate recall, in so many rows of the pool at a time."""
_ROWS_AT_A_TIME = 16_384
# Similarities that differ by less are taken for equal: matrix products round.
_TIE = 1e-5

CANDIDATES = 64
"""Rows that are nearest by int8 quantised vectors, and are then compared by the vectors themselves."""

SECOND_CANDIDATES = 32
"""Neighbours of neighbours, likewise, in a round of refinement."""

REVERSE_UPDATES = 256
"""So many near rows of a new row may take it as a neighbour."""

TARGET_RECALL = 0.97
MOST_ROUNDS = 3

# All lists are made again when more than this part of the pool is new.
_REBUILT_GROWTH = 0.3
# Recall is estimated again when at least this part of the pool is new.
_MEASURED_GROWTH = 0.1
# So few rows are searched for without preparation.
_FEW_ROWS = 64
# How far a build is when the clusters are there, and when all lists are there but not yet refined.
_CLUSTERS_DONE, _LISTS_DONE = 0.1, 0.8


@dataclass(frozen=True)
class ReverseUpdates:
    """New rows that become neighbours of earlier rows, one in each place.

    Attributes:
        rows: (n,) the earlier row.
        keys: (n,) the new row.
        similarities: (n,) of the two, above that of the row's farthest neighbour.
    """

    rows: Rows
    keys: Rows
    similarities: NDArray[np.float32]


def find_reverse_updates(
    pool: Vectors, candidates: Candidates, floors: NDArray[np.float32], metric: Metric
) -> ReverseUpdates:
    """Finds those candidates of new rows that were seen before and that the new row is near enough to.

    Args:
        pool: (N, d) prepared vectors.
        candidates: of new rows.
        floors: similarity of the farthest neighbour of each row seen before.
        metric: of the pool.
    """
    seen_before = (candidates.keys >= 0) & (candidates.keys < len(floors))
    place, column = np.nonzero(seen_before)
    rows, keys, near = candidates.keys[place, column], candidates.rows[place], candidates.near[place, column]
    rough = near if metric is Metric.COSINE else convert_to_similarities(-near, metric)
    near_enough = rough > floors[rows] - _ROUNDING
    rows, keys = rows[near_enough], keys[near_enough]
    similarities = exact_similarities(pool, keys, rows, metric)
    nearer = similarities > floors[rows]
    return ReverseUpdates(rows[nearer], keys[nearer], similarities[nearer])


def apply_reverse_updates(lists: Neighbours, updates: Sequence[ReverseUpdates]) -> None:
    """Puts the best updates into the lists, in place; their order does not matter."""
    rows = np.concatenate([some.rows for some in updates])
    if len(rows) == 0:
        return
    keys = np.concatenate([some.keys for some in updates])
    similarities = np.concatenate([some.similarities for some in updates])
    order = np.lexsort((keys, -similarities, rows))
    touched, first, of_touched = np.unique(rows[order], return_index=True, return_inverse=True)
    place = np.arange(len(order)) - first[of_touched]
    kept = place < lists.keys.shape[1]
    best = make_empty_lists(len(touched), lists.keys.shape[1], np.int32)
    best.keys[of_touched[kept], place[kept]] = keys[order][kept]
    best.similarities[of_touched[kept], place[kept]] = similarities[order][kept]
    merge_better(lists, touched, best)


def estimated_recall(pool: Vectors, lists: Neighbours, metric: Metric, threads: int) -> float:
    """The mean part of the K nearest others that lists hold, on a fixed sample, by exact search.

    A neighbour counts if it is as near as the K-th nearest: of equally near ones any will do.

    Args:
        pool: (N, d) prepared vectors, N at least 2.
        lists: (N, K) of all rows.
        metric: of the pool.
        threads: for FAISS.

    Returns:
        0 to 1.
    """
    rows = np.sort(np.random.default_rng(0).permutation(len(pool))[:SAMPLED_ROWS])
    count = min(lists.keys.shape[1], len(pool) - 1)
    similarities, found = _nearest(pool, rows, count + 1, metric, threads)
    own = found == rows[:, np.newaxis]
    # A row that has more duplicates than places may not find itself; then the last one found is one too many.
    own[~own.any(axis=1), -1] = True
    farthest = similarities[~own].reshape(len(rows), count)[:, -1]
    is_near = lists.similarities[rows, :count] >= farthest[:, np.newaxis] - _TIE
    return float(is_near.mean())


def _nearest(
    pool: Vectors, rows: NDArray[np.int64], count: int, metric: Metric, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, count) similarities and numbers of the rows nearest to each of some rows, nearest first."""
    queries = pool[rows]
    near, found = [], []
    for start in range(0, len(pool), _ROWS_AT_A_TIME):
        part = pool[start : start + _ROWS_AT_A_TIME]
        with faiss_threads(threads):
            scores, keys = faiss.knn(queries, part, min(count, len(part)), metric=FAISS_METRICS[metric])
        near.append(convert_to_similarities(scores, metric))
        found.append(keys + start)
        release_pages(pool)
    similarities, numbers = np.concatenate(near, axis=1), np.concatenate(found, axis=1)
    order = np.argsort(-similarities, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(similarities, order, axis=1), np.take_along_axis(numbers, order, axis=1)


class InvertedFileLists:
    """Makes lists by `InvertedFileSearch`, and refines them while their estimated recall is below 0.97.

    A round of refinement compares each row with its neighbours' neighbours; there are three at most.

    Args:
        metric: of the pool.
        threads: for blocks of rows and FAISS.

    Source: W. Dong et al., Efficient K-Nearest Neighbor Graph Construction, WWW 2011 (refinement).
    """

    def __init__(self, metric: Metric, threads: int) -> None:
        self._metric = metric
        self._threads = threads
        self._search = InvertedFileSearch(metric, threads)
        self._rounds = 0
        self.recall = 1.0

    @property
    def description(self) -> str:
        """What the lists were made with."""
        return f"{self._search.description}, {CANDIDATES} compared, {self._rounds} refinements"

    def measure(self, pool: Vectors, lists: Neighbours) -> None:
        """Estimates the recall of all rows' lists."""
        self.recall = estimated_recall(pool, lists, self._metric, self._threads)

    def grown(self, pool: Vectors, known: Neighbours, report: Report) -> Neighbours:
        """The lists of all rows of a pool, from those of its first rows.

        Args:
            pool: (N, d) prepared vectors.
            known: (n, K) lists of the first n.
            report: called with the part that is done, 0 to 1.

        Returns:
            (N, K).
        """
        report = _releasing(pool, report)
        added = len(pool) - len(known.keys)
        is_rebuilt = added > _REBUILT_GROWTH * len(pool)
        is_measured = added >= _MEASURED_GROWTH * len(pool)
        try:
            with single_products():
                self._search.begin(pool, for_many=is_measured or added > _FEW_ROWS)
            report(_CLUSTERS_DONE)
            make = self._made if is_rebuilt else self._joined
            lists = make(pool, known, _part(report, _CLUSTERS_DONE, _LISTS_DONE))
            if is_measured:
                self._refine(pool, lists, report)
            return lists
        finally:
            self._search.end()

    def _made(self, pool: Vectors, known: Neighbours, report: Report) -> Neighbours:
        """Searches for all rows; known rows keep their lists if nothing nearer is found."""
        seen, count = known.keys.shape
        lists = stack_lists(known, make_empty_lists(len(pool) - seen, count))

        def search(rows: Rows) -> None:
            keys = self._search.candidates(rows, CANDIDATES)
            if seen:
                keys = np.concatenate((keys, lists.keys[rows]), axis=1, dtype=np.int32)
            self._put(pool, compare_candidates(pool, rows, keys, self._metric), lists)

        run_blocks(search, self._search.blocks(_rows(0, len(pool))), self._threads, report)
        return lists

    def _joined(self, pool: Vectors, known: Neighbours, report: Report) -> Neighbours:
        """Searches for the new rows, and puts them into the lists of the rows that they find."""
        seen = len(known.keys)
        lists = stack_lists(known, make_empty_lists(len(pool) - seen, known.keys.shape[1]))
        floors = known.similarities[:, -1]
        updates: list[ReverseUpdates] = []

        def search(rows: Rows) -> None:
            candidates = compare_candidates(
                pool, rows, self._search.candidates(rows, REVERSE_UPDATES), self._metric
            )
            self._put(pool, candidates, lists)
            updates.append(find_reverse_updates(pool, candidates, floors, self._metric))

        run_blocks(search, self._search.blocks(_rows(seen, len(pool))), self._threads, report)
        apply_reverse_updates(lists, updates)
        return lists

    def _refine(self, pool: Vectors, lists: Neighbours, report: Report) -> None:
        self.measure(pool, lists)
        self._rounds = 0
        while self.recall < TARGET_RECALL and self._rounds < MOST_ROUNDS:
            start = _LISTS_DONE + (1 - _LISTS_DONE) * self._rounds / MOST_ROUNDS
            self._compare_second(pool, lists, _part(report, start, start + (1 - _LISTS_DONE) / MOST_ROUNDS))
            self._rounds += 1
            self.measure(pool, lists)

    def _compare_second(self, pool: Vectors, lists: Neighbours, report: Report) -> None:
        before = lists.keys.astype(np.int32)

        def search(rows: Rows) -> None:
            second = self._search.second_candidates(rows, before, SECOND_CANDIDATES)
            keys = np.concatenate((before[rows], second), axis=1)
            self._put(pool, compare_candidates(pool, rows, keys, self._metric), lists)

        run_blocks(search, self._search.blocks(_rows(0, len(pool))), self._threads, report)

    def _put(self, pool: Vectors, candidates: Candidates, lists: Neighbours) -> None:
        found = select_nearest(pool, candidates, lists.keys.shape[1], self._metric)
        lists.keys[candidates.rows], lists.similarities[candidates.rows] = found.keys, found.similarities


def _releasing(pool: Vectors, report: Report) -> Report:
    """Reports, and releases the pool's pages: the next block needs few of those of the last one."""

    def release_and_report(done: float) -> None:
        release_pages(pool)
        report(done)

    return release_and_report


def _rows(start: int, end: int) -> Rows:
    return np.arange(start, end, dtype=np.int32)


def _part(report: Report, start: float, end: float) -> Report:
    return lambda done: report(start + (end - start) * done)
