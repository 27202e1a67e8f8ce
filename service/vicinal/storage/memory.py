"""A store that lives as long as its process: for tests, trials and batch jobs."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vicinal.core.arms import SuggestionRecord
from vicinal.core.arrays import Vectors
from vicinal.core.errors import PoolNotFound, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock
from vicinal.core.records import (
    NO_SKETCH,
    Change,
    DamagedPool,
    DuplicateRecord,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Neighbours,
    Sketch,
    StoredResponse,
)
from vicinal.storage.checks import (
    STORED_RESPONSE_SECONDS,
    check_known,
    check_new,
    check_rows,
    pool_exists,
    pool_not_found,
    request_id_reused,
    store_closed,
)


class MemoryStore:
    """`Store` in memory; nothing of it outlives the object. Calls may come from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._lock = threading.RLock()
        self._responses = _StoredResponses(clock)
        self._configs: dict[str, PoolConfig] = {}
        self._pools: dict[str, MemoryPoolStore] = {}
        self._closed = False

    def pools(self) -> Sequence[PoolConfig]:
        """The pools, by id."""
        with self._lock:
            self._check_open()
            return [self._configs[pool_id] for pool_id in sorted(self._configs)]

    def damaged(self) -> Sequence[DamagedPool]:
        """None: nothing comes between what is kept and what is read."""
        return []

    def create_pool(self, config: PoolConfig, response: StoredResponse | None = None) -> "MemoryPoolStore":
        """Adds a pool.

        Raises:
            PoolExists: the id is taken.
        """
        with self._lock:
            self._check_open()
            if config.pool_id in self._configs:
                raise pool_exists(config.pool_id)
            self._responses.put(response, config.pool_id)
            self._configs[config.pool_id] = config
            self._pools[config.pool_id] = MemoryPoolStore(config, self._lock, self._responses)
            return self._pools[config.pool_id]

    def open_pool(self, pool_id: str) -> "MemoryPoolStore":
        """The pool's store; the same object each time.

        Raises:
            PoolNotFound: no such pool.
        """
        with self._lock:
            self._check_open()
            return self._pool(pool_id)

    def delete_pool(self, pool_id: str, response: StoredResponse | None = None) -> None:
        """Takes the pool and all it holds away for good.

        Stored responses about it go with it; that of this call stays.

        Raises:
            PoolNotFound: no such pool.
        """
        with self._lock:
            self._check_open()
            pool = self._pool(pool_id)
            self._responses.put(response)
            self._responses.drop(pool_id)
            pool.end(pool_not_found(pool_id))
            del self._configs[pool_id], self._pools[pool_id]

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours."""
        with self._lock:
            self._check_open()
            return self._responses.find(request_id)

    def close(self) -> None:
        """Ends all use of the store; safe to call twice."""
        with self._lock:
            self._closed = True
            for pool in self._pools.values():
                pool.end(store_closed())

    def _pool(self, pool_id: str) -> "MemoryPoolStore":
        try:
            return self._pools[pool_id]
        except KeyError:
            raise pool_not_found(pool_id) from None

    def _check_open(self) -> None:
        if self._closed:
            raise store_closed()


class MemoryPoolStore:
    """`PoolStore` in memory."""

    def __init__(self, config: PoolConfig, lock: threading.RLock, responses: "_StoredResponses") -> None:
        self._pool_id = config.pool_id
        self._lock = lock
        self._responses = responses
        self._records: dict[str, ItemRecord] = {}
        self._rows = np.empty((0, config.dimension), dtype=np.float32)
        self._events: list[Event] = []
        self._leases: dict[str, LeaseRecord] = {}
        self._suggestions: list[SuggestionRecord] = []
        self._examples: dict[str, ExampleRecord] = {}
        self._duplicates: dict[str, DuplicateRecord] = {}
        self._sketches: dict[int, Sketch] = {}
        self._neighbours: Neighbours | None = None
        self._ended: StorageFailed | PoolNotFound | None = None

    def items(self) -> Sequence[ItemRecord]:
        """All items, in the order they were added."""
        with self._lock:
            self._check_open()
            return list(self._records.values())

    def vectors(self) -> Vectors:
        """(N, d) float32, read-only, row i of `items()[i]`; a view that costs no copy."""
        with self._lock:
            self._check_open()
            view = self._rows[: len(self._records)]
            view.flags.writeable = False
            return view

    def events(self) -> Iterator[Event]:
        """The whole log up to now, in order."""
        with self._lock:
            self._check_open()
            return iter(list(self._events))

    def leases(self) -> Sequence[LeaseRecord]:
        """Leases put and not dropped, in the order they were opened, expired ones included."""
        with self._lock:
            self._check_open()
            return sorted(self._leases.values(), key=lambda lease: lease.order)

    def suggestions(self) -> Sequence[SuggestionRecord]:
        """All suggestions that were made, in order."""
        with self._lock:
            self._check_open()
            return list(self._suggestions)

    def examples(self) -> Sequence[ExampleRecord]:
        """Examples put and not dropped, by id."""
        with self._lock:
            self._check_open()
            return [self._examples[example_id] for example_id in sorted(self._examples)]

    def duplicates(self) -> Sequence[DuplicateRecord]:
        """Copies put and not dropped, by item id."""
        with self._lock:
            self._check_open()
            return [self._duplicates[item_id] for item_id in sorted(self._duplicates)]

    def sketches(self) -> Iterator[Sketch]:
        """Of every item up to now, in the order of `items()`."""
        with self._lock:
            self._check_open()
            return iter([self._sketches.get(row, NO_SKETCH) for row in range(len(self._records))])

    def bodies(self, positions: Sequence[int]) -> Sequence[bytes]:
        """Of the sketches of items, by their positions in `items()`; empty where there is none."""
        with self._lock:
            self._check_open()
            return [self._sketches.get(position, NO_SKETCH).body for position in positions]

    def neighbours(self) -> Neighbours | None:
        """The neighbour lists saved last; None if there are none."""
        with self._lock:
            self._check_open()
            return self._neighbours

    def save_neighbours(self, neighbours: Neighbours) -> None:
        """Keeps the neighbour lists of the pool's first items, in place of those saved before."""
        with self._lock:
            self._check_open()
            self._neighbours = neighbours

    def append_items(
        self,
        records: Sequence[ItemRecord],
        vectors: Vectors,
        response: StoredResponse | None = None,
        *,
        sketches: Sequence[Sketch] = (),
        duplicates: Sequence[DuplicateRecord] = (),
    ) -> None:
        """Adds items with their vectors, sketches and duplicates, all or none.

        Raises:
            ItemExists: an id is stored already or comes twice.
            ValueError: vectors are not one float32 row of the pool's dimension for each record.
        """
        with self._lock:
            self._check_open()
            check_rows(records, vectors, self._rows.shape[1])
            check_new(records, self._records)
            self._responses.put(response, self._pool_id)
            count, total = len(self._records), len(self._records) + len(records)
            self._make_room(total)
            self._rows[count:total] = vectors
            self._records.update((record.item_id, record) for record in records)
            self._sketches.update(enumerate(sketches, count))
            self._duplicates.update((duplicate.item_id, duplicate) for duplicate in duplicates)

    def commit(self, change: Change) -> Sequence[Event]:
        """Writes a change, all or nothing; returns its events with their sequence numbers.

        Raises:
            ItemNotFound: an event is of no stored item.
        """
        with self._lock:
            self._check_open()
            check_known(change.events, self._records)
            self._responses.put(change.stored_response, self._pool_id)
            first = len(self._events) + 1
            written = [replace(event, sequence=first + i) for i, event in enumerate(change.events)]
            self._events.extend(written)
            self._suggestions.extend(change.suggestions)
            self._leases.update((lease.lease_id, lease) for lease in change.put_leases)
            for lease_id in change.drop_leases:
                self._leases.pop(lease_id, None)
            self._examples.update((example.example_id, example) for example in change.put_examples)
            for example_id in change.drop_examples:
                self._examples.pop(example_id, None)
            self._duplicates.update((duplicate.item_id, duplicate) for duplicate in change.put_duplicates)
            for item_id in change.drop_duplicates:
                self._duplicates.pop(item_id, None)
            return written

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours, of whichever pool that is there."""
        with self._lock:
            self._check_open()
            return self._responses.find(request_id)

    def end(self, error: StorageFailed | PoolNotFound) -> None:
        """Ends all use: from now on every call raises this error."""
        self._ended = error

    def _make_room(self, total: int) -> None:
        if total > len(self._rows):
            # Doubling: arrays handed out earlier keep the old block, whose rows stay as they are.
            grown = np.empty((max(total, 2 * len(self._rows)), self._rows.shape[1]), dtype=np.float32)
            grown[: len(self._records)] = self._rows[: len(self._records)]
            self._rows = grown

    def _check_open(self) -> None:
        if self._ended is not None:
            raise self._ended


class _StoredResponses:
    """Responses to requests, for 24 hours, or for as long as the pools they are about."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Each with the pool that it is about, if it is to go with one.
        self._responses: dict[str, tuple[StoredResponse, str | None]] = {}

    def put(self, response: StoredResponse | None, about: str | None = None) -> None:
        if response is None:
            return
        if self.find(response.request_id) is not None:
            raise request_id_reused(response.request_id)
        self._drop_old()
        self._responses[response.request_id] = response, about

    def find(self, request_id: str) -> StoredResponse | None:
        found, _ = self._responses.get(request_id, (None, None))
        return None if found is None or self._is_old(found) else found

    def drop(self, about: str) -> None:
        self._responses = {name: stored for name, stored in self._responses.items() if stored[1] != about}

    def _drop_old(self) -> None:
        # In the order they were stored, which is nearly that of their age.
        while self._responses and self._is_old(next(iter(self._responses.values()))[0]):
            del self._responses[next(iter(self._responses))]

    def _is_old(self, response: StoredResponse) -> bool:
        return response.at <= self._clock.now() - STORED_RESPONSE_SECONDS
