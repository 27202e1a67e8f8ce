"""One pool in a data directory."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from sqlalchemy import Connection, and_, func, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from vicinal.core.arms import SuggestionRecord
from vicinal.core.arrays import Vectors
from vicinal.core.errors import PoolNotFound, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock
from vicinal.core.records import (
    Change,
    DuplicateRecord,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Neighbours,
    Sketch,
    StoredResponse,
)
from vicinal.storage import values
from vicinal.storage.checks import check_new, check_rows, item_exists, item_not_found
from vicinal.storage.faults import corrupt
from vicinal.storage.neighbours import NeighbourFile
from vicinal.storage.sqlite import pool_tables
from vicinal.storage.sqlite.database import Database
from vicinal.storage.sqlite.pool_tables import (
    change_examples,
    change_leases,
    check_references,
    stored_examples,
)
from vicinal.storage.sqlite.rows import (
    event_from_row,
    event_to_row,
    item_from_row,
    item_to_row,
    lease_from_row,
    rows_read,
    suggestion_from_row,
    suggestion_to_row,
)
from vicinal.storage.sqlite.schema import chunks, events, items, leases, suggestions
from vicinal.storage.sqlite.stored_responses import store_response
from vicinal.storage.vectors import Chunk, VectorFile

VECTORS_NAME = "vectors.f32"
NEIGHBOURS_NAME = "neighbours.bin"

_EVENTS_A_PAGE = 10_000
_EVENTS_WITH_SUGGESTIONS = select(
    events, suggestions.c.number, suggestions.c.arm, suggestions.c.eligible
).outerjoin(
    suggestions,
    and_(suggestions.c.pool_key == events.c.pool_key, suggestions.c.number == events.c.suggestion),
)
# Given to the driver as it stands: made again for each row, it would cost more than the rows themselves.
_INSERT_ITEMS = str(insert(items).compile(dialect=sqlite.dialect()))
# Made once: to make a statement costs several times as much as to carry it out.
_INSERT_SUGGESTIONS, _INSERT_EVENTS = insert(suggestions), insert(events)


class SqlPoolStore:
    """`PoolStore` on disk; calls may come from any thread.

    Args:
        database: of the data directory.
        clock: tells which stored responses are too old.
        key: of the pool in the database.
        config: its settings.
        folder: that holds its files.
        check_held: raises StorageFailed where the data directory is not this store's any more.

    Raises:
        StorageCorrupt: its vectors are not what was committed, or its rows contradict one another.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        key: int,
        config: PoolConfig,
        folder: Path,
        *,
        check_held: Callable[[], None] = lambda: None,
    ) -> None:
        self._lock = threading.RLock()
        self._database = database
        self._clock = clock
        self._key = key
        self._dimension = config.dimension
        self._metric = config.metric
        self._check_held = check_held
        self._ended: StorageFailed | PoolNotFound | None = None
        with database.read() as connection:
            committed = _chunks(connection, key)
            check_references(connection, key)
            item_count, self._last_sequence = _counts(connection, key)
        vectors_path = folder / VECTORS_NAME
        self._neighbours = NeighbourFile(folder / NEIGHBOURS_NAME)
        self._saving = threading.Lock()
        self._vectors = VectorFile(vectors_path, config.dimension, committed)
        if item_count != self._vectors.row_count:
            raise corrupt(
                vectors_path, f"{self._vectors.row_count} vectors were committed for {item_count} items"
            )

    def items(self) -> Sequence[ItemRecord]:
        """All items, in the order they were added."""
        columns = (items.c.item_id, items.c.content_hash, items.c.metadata, items.c.holdout, items.c.gold)
        query = select(*columns).where(items.c.pool_key == self._key).order_by(items.c.position)
        with self._reading() as connection:
            return list(rows_read("items", connection.execute(query), lambda row: item_from_row(*row)))

    def vectors(self) -> Vectors:
        """(N, d) float32, read-only, row i of `items()[i]`; a view that costs no copy."""
        with self._open():
            return self._vectors.rows()

    def events(self) -> Iterator[Event]:
        """The whole log up to now, in order; read page by page, so that no reader holds up the writers."""
        with self._open():
            return self._log_up_to(self._last_sequence)

    def leases(self) -> Sequence[LeaseRecord]:
        """Leases put and not dropped, in the order they were opened, expired ones included."""
        query = select(leases).where(leases.c.pool_key == self._key)
        with self._reading() as connection:
            found = list(rows_read("leases", connection.execute(query), lease_from_row))
            for item_id in {item_id for lease in found for item_id in lease.item_ids}:
                if self._position(connection, item_id) is None:
                    raise ValueError("leases tells of an item that is not there")
            return sorted(found, key=lambda lease: lease.place)

    def suggestions(self) -> Sequence[SuggestionRecord]:
        """All suggestions that were made, in order."""
        query = select(suggestions).where(suggestions.c.pool_key == self._key).order_by(suggestions.c.number)
        with self._reading() as connection:
            return list(rows_read("suggestions", connection.execute(query), suggestion_from_row))

    def examples(self) -> Sequence[ExampleRecord]:
        """Examples put and not dropped, by id."""
        with self._reading() as connection:
            return stored_examples(connection, self._key, self._dimension, self._metric)

    def duplicates(self) -> Sequence[DuplicateRecord]:
        """Duplicates put and not dropped, by item id."""
        with self._reading() as connection:
            return pool_tables.stored_duplicates(connection, self._key)

    def sketches(self) -> Iterator[Sketch]:
        """Of every item up to now, in the order of `items()`; read page by page."""
        with self._open():
            return pool_tables.stored_sketches(self._reading, self._key, self._vectors.row_count)

    def bodies(self, positions: Sequence[int]) -> Sequence[bytes]:
        """Of the sketches of items, by their places in `items()`; empty where there is none."""
        with self._reading() as connection:
            return pool_tables.stored_bodies(connection, self._key, positions)

    def neighbours(self) -> Neighbours | None:
        """The neighbour lists saved last; None if there are none, or they were damaged."""
        with self._open():
            pass
        return self._neighbours.read()

    def save_neighbours(self, neighbours: Neighbours) -> None:
        """Keeps the neighbour lists of the pool's first items, in place of those saved before.

        Other calls go on while the lists are written.

        Raises:
            StorageFailed: those saved before are kept.
        """
        with self._saving:
            with self._open():
                pass
            self._neighbours.write_aside(neighbours)
            with self._open():
                self._neighbours.put_in_place()

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
            StorageFailed: nothing was added.
            ValueError: vectors are not one float32 row of the pool's dimension for each record.
        """
        check_rows(records, vectors, self._dimension)
        check_new(records, ())
        with self._open():
            chunk = self._vectors.write(vectors) if records else None
            with self._database.write() as connection:
                store_response(connection, response, self._clock.now(), [self._key])
                if chunk is not None:
                    self._insert_items(connection, records, chunk)
                    pool_tables.put_sketches(connection, self._key, chunk.first_row, sketches)
                    pool_tables.put_duplicates(connection, self._key, duplicates)
            if chunk is not None:
                self._vectors.accept(chunk)

    def commit(self, change: Change) -> Sequence[Event]:
        """Writes a change, all or nothing; returns its events with their sequence numbers.

        Raises:
            ItemNotFound: an event is of no stored item.
            StorageFailed: nothing was written.
        """
        with self._open():
            first = self._last_sequence + 1
            written = [replace(event, sequence=first + i) for i, event in enumerate(change.events)]
            with self._database.write() as connection:
                store_response(connection, change.stored_response, self._clock.now(), [self._key])
                self._insert_suggestions(connection, change.suggestions)
                self._insert_events(connection, written)
                change_leases(connection, self._key, change)
                change_examples(connection, self._key, change)
                pool_tables.change_duplicates(connection, self._key, change)
            self._last_sequence += len(written)
            return written

    def exclusive(self) -> AbstractContextManager[object]:
        """No call is under way while it is held."""
        return self._lock

    def end(self, error: StorageFailed | PoolNotFound) -> None:
        """Waits for the call under way; from then on every call raises this error."""
        with self._lock:
            self._ended = error

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if self._ended is not None:
                raise self._ended
            self._check_held()
            yield

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._open(), self._database.read() as connection:
            yield connection

    def _log_up_to(self, last: int) -> Iterator[Event]:
        for start in range(0, last, _EVENTS_A_PAGE):
            query = _EVENTS_WITH_SUGGESTIONS.where(
                events.c.pool_key == self._key,
                events.c.sequence > start,
                events.c.sequence <= min(start + _EVENTS_A_PAGE, last),
            )
            with self._reading() as connection:
                rows = connection.execute(query.order_by(events.c.sequence))
                page = list(rows_read("events", rows, event_from_row, first=start + 1))
            yield from page

    def _insert_items(self, connection: Connection, records: Sequence[ItemRecord], chunk: Chunk) -> None:
        rows = [
            (self._key, position, *item_to_row(record).values())
            for position, record in enumerate(records, chunk.first_row)
        ]
        try:
            connection.exec_driver_sql(_INSERT_ITEMS, rows)
        except IntegrityError:
            # Those before the culprit are in by now, at later positions.
            self._refuse_taken(connection, records, chunk.first_row)
            raise
        connection.execute(insert(chunks), {"pool_key": self._key} | asdict(chunk))

    def _insert_suggestions(self, connection: Connection, made: Sequence[SuggestionRecord]) -> None:
        if made:
            connection.execute(
                _INSERT_SUGGESTIONS,
                [{"pool_key": self._key} | suggestion_to_row(suggestion) for suggestion in made],
            )

    def _insert_events(self, connection: Connection, written: Sequence[Event]) -> None:
        if not written:
            return
        try:
            rows = [{"pool_key": self._key} | event_to_row(event) for event in written]
            connection.execute(_INSERT_EVENTS, rows)
        except IntegrityError:
            self._refuse_unknown(connection, written)
            raise

    def _refuse_taken(
        self, connection: Connection, records: Sequence[ItemRecord], first_new_position: int
    ) -> None:
        for record in records:
            position = self._position(connection, record.item_id)
            if position is not None and position < first_new_position:
                raise item_exists(record.item_id)

    def _refuse_unknown(self, connection: Connection, written: Sequence[Event]) -> None:
        for event in written:
            if self._position(connection, event.item_id) is None:
                raise item_not_found(event.item_id)

    def _position(self, connection: Connection, item_id: str) -> int | None:
        query = select(items.c.position).where(items.c.pool_key == self._key, items.c.item_id == item_id)
        return connection.execute(query).scalar_one_or_none()


def _counts(connection: Connection, key: int) -> tuple[int, int]:
    """How many items and lines of the log a pool has, all of them numbered without gaps."""
    count_items = select(func.count()).where(items.c.pool_key == key)
    count_events = select(func.count()).where(events.c.pool_key == key)
    return connection.execute(count_items).scalar_one(), connection.execute(count_events).scalar_one()


def _chunks(connection: Connection, key: int) -> list[Chunk]:
    columns = (chunks.c.first_row, chunks.c.row_count, chunks.c.crc32)
    query = select(*columns).where(chunks.c.pool_key == key).order_by(chunks.c.first_row)
    return [
        Chunk(
            values.whole(first_row, "first_row"),
            values.whole(row_count, "row_count", 1),
            values.whole(crc32, "crc32", 0, 2**32 - 1),
        )
        for first_row, row_count, crc32 in connection.execute(query)
    ]
