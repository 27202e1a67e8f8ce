"""Pools as a service has them in use, labelled one item at a time by classes that are known."""

import threading
from collections.abc import Sequence

from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Neighbourhoods
from vicinal.core.records import ItemRecord, Neighbours
from vicinal.pools.clock import SystemClock
from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Batch
from vicinal.records.pool_options import VoteModel
from vicinal.storage import MemoryStore

LEASE_SECONDS = 86_400.0


class PoolInUse:
    """A session with one item in an annotator's hands, whose class the annotator knows.

    Args:
        session: of a pool whose item ids are `item_id(row)`.
        classes: (N,) the true class of each row.
    """

    def __init__(self, session: PoolSession, classes: Sequence[str]) -> None:
        self._session = session
        self._classes = classes
        self._held = session.leases.open(1, lease_seconds=LEASE_SECONDS)
        self._await_graph()

    def step(self) -> None:
        """Labels the item in hand and gets the next one."""
        self._label(BatchRequest(1, LEASE_SECONDS))

    def label_without_next(self) -> None:
        """Labels the first item in hand and gives the others back."""
        lease = self._label(None)
        self._session.leases.release([lease])

    def lease(self, size: int) -> None:
        """Takes a batch in hand."""
        self._held = self._session.leases.open(size, lease_seconds=LEASE_SECONDS)

    def _label(self, wanted: BatchRequest | None) -> str:
        lease = self._held.lease
        if lease is None:
            raise RuntimeError("the pool has no more items to label")
        item_id = self._held.items[0].item_id
        label = LabelInput(item_id, self._classes[int(item_id)])
        submitted = self._session.labels.submit([label], lease_id=lease.lease_id, next_batch=wanted)
        self._held = submitted.next or Batch(None, (), "")
        return lease.lease_id

    def _await_graph(self) -> None:
        """Starts over once the graph is there: asking for an item has set off its building."""
        for thread in threading.enumerate():
            if thread.name == "vicinal-graph":
                thread.join()
        if self._held.lease is not None:
            self._session.leases.release([self._held.lease.lease_id])
        self.lease(1)


class FoundNeighbourhoods:
    """`Neighbourhoods` of a pool that does not grow, found before."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours

    @property
    def neighbours(self) -> Neighbours:
        """(N, K)."""
        return self._neighbours

    @property
    def progress(self) -> float:
        """All is done."""
        return 1.0

    @property
    def recall(self) -> float:
        """Not known here."""
        return 0.0

    @property
    def description(self) -> str:
        """Where the lists are from."""
        return "found before"

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        """Nothing to do."""

    def grow(self, pool: Vectors) -> None:
        """Nothing to do."""


def item_id(row: int) -> str:
    """The id of a row's item: ids sort as rows do."""
    return f"{row:08d}"


def open_session(
    model: VoteModel, vectors: Vectors, records: dict[str, ItemRecord], neighbourhoods: Neighbourhoods
) -> PoolSession:
    """A session over a pool in memory that shares the vectors with its caller.

    Args:
        model: what votes.
        vectors: (N, d) prepared.
        records: of the N items, by id.
        neighbourhoods: of the pool.
    """
    clock = SystemClock()
    config = PoolConfig("benchmark", vectors.shape[1], vote_model=model)
    store = MemoryStore(clock)
    pool = store.create_pool(config)
    # Not by `append_items`, which would copy the vectors for each of the pools that are compared.
    pool._records, pool._rows = records, vectors
    return PoolSession(config, pool, neighbourhoods, clock)


def graph_bytes(session: PoolSession) -> int:
    """What the graph that votes spread over takes: neighbour lists, densities and transition matrix."""
    graph = session.read(lambda state: state.scorer.votes.graph)
    if graph is None:
        return 0
    arrays = (graph.neighbours.keys, graph.neighbours.similarities, graph.density, *graph.spreader._edges)
    return sum(array.nbytes for array in arrays)
