"""What the rows of a pool say. What no row may hold is refused, and so are rows that contradict others.

Labels, classes and names of annotators come out in the form that labels are kept in, whatever earlier
versions wrote: those that look alike are one. The rows stay as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import ColumnElement, Connection, FromClause, Row, Table, and_, exists, func, or_, select

from vicinal.core.arms import SuggestionRecord
from vicinal.core.field_rules import (
    MAX_ITEM_ID_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
    MAX_REASON_CHARACTERS,
    is_text,
    normalise_label,
)
from vicinal.core.records import (
    NO_METADATA,
    NO_SKETCH,
    DuplicateRecord,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Sketch,
    StoredResponse,
)
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind, DuplicateTransform
from vicinal.records.labels import Arm, EventKind
from vicinal.records.pool_options import Metric
from vicinal.storage import values
from vicinal.storage.checks import check_stored_vectors
from vicinal.storage.sqlite.schema import chunks, duplicates, events, examples, items, sketches, suggestions
from vicinal.storage.vectors import Chunk

T = TypeVar("T")
R = TypeVar("R")

MAX_HASH_CHARACTERS = 256
_MAX_LEASED_ITEMS = 1_000_000
_MAX_RESPONSE_CHARACTERS = 4096

_KINDS: Mapping[str, EventKind] = {kind.value: kind for kind in EventKind}
_ARMS: Mapping[str, Arm] = {arm.value: arm for arm in Arm}
_GIVE_A_LABEL = frozenset({EventKind.LABELLED, EventKind.RELABELLED, EventKind.RESOLVED})
# Sketches of pictures are some 40 KB each.
_SKETCHES_A_PAGE = 256
_DUPLICATE_KINDS = tuple(kind.value for kind in DuplicateKind)
_EVIDENCE_NAMES = frozenset(field.name for field in fields(DuplicateEvidence))
_TRANSFORM_NUMBERS = tuple(field.name for field in fields(DuplicateTransform) if field.name != "mirrored")
_MAX_DIGESTS = _MAX_KINDS = 100
_MOST_INLIERS = 2**31 - 1
_LARGEST = 1e100
# By the rounding of float32 a little above 1.
_LARGEST_SIMILARITY = 1.001

# Begins a reading transaction.
Reading = Callable[[], AbstractContextManager[Connection]]


def check_references(connection: Connection, key: int) -> None:
    """Sees to it that the rows of the pool of that key go together.

    A database that was changed by hand may say otherwise: SQLite checks no references unless it is set to.

    Raises:
        ValueError: naming the table whose rows contradict others.
    """
    _check_numbers(connection, key, "items", items, items.c.position, first=0)
    _check_numbers(connection, key, "the log", events, events.c.sequence, first=1)
    _check_numbers(connection, key, "suggestions", suggestions, suggestions.c.number, first=1)
    for table, column in (
        (events, events.c.item_id),
        (suggestions, suggestions.c.item_id),
        (duplicates, duplicates.c.item_id),
        (duplicates, duplicates.c.representative_id),
        (duplicates, duplicates.c.compared_with),
    ):
        there = exists().where(items.c.pool_key == key, items.c.item_id == column)
        _refuse(connection, key, table, ~there, f"{table.name} tells of an item that is not there")
    of_item = exists().where(items.c.pool_key == key, items.c.position == sketches.c.position)
    _refuse(connection, key, sketches, ~of_item, "sketches tells of an item that is not there")
    own_suggestion = exists().where(
        suggestions.c.pool_key == key,
        suggestions.c.number == events.c.suggestion,
        suggestions.c.item_id == events.c.item_id,
    )
    is_answer = or_(events.c.suggestion != 0, func.typeof(events.c.suggestion) != "integer")
    _refuse(
        connection,
        key,
        events,
        and_(is_answer, ~own_suggestion),
        "events tells of a suggestion that is not there",
    )


def _check_numbers(
    connection: Connection, key: int, name: str, table: Table, column: ColumnElement[int], *, first: int
) -> None:
    """Rows are numbered without gaps, so the last number tells how many there are."""
    query = select(func.count(), func.min(column), func.max(column)).where(table.c.pool_key == key)
    count, least, most = connection.execute(query).one()
    if count and (least, most) != (first, first + count - 1):
        raise ValueError(f"{name} has gaps")


def _refuse(
    connection: Connection, key: int, table: FromClause, wrong: ColumnElement[bool], message: str
) -> None:
    query = select(1).select_from(table).where(table.c.pool_key == key, wrong).limit(1)
    if connection.execute(query).first() is not None:
        raise ValueError(message)


def stored_counts(connection: Connection, key: int) -> tuple[int, int]:
    """How many items and lines of the log a pool has, all of them numbered without gaps."""
    count_items = select(func.count()).where(items.c.pool_key == key)
    count_events = select(func.count()).where(events.c.pool_key == key)
    return connection.execute(count_items).scalar_one(), connection.execute(count_events).scalar_one()


def stored_chunks(connection: Connection, key: int) -> list[Chunk]:
    """The ranges of vectors that were committed, in order."""
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


def item_from_row(
    item_id: object, content_hash: object, metadata: object, holdout: object, gold: object
) -> ItemRecord:
    """An item, of its columns.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    record = ItemRecord(
        values.text(item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        values.text(content_hash, "content_hash", MAX_HASH_CHARACTERS, optional=True),
        # Most pools have none, and there are many items.
        NO_METADATA if metadata == "{}" else _metadata(metadata),
        values.flag(holdout, "holdout"),
        _label(gold, "gold", optional=True),
    )
    if record.holdout and record.gold:
        raise ValueError("gold cannot be combined with holdout")
    return record


def event_from_row(row: Row[Any]) -> Event:
    """A line of the log, of its columns and those of its suggestion, if it has one.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    kind = _known(_KINDS, row.kind, "kind")
    return Event(
        kind,
        values.text(row.item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        values.moment(row.at, "at"),
        _label(row.label, "label", optional=kind not in _GIVE_A_LABEL),
        _annotator(row.annotator),
        values.text(row.reason, "reason", MAX_REASON_CHARACTERS, optional=True),
        values.whole(row.sequence, "sequence", 1),
        suggestion_from_row(row) if values.whole(row.suggestion, "suggestion") else None,
        _label(row.predicted, "predicted", optional=True),
    )


def suggestion_from_row(row: Row[Any]) -> SuggestionRecord:
    """A suggestion, of its columns.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    return SuggestionRecord(
        values.whole(row.number, "number", 1),
        values.text(row.item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        _known(_ARMS, row.arm, "arm"),
        values.whole(row.eligible, "eligible"),
    )


def lease_from_row(row: Row[Any]) -> LeaseRecord:
    """A lease, of its columns.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    listed = values.array(values.from_json(row.item_ids, "item_ids"), "item_ids", _MAX_LEASED_ITEMS)
    item_ids = tuple(values.text(each, "item_ids", MAX_ITEM_ID_CHARACTERS) for each in listed)
    if len(set(item_ids)) != len(item_ids):
        raise ValueError("item_ids has an entry twice")
    return LeaseRecord(
        values.text(row.lease_id, "lease_id", MAX_NAME_CHARACTERS),
        _annotator(row.annotator),
        values.moment(row.expires_at, "expires_at"),
        item_ids,
        values.whole(row.number, "number"),
    )


def name_from_column(value: object, column: str, max_characters: int, *, optional: bool = False) -> str:
    """A label or a name of an annotator, in the form that they are kept in.

    Raises:
        ValueError: it is no such text, or has nothing that can be seen.
    """
    name = normalise_label(values.text(value, column, max_characters, optional=optional))
    if value and not name:
        raise ValueError(f"{column} has no character that can be seen")
    return name


def rows_read(table: str, rows: Iterable[T], read: Callable[[T], R], first: int = 1) -> Iterator[R]:
    """What rows of a table say; the first of them has the number `first`.

    Raises:
        ValueError: naming the row that holds what it cannot hold.
    """
    for number, row in enumerate(rows, start=first):
        try:
            yield read(row)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{table}, row {number}: {error}") from error


def _metadata(column: object) -> Mapping[str, str]:
    given = values.mapping(values.from_json(column, "metadata"), "metadata")
    if len(given) > MAX_METADATA_ENTRIES:
        raise ValueError(f"metadata has more than {MAX_METADATA_ENTRIES} entries")
    for key, value in given.items():
        if not is_text(key, MAX_NAME_CHARACTERS):
            raise ValueError(f"metadata has a key that is no text of 1 to {MAX_NAME_CHARACTERS} characters")
        values.plain(value, "metadata")
    if sum(len(key.encode()) + len(value.encode()) for key, value in given.items()) > MAX_METADATA_BYTES:
        raise ValueError(f"metadata has more than {MAX_METADATA_BYTES} bytes")
    return given or NO_METADATA


def _label(value: object, column: str, *, optional: bool) -> str:
    return name_from_column(value, column, MAX_LABEL_CHARACTERS, optional=optional)


def _annotator(value: object) -> str:
    return name_from_column(value, "annotator", MAX_NAME_CHARACTERS, optional=True)


def _known(kinds: Mapping[str, T], value: object, column: str) -> T:
    if isinstance(value, str) and value in kinds:
        return kinds[value]
    raise ValueError(f"{column} is none of {', '.join(kinds)}")


def response_from_row(row: Row[Any]) -> StoredResponse:
    """A stored response, of its columns.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    return StoredResponse(
        values.text(row.request_id, "request_id", _MAX_RESPONSE_CHARACTERS),
        values.text(row.digest, "digest", _MAX_RESPONSE_CHARACTERS),
        values.raw(row.message, "message"),
        values.moment(row.at, "at"),
    )


def stored_duplicates(connection: Connection, key: int) -> list[DuplicateRecord]:
    """The duplicates of the pool of that key, by item id."""
    rows = connection.execute(
        select(duplicates).where(duplicates.c.pool_key == key).order_by(duplicates.c.item_id)
    )
    return list(rows_read("duplicates", rows, _duplicate_from_row))


def stored_sketches(read: Reading, key: int, count: int) -> Iterator[Sketch]:
    """The sketches of a pool's first `count` items, read page by page."""
    columns = (sketches.c.position, sketches.c.digests, sketches.c.body)
    for start in range(0, count, _SKETCHES_A_PAGE):
        end = min(start + _SKETCHES_A_PAGE, count)
        query = select(*columns).where(
            sketches.c.pool_key == key, sketches.c.position >= start, sketches.c.position < end
        )
        with read() as connection:
            page = {row.position: _sketch(row.digests, row.body) for row in connection.execute(query)}
        yield from (page.get(position, NO_SKETCH) for position in range(start, end))


def stored_bodies(connection: Connection, key: int, positions: Sequence[int]) -> list[bytes]:
    """The bodies of sketches by position, in the order asked for; empty where there is none."""
    found: dict[int, bytes] = {}
    for start in range(0, len(positions), _SKETCHES_A_PAGE):
        some = positions[start : start + _SKETCHES_A_PAGE]
        query = select(sketches.c.position, sketches.c.body).where(
            sketches.c.pool_key == key, sketches.c.position.in_(some)
        )
        found.update((row.position, values.raw(row.body, "body")) for row in connection.execute(query))
    return [found.get(position, b"") for position in positions]


def _duplicate_from_row(row: Row[Any]) -> DuplicateRecord:
    if row.kind not in _DUPLICATE_KINDS:
        raise ValueError(f"kind is none of {', '.join(_DUPLICATE_KINDS)}")
    record = DuplicateRecord(
        values.text(row.item_id, "item_id", MAX_ITEM_ID_CHARACTERS),
        values.text(row.representative_id, "representative_id", MAX_ITEM_ID_CHARACTERS),
        DuplicateKind(row.kind),
        _evidence(values.mapping(values.from_json(row.evidence, "evidence"), "evidence")),
        values.text(row.compared_with, "compared_with", MAX_ITEM_ID_CHARACTERS),
        values.moment(row.found_at, "found_at"),
        values.flag(row.is_restored, "is_restored"),
    )
    if record.item_id == record.representative_id:
        raise ValueError("an item is a duplicate of itself")
    return record


def _evidence(given: dict[str, Any]) -> DuplicateEvidence:
    values.only(given, _EVIDENCE_NAMES, "evidence")
    transform = values.entry(given, "transform")
    listed = values.array(values.entry(given, "kinds"), "kinds", _MAX_KINDS)
    return DuplicateEvidence(
        values.real(
            values.entry(given, "similarity"), "similarity", -_LARGEST_SIMILARITY, _LARGEST_SIMILARITY
        ),
        values.whole(values.entry(given, "inliers"), "inliers", 0, _MOST_INLIERS),
        None if transform is None else _transform(values.mapping(transform, "transform")),
        tuple(values.text(kind, "kinds", MAX_NAME_CHARACTERS) for kind in listed),
        # Records of older versions do not say it.
        values.truth(given.get("is_identical", False), "is_identical"),
    )


def _transform(given: dict[str, Any]) -> DuplicateTransform:
    values.only(given, frozenset({"mirrored", *_TRANSFORM_NUMBERS}), "transform")
    return DuplicateTransform(
        mirrored=values.truth(values.entry(given, "mirrored"), "mirrored"),
        **{
            name: values.real(values.entry(given, name), name, -_LARGEST, _LARGEST)
            for name in _TRANSFORM_NUMBERS
        },
    )


def _sketch(digests: object, body: object) -> Sketch:
    listed = values.array(values.from_json(digests, "digests"), "digests", _MAX_DIGESTS)
    read = tuple(values.text(each, "digests", MAX_HASH_CHARACTERS) for each in listed)
    return Sketch(read, values.raw(body, "body"))


def stored_examples(connection: Connection, key: int, dimension: int, metric: Metric) -> list[ExampleRecord]:
    """The examples of the pool of that key, by id.

    Raises:
        ValueError: a column holds what it cannot hold, or a vector is none of the pool's.
    """
    query = select(examples).where(examples.c.pool_key == key).order_by(examples.c.example_id)
    found = list(
        rows_read("examples", connection.execute(query), lambda row: _example_from_row(row, dimension))
    )
    if found:
        check_stored_vectors(np.stack([each.vector for each in found]), dimension, metric, "examples")
    return found


def _example_from_row(row: Row[Any], dimension: int) -> ExampleRecord:
    example_id = values.text(row.example_id, "example_id", MAX_ITEM_ID_CHARACTERS)
    content = values.raw(row.vector, "vector")
    if len(content) != 4 * dimension:
        raise ValueError(f"example {example_id!r} has a vector of {len(content) / 4:g} numbers")
    return ExampleRecord(
        example_id,
        name_from_column(row.label, "label", MAX_LABEL_CHARACTERS),
        values.text(row.content_hash, "content_hash", MAX_HASH_CHARACTERS, optional=True),
        np.frombuffer(content, dtype="<f4").astype(np.float32, copy=False),
        values.moment(row.created_at, "created_at"),
        name_from_column(row.annotator, "annotator", MAX_NAME_CHARACTERS, optional=True),
    )
