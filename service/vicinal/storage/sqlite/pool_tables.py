"""A pool's duplicates, sketches, examples and leases in the database, and what rows say of one another."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS, MAX_LABEL_CHARACTERS, MAX_NAME_CHARACTERS
from vicinal.core.records import NO_SKETCH, Change, DuplicateRecord, ExampleRecord, Sketch
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind, DuplicateTransform
from vicinal.records.pool_options import Metric
from vicinal.storage import values
from vicinal.storage.checks import check_stored_vectors
from vicinal.storage.sqlite.rows import MAX_HASH_CHARACTERS, lease_to_row, name_from_column, rows_read
from vicinal.storage.sqlite.schema import duplicates, events, examples, items, leases, sketches, suggestions


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


# Sketches of pictures are some 40 KB each.
_SKETCHES_A_PAGE = 256
_KINDS = tuple(kind.value for kind in DuplicateKind)
_EVIDENCE_NAMES = frozenset(field.name for field in fields(DuplicateEvidence))
_TRANSFORM_NUMBERS = tuple(field.name for field in fields(DuplicateTransform) if field.name != "mirrored")
_MAX_DIGESTS = _MAX_KINDS = 100
_MOST_INLIERS = 2**31 - 1
_LARGEST = 1e100
# By the rounding of float32 a little above 1.
_LARGEST_SIMILARITY = 1.001

# Begins a reading transaction.
Reading = Callable[[], AbstractContextManager[Connection]]


def stored_duplicates(connection: Connection, key: int) -> list[DuplicateRecord]:
    """The duplicates of the pool of that key, by item id."""
    rows = connection.execute(
        select(duplicates).where(duplicates.c.pool_key == key).order_by(duplicates.c.item_id)
    )
    return list(rows_read("duplicates", rows, _duplicate_from_row))


def put_duplicates(connection: Connection, key: int, records: Sequence[DuplicateRecord]) -> None:
    """Adds duplicates, in place of those of the same items."""
    if records:
        rows = [{"pool_key": key} | _duplicate_to_row(record) for record in records]
        connection.execute(insert(duplicates).prefix_with("OR REPLACE"), rows)


def change_duplicates(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the duplicates of the pool of that key."""
    put_duplicates(connection, key, change.put_duplicates)
    for item_id in change.drop_duplicates:
        connection.execute(
            delete(duplicates).where(duplicates.c.pool_key == key, duplicates.c.item_id == item_id)
        )


def put_sketches(connection: Connection, key: int, first: int, made: Sequence[Sketch]) -> None:
    """Adds the sketches of items from position `first` on; empty ones are not stored."""
    rows = [
        {
            "pool_key": key,
            "position": first + row,
            "digests": json.dumps(sketch.digests),
            "body": sketch.body,
        }
        for row, sketch in enumerate(made)
        if sketch != NO_SKETCH
    ]
    if rows:
        connection.execute(insert(sketches), rows)


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


def _duplicate_from_row(row: Row[Any]) -> DuplicateRecord:
    if row.kind not in _KINDS:
        raise ValueError(f"kind is none of {', '.join(_KINDS)}")
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


def change_examples(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the examples of the pool of that key."""
    if change.put_examples:
        connection.execute(
            insert(examples).prefix_with("OR REPLACE"), [_row(key, each) for each in change.put_examples]
        )
    for example_id in change.drop_examples:
        connection.execute(
            delete(examples).where(examples.c.pool_key == key, examples.c.example_id == example_id)
        )


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


def _row(key: int, example: ExampleRecord) -> dict[str, object]:
    return {
        "pool_key": key,
        "example_id": example.example_id,
        "label": example.label,
        "content_hash": example.content_hash,
        "vector": example.vector.astype("<f4").tobytes(),
        "created_at": example.created_at,
        "annotator": example.annotator,
    }


# Made once: to make a statement costs several times as much as to carry it out.
_PUT = insert(leases).prefix_with("OR REPLACE")
_DROP = delete(leases).where(
    leases.c.pool_key == bindparam("of_pool"), leases.c.lease_id == bindparam("ended")
)


def change_leases(connection: Connection, key: int, change: Change) -> None:
    """Writes what a change does to the leases of the pool of that key."""
    if change.put_leases:
        connection.execute(_PUT, [{"pool_key": key} | lease_to_row(lease) for lease in change.put_leases])
    if change.drop_leases:
        connection.execute(_DROP, [{"of_pool": key, "ended": lease_id} for lease_id in change.drop_leases])
