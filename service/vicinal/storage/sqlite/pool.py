"""One pool in a data directory: its store, and how a change becomes rows."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from vicinal.core.arms import SuggestionRecord
from vicinal.core.arrays import Vectors
from vicinal.core.errors import PoolNotFound, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock
from vicinal.core.records import (
    NO_SKETCH,
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
from vicinal.storage.checks import (
    STORED_RESPONSE_SECONDS,
    check_new,
    check_rows,
    item_exists,
    item_not_found,
    request_id_reused,
)
from vicinal.storage.faults import corrupt
from vicinal.storage.neighbours import NeighbourFile
from vicinal.storage.sqlite import rows
from vicinal.storage.sqlite.database import Database
from vicinal.storage.sqlite.schema import (
    chunks,
    duplicates,
    events,
    examples,
    items,
    leases,
    sketches,
    stored_response_pools,
    stored_responses,
    suggestions,
)
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
_PUT_LEASES = insert(leases).prefix_with("OR REPLACE")
_DROP_LEASES = delete(leases).where(
    leases.c.pool_key == bindparam("of_pool"), leases.c.lease_id == bindparam("ended")
)
_INSERT_RESPONSE, _INSERT_RESPONSE_POOLS = insert(stored_responses), insert(stored_response_pools)
_DROP_OLD_RESPONSES = delete(stored_responses).where(stored_responses.c.at <= bindparam("too_old"))
_RESPONSES_OF_POOL = select(stored_response_pools.c.request_id).where(
    stored_response_pools.c.about_pool == bindparam("pool")
)
_DROP_RESPONSES_OF_POOL = delete(stored_responses).where(
    stored_responses.c.request_id.in_(_RESPONSES_OF_POOL)
)
_FIND_RESPONSE = select(stored_responses).where(
    stored_responses.c.request_id == bindparam("asked_for"), stored_responses.c.at > bindparam("too_old")
)


class SqlPoolStore:
    """`PoolStore` on disk; calls may come from any thread.

    Args:
        database: of the data directory.
        clock: tells which stored responses are too old.
        key: of the pool in the database.
        config: its settings.
        folder: that holds its files.

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
    ) -> None:
        self._lock = threading.RLock()
        self._database = database
        self._clock = clock
        self._key = key
        self._dimension = config.dimension
        self._metric = config.metric
        self._ended: StorageFailed | PoolNotFound | None = None
        with database.read() as connection:
            committed = rows.stored_chunks(connection, key)
            rows.check_references(connection, key)
            item_count, self._last_sequence = rows.stored_counts(connection, key)
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
            return list(
                rows.rows_read("items", connection.execute(query), lambda row: rows.item_from_row(*row))
            )

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
            found = list(rows.rows_read("leases", connection.execute(query), rows.lease_from_row))
            for item_id in {item_id for lease in found for item_id in lease.item_ids}:
                if self._position(connection, item_id) is None:
                    raise ValueError("leases tells of an item that is not there")
            return sorted(found, key=lambda lease: lease.order)

    def suggestions(self) -> Sequence[SuggestionRecord]:
        """All suggestions that were made, in order."""
        query = select(suggestions).where(suggestions.c.pool_key == self._key).order_by(suggestions.c.number)
        with self._reading() as connection:
            return list(rows.rows_read("suggestions", connection.execute(query), rows.suggestion_from_row))

    def examples(self) -> Sequence[ExampleRecord]:
        """Examples put and not dropped, by id."""
        with self._reading() as connection:
            return rows.stored_examples(connection, self._key, self._dimension, self._metric)

    def duplicates(self) -> Sequence[DuplicateRecord]:
        """Duplicates put and not dropped, by item id."""
        with self._reading() as connection:
            return rows.stored_duplicates(connection, self._key)

    def sketches(self) -> Iterator[Sketch]:
        """Of every item up to now, in the order of `items()`; read page by page."""
        with self._open():
            return rows.stored_sketches(self._reading, self._key, self._vectors.row_count)

    def bodies(self, positions: Sequence[int]) -> Sequence[bytes]:
        """Of the sketches of items, by their positions in `items()`; empty where there is none."""
        with self._reading() as connection:
            return rows.stored_bodies(connection, self._key, positions)

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
        with self._open():
            chunk = self._vectors.write(vectors) if records else None
            with self._database.write() as connection:
                store_response(connection, response, self._clock.now(), [self._key])
                if chunk is not None:
                    self._insert_items(connection, records, chunk)
                    _put_sketches(connection, self._key, chunk.first_row, sketches)
                    _put_duplicates(connection, self._key, duplicates)
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
                _change_leases(connection, self._key, change)
                _change_examples(connection, self._key, change)
                _change_duplicates(connection, self._key, change)
            self._last_sequence += len(written)
            return written

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours, of whichever pool that is there."""
        with self._reading() as connection:
            return find_response(connection, request_id, self._clock.now())

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
            self._database.check_in_place()
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
                found = connection.execute(query.order_by(events.c.sequence))
                page = list(rows.rows_read("events", found, rows.event_from_row, first=start + 1))
            yield from page

    def _insert_items(self, connection: Connection, records: Sequence[ItemRecord], chunk: Chunk) -> None:
        to_insert = [
            (self._key, position, *item_to_row(record).values())
            for position, record in enumerate(records, chunk.first_row)
        ]
        try:
            connection.exec_driver_sql(_INSERT_ITEMS, to_insert)
        except IntegrityError:
            check_new(records, ())
            # Those before the culprit are in by now, at later positions.
            self._refuse_taken(connection, records, chunk.first_row)
            raise
        connection.execute(insert(chunks), {"pool_key": self._key} | asdict(chunk))

    def _insert_suggestions(self, connection: Connection, made: Sequence[SuggestionRecord]) -> None:
        if made:
            connection.execute(
                _INSERT_SUGGESTIONS,
                [{"pool_key": self._key} | _suggestion_to_row(suggestion) for suggestion in made],
            )

    def _insert_events(self, connection: Connection, written: Sequence[Event]) -> None:
        if not written:
            return
        try:
            connection.execute(
                _INSERT_EVENTS, [{"pool_key": self._key} | _event_to_row(event) for event in written]
            )
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


def item_to_row(record: ItemRecord) -> dict[str, Any]:
    """Columns of `items` in their order, but for the key."""
    return {
        "item_id": record.item_id,
        "content_hash": record.content_hash,
        "metadata": json.dumps(dict(record.metadata)) if record.metadata else "{}",
        "holdout": int(record.holdout),
        "gold": record.gold,
    }


def _event_to_row(event: Event) -> dict[str, Any]:
    """Columns of `events`, but for the pool."""
    suggestion = event.suggestion.number if event.suggestion else 0
    columns = {name: value for name, value in asdict(event).items() if name != "carried_from"}
    return {**columns, "kind": event.kind.value, "suggestion": suggestion}


def _suggestion_to_row(suggestion: SuggestionRecord) -> dict[str, Any]:
    """Columns of `suggestions`, but for the pool."""
    return {**asdict(suggestion), "arm": suggestion.arm.value}


def _lease_to_row(lease: LeaseRecord) -> dict[str, Any]:
    """Columns of `leases`, but for the pool."""
    return {**asdict(lease), "item_ids": json.dumps(lease.item_ids)}


def _duplicate_to_row(record: DuplicateRecord) -> dict[str, Any]:
    return {
        "item_id": record.item_id,
        "representative_id": record.representative_id,
        "kind": record.kind.value,
        "evidence": json.dumps(asdict(record.evidence)),
        "compared_with": record.compared_with,
        "found_at": record.found_at,
        "is_restored": int(record.is_restored),
    }


def _example_to_row(key: int, example: ExampleRecord) -> dict[str, object]:
    return {
        "pool_key": key,
        "example_id": example.example_id,
        "label": example.label,
        "content_hash": example.content_hash,
        "vector": example.vector.astype("<f4").tobytes(),
        "created_at": example.created_at,
        "annotator": example.annotator,
    }


def _change_leases(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the leases of the pool of that key."""
    if change.put_leases:
        connection.execute(
            _PUT_LEASES, [{"pool_key": key} | _lease_to_row(lease) for lease in change.put_leases]
        )
    if change.drop_leases:
        connection.execute(
            _DROP_LEASES, [{"of_pool": key, "ended": lease_id} for lease_id in change.drop_leases]
        )


def _change_examples(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the examples of the pool of that key."""
    if change.put_examples:
        connection.execute(
            insert(examples).prefix_with("OR REPLACE"),
            [_example_to_row(key, each) for each in change.put_examples],
        )
    for example_id in change.drop_examples:
        connection.execute(
            delete(examples).where(examples.c.pool_key == key, examples.c.example_id == example_id)
        )


def _put_duplicates(connection: Connection, key: int, records: Sequence[DuplicateRecord]) -> None:
    """Adds duplicates, in place of those of the same items."""
    if records:
        to_put = [{"pool_key": key} | _duplicate_to_row(record) for record in records]
        connection.execute(insert(duplicates).prefix_with("OR REPLACE"), to_put)


def _change_duplicates(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the duplicates of the pool of that key."""
    _put_duplicates(connection, key, change.put_duplicates)
    for item_id in change.drop_duplicates:
        connection.execute(
            delete(duplicates).where(duplicates.c.pool_key == key, duplicates.c.item_id == item_id)
        )


def _put_sketches(connection: Connection, key: int, first: int, made: Sequence[Sketch]) -> None:
    """Adds the sketches of items from position `first` on; empty ones are not stored."""
    to_put = [
        {
            "pool_key": key,
            "position": first + row,
            "digests": json.dumps(sketch.digests),
            "body": sketch.body,
        }
        for row, sketch in enumerate(made)
        if sketch != NO_SKETCH
    ]
    if to_put:
        connection.execute(insert(sketches), to_put)


def store_response(
    connection: Connection, response: StoredResponse | None, now: float, about: Sequence[int] = ()
) -> None:
    """Stores a response, where there is one, and drops those that are too old.

    Args:
        connection: of the change that it is stored with.
        response: the response.
        now: seconds since the epoch.
        about: keys of the pools that the response is about.

    Raises:
        RequestIdReused: there is one under that id.
    """
    if response is None:
        return
    asked = {"asked_for": response.request_id, "too_old": now - STORED_RESPONSE_SECONDS}
    if connection.execute(_FIND_RESPONSE, asked).first() is not None:
        raise request_id_reused(response.request_id)
    connection.execute(_DROP_OLD_RESPONSES, {"too_old": now - STORED_RESPONSE_SECONDS})
    row = {
        "request_id": response.request_id,
        "digest": response.digest,
        "message": response.message,
        "at": response.at,
    }
    connection.execute(_INSERT_RESPONSE, row)
    if about:
        about_rows = [{"request_id": response.request_id, "about_pool": key} for key in about]
        connection.execute(_INSERT_RESPONSE_POOLS, about_rows)


def drop_responses(connection: Connection, key: int) -> None:
    """Drops the responses about the pool of that key."""
    connection.execute(_DROP_RESPONSES_OF_POOL, {"pool": key})


def find_response(connection: Connection, request_id: str, now: float) -> StoredResponse | None:
    """The response stored under that id in the last 24 hours.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    asked = {"asked_for": request_id, "too_old": now - STORED_RESPONSE_SECONDS}
    found = connection.execute(_FIND_RESPONSE, asked).one_or_none()
    return None if found is None else rows.response_from_row(found)
