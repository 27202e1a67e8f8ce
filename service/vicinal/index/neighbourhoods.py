"""Each pool item's nearest other pool items, kept up as the pool grows."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.ports import Neighbours, Vectors
from vicinal.core.similarity import Metric, similarity_to
from vicinal.index.exact import SPARE_CANDIDATES, nearest
from vicinal.index.inverted_file import InvertedFile
from vicinal.index.ranking import NO_KEY, NO_SIMILARITY, no_neighbours, ranked

EXACT_ROWS = 20_000
"""Up to so many rows all are compared with all: some seconds at 1280 dimensions."""

OFFERS = 256
"""To so many near rows of a large pool a new row is offered as a neighbour."""

BLOCK_ROWS = 8192
"""New rows of a large pool that are searched for at a time."""


class PoolNeighbourhoods:
    """`Neighbourhoods` by FAISS.

    Up to `exact_rows` rows the lists are exact, and the same however the pool was cut into calls. Above,
    new rows are compared with the rows of their cells in an inverted file only: in clustered pools about
    99 of 100 neighbours are the true ones. Similarities are always exact.

    Args:
        metric: of the pool's vectors.
        count: K, the neighbours kept of each item.
        threads: for FAISS.
        exact_rows: the largest pool that is compared all with all.
    """

    def __init__(
        self, metric: Metric, count: int = 20, *, threads: int = 1, exact_rows: int = EXACT_ROWS
    ) -> None:
        self._metric = metric
        self._threads = threads
        self._exact_rows = exact_rows
        self._neighbours = no_neighbours(0, count)
        self._inverted_file = InvertedFile(metric, threads)

    @property
    def neighbours(self) -> Neighbours:
        """(N, K), keys are pool positions; an item is never its own neighbour."""
        return self._neighbours

    @property
    def progress(self) -> float:
        """How far a `grow` that runs in another thread has come, 0 to 1."""
        return 0.0

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        """Takes lists in that were built before, instead of building them; must come before any `grow`."""
        self._neighbours = neighbours
        if len(pool) > self._exact_rows:
            self._inverted_file.grow(pool)

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Adding many rows at once costs less than adding them one by one.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        seen = len(self._neighbours.keys)
        if len(pool) < seen:
            raise ValueError(f"the pool shrank from {seen} to {len(pool)} rows")
        if len(pool) == seen:
            return
        if len(pool) <= self._exact_rows:
            self._neighbours = self._compared_with_all(pool, seen)
        else:
            self._inverted_file.grow(pool)
            self._neighbours = self._compared_with_cells(pool, seen)

    def _compared_with_all(self, pool: Vectors, seen: int) -> Neighbours:
        count, known = self._neighbours.keys.shape[1], self._neighbours
        around = nearest(pool, pool[seen:], count + 1, self._metric, threads=self._threads)
        added = _without(around, np.arange(seen, len(pool)), count)
        offered = nearest(
            pool[seen:],
            pool[:seen],
            count,
            self._metric,
            floors=known.similarities[:, -1],
            threads=self._threads,
        )
        keys = np.where(offered.keys == NO_KEY, NO_KEY, offered.keys + seen)
        return _joined(known, Neighbours(keys, offered.similarities), added)

    def _compared_with_cells(self, pool: Vectors, seen: int) -> Neighbours:
        count, known = self._neighbours.keys.shape[1], self._neighbours
        offers = _Offers(known, len(pool))
        added = no_neighbours(len(pool) - seen, count)
        candidates = count + 1 + SPARE_CANDIDATES
        # Without rows seen before there is nobody to make offers to.
        width = max(OFFERS, candidates) if seen else candidates
        for start in range(seen, len(pool), BLOCK_ROWS):
            rows, similarities = self._inverted_file.search(pool[start : start + BLOCK_ROWS], width)
            near = offers.worth_making(rows, similarities)
            near[:, :candidates] = True
            near &= rows != NO_KEY
            for place, key in enumerate(range(start, start + len(rows))):
                others = rows[place, near[place] & (rows[place] != key)]
                exact = similarity_to(pool[others], pool[key], self._metric)
                offers.make(others, key, exact)
                best = ranked(others[None, :], exact[None, :], count)
                added.keys[key - seen], added.similarities[key - seen] = best.keys[0], best.similarities[0]
        return _joined(known, offers.taken(), added)


class _Offers:
    """New rows that may be neighbours of rows seen before.

    Args:
        known: the lists of the rows seen before.
        pool_rows: N, new rows included; those take no offers.
    """

    def __init__(self, known: Neighbours, pool_rows: int) -> None:
        self._shape = known.keys.shape
        self._floors = np.full(pool_rows, np.inf, dtype=np.float32)
        self._floors[: len(known.keys)] = known.similarities[:, -1]
        self._made: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []

    def worth_making(self, rows: NDArray[np.int64], similarities: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether an offer to each row may be taken, by similarities that are right to 1e-5."""
        return similarities > self._floors[rows] - np.float32(1e-5)

    def make(self, rows: NDArray[np.int64], key: int, similarities: NDArray[np.float32]) -> None:
        """Offers the new row `key` to those rows that it is near enough to."""
        takes = similarities > self._floors[rows]
        if takes.any():
            self._made.append((rows[takes], np.full(int(takes.sum()), key), similarities[takes]))

    def taken(self) -> Neighbours:
        """The best offers to each row seen before, in lists as long as the known ones."""
        best = no_neighbours(*self._shape)
        if not self._made:
            return best
        row, key, similarity = (np.concatenate(column) for column in zip(*self._made, strict=True))
        order = np.lexsort((key, -similarity, row))
        row = row[order]
        place = np.arange(len(row)) - np.searchsorted(row, row)
        kept = place < self._shape[1]
        best.keys[row[kept], place[kept]] = key[order][kept]
        best.similarities[row[kept], place[kept]] = similarity[order][kept]
        return best


def _without(around: Neighbours, own: NDArray[np.int64], count: int) -> Neighbours:
    """The first `count` of `count` + 1 neighbours, the row itself left out."""
    is_own = around.keys == own[:, None]
    return ranked(
        np.where(is_own, NO_KEY, around.keys),
        np.where(is_own, np.float32(NO_SIMILARITY), around.similarities),
        count,
    )


def _joined(known: Neighbours, offered: Neighbours, added: Neighbours) -> Neighbours:
    """The known lists, bettered by what was offered, and the added ones below them."""
    keys = np.concatenate((known.keys, added.keys))
    similarities = np.concatenate((known.similarities, added.similarities))
    touched = np.flatnonzero(offered.keys[:, 0] != NO_KEY)
    merged = ranked(
        np.concatenate((known.keys[touched], offered.keys[touched]), axis=1),
        np.concatenate((known.similarities[touched], offered.similarities[touched]), axis=1),
        known.keys.shape[1],
    )
    keys[touched], similarities[touched] = merged.keys, merged.similarities
    return Neighbours(keys, similarities)
