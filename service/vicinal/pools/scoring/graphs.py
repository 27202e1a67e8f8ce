"""The neighbour graph of a growing pool, built next to the calls that need it."""

import logging
import threading
import time
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import StorageFailed
from vicinal.core.graph import Spreader, pool_graph
from vicinal.core.ports import Neighbourhoods
from vicinal.core.records import Neighbours
from vicinal.core.scoring.density import local_density
from vicinal.records.pools import NeighbourGraph

log = logging.getLogger(__name__)

# Multiplications that a caller may be kept waiting for: about a second.
QUICK_WORK = 5e10
# What putting the graph together costs for each item, in multiplications.
_WORK_PER_ITEM = 1e5
# Stored lists of large pools are compared with all items for so many of them when they are taken up.
_CHECKED_ITEMS = 200
# The lists are stored again once the pool has outgrown the stored ones by this.
_STORE_GROWTH = 1.1
# Smaller pools are built again faster than they are read.
STORED_ROWS = 5_000


@dataclass(frozen=True)
class BuiltGraph:
    """The graph of a pool's first items.

    Attributes:
        neighbours: (n, K) nearest pool items.
        density: (n,) local information density.
        spreader: spreads votes over the graph.
        rows: n.
    """

    neighbours: Neighbours
    density: NDArray[np.float64]
    spreader: Spreader
    rows: int


class ListStore(Protocol):
    """Keeps the lists of neighbours that a graph is made of; every pool's store does."""

    def neighbours(self) -> Neighbours | None:
        """The lists kept last."""
        ...

    def save_neighbours(self, neighbours: Neighbours) -> None:
        """Keeps lists in place of those before."""
        ...


class GraphKeeper:
    """Keeps the graph up with the pool: at once where that is quick, in a thread of its own where it is not.

    `latest` is called with the pool's lock held; the thread touches nothing that is behind that lock.
    """

    def __init__(self, neighbourhoods: Neighbourhoods, store: ListStore) -> None:
        self._neighbourhoods = neighbourhoods
        self._store = store
        self._built: BuiltGraph | None = None
        self._builder: threading.Thread | None = None
        self._failed_rows = 0
        self._stored_rows = 0
        self._restored = False
        self._build_seconds = 0.0
        self._abandon = False

    def latest(self, pool: Vectors) -> BuiltGraph | None:
        """The graph of as many of the pool's items as are done; None while not even the first build is.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        if self._builder is None and len(pool) > max(self.rows, self._failed_rows):
            if self._is_quick(pool):
                self._build(pool)
            else:
                self._builder = threading.Thread(
                    # In the caller's context, so that what it logs names the call that needed the graph.
                    target=copy_context().run,
                    args=(self._build_in_background, pool),
                    name="vicinal-graph",
                    daemon=True,
                )
                self._builder.start()
        return self._built

    @property
    def rows(self) -> int:
        """How many items the graph covers."""
        return self._built.rows if self._built else 0

    def view(self) -> NeighbourGraph | None:
        """Where the graph stands; None until it was needed."""
        if self._built is None and self._builder is None:
            return None
        progress = 1.0 if self._builder is None else self._neighbourhoods.progress
        return NeighbourGraph(
            self.rows, progress, self._neighbourhoods.description, self._neighbourhoods.recall
        )

    @property
    def build_seconds(self) -> float:
        """What the last build took; 0 before the first."""
        return self._build_seconds

    def abandon(self) -> bool:
        """Gives up a build under way, since store and process end; whether there is one."""
        self._abandon = True
        return self._builder is not None

    def wait(self) -> None:
        """Waits until no build is under way."""
        builder = self._builder
        if builder is not None:
            builder.join()

    def is_building(self, deadline_seconds: float) -> bool:
        """Whether a build is under way, and still is after a while."""
        builder = self._builder
        if builder is not None:
            builder.join(deadline_seconds)
        return builder is not None and builder.is_alive()

    def _is_quick(self, pool: Vectors) -> bool:
        rows, dimension = int(pool.shape[0]), int(pool.shape[1])
        least = rows * _WORK_PER_ITEM
        if not self._restored and least + rows * _CHECKED_ITEMS * dimension <= QUICK_WORK:
            # With stored lists the graph is there at once after a restart; suggestions are what they were.
            self._restore(pool)
        new = rows - max(self.rows, self._stored_rows)
        return new * rows * dimension + least <= QUICK_WORK

    def _build_in_background(self, pool: Vectors) -> None:
        try:
            self._build(pool)
        except Exception:
            # Not tried again before the pool has grown: it would most likely fail again, at every call.
            self._failed_rows = len(pool)
            if self._abandon:
                log.info("building a pool's neighbour graph was abandoned; the next start begins it again")
                return
            log.exception("building a pool's neighbour graph failed; it votes by its nearest labels alone")
        finally:
            self._builder = None

    def _build(self, pool: Vectors) -> None:
        begun = time.perf_counter()
        if not self._restored:
            self._restore(pool)
        self._neighbourhoods.grow(pool)
        neighbours = self._neighbourhoods.neighbours
        graph = pool_graph(neighbours.keys, neighbours.similarities)
        self._built = BuiltGraph(
            neighbours, local_density(neighbours.similarities), Spreader(graph), len(pool)
        )
        self._build_seconds = time.perf_counter() - begun
        if len(pool) >= max(STORED_ROWS, self._stored_rows * _STORE_GROWTH):
            self._save(neighbours)

    def _save(self, neighbours: Neighbours) -> None:
        """Stores the lists for the next start; on a full disk the graph serves without."""
        try:
            self._store.save_neighbours(neighbours)
        except StorageFailed as error:
            if self._abandon:
                raise
            log.warning("the neighbour lists are not stored: %s; the next start builds them again", error)
            return
        self._stored_rows = len(neighbours.keys)

    def _restore(self, pool: Vectors) -> None:
        stored = self._store.neighbours()
        self._restored = True
        if stored is None or len(stored.keys) > len(pool):
            return
        try:
            self._neighbourhoods.restore(pool[: len(stored.keys)], stored)
        except ValueError as error:
            log.warning("the stored neighbour lists are not used: %s; they are built again", error)
            return
        self._stored_rows = len(stored.keys)
