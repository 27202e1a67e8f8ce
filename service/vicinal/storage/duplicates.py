"""A pool's duplicates and sketches in the database."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from vicinal.core.duplicates import NO_SKETCH, DuplicateKind, Evidence, Transform
from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS, MAX_NAME_CHARACTERS
from vicinal.core.ports import Change, DuplicateRecord, Sketch
from vicinal.storage import values
from vicinal.storage.records import MAX_HASH_CHARACTERS, rows_read
from vicinal.storage.schema import duplicates, sketches

# Sketches of pictures are some 40 KB each.
_SKETCHES_A_PAGE = 256
_KINDS = tuple(kind.value for kind in DuplicateKind)
_EVIDENCE_NAMES = frozenset(field.name for field in fields(Evidence))
_TRANSFORM_NUMBERS = tuple(field.name for field in fields(Transform) if field.name != "mirrored")
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
    """Adds the sketches of items from position `first` on; empty ones are not kept."""
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


def _evidence(told: dict[str, Any]) -> Evidence:
    values.only(told, _EVIDENCE_NAMES, "evidence")
    transform = values.entry(told, "transform")
    listed = values.array(values.entry(told, "kinds"), "kinds", _MAX_KINDS)
    return Evidence(
        values.real(
            values.entry(told, "similarity"), "similarity", -_LARGEST_SIMILARITY, _LARGEST_SIMILARITY
        ),
        values.whole(values.entry(told, "inliers"), "inliers", 0, _MOST_INLIERS),
        None if transform is None else _transform(values.mapping(transform, "transform")),
        tuple(values.text(kind, "kinds", MAX_NAME_CHARACTERS) for kind in listed),
        # Records of older versions do not say it.
        values.truth(told.get("is_identical", False), "is_identical"),
    )


def _transform(told: dict[str, Any]) -> Transform:
    values.only(told, frozenset({"mirrored", *_TRANSFORM_NUMBERS}), "transform")
    return Transform(
        mirrored=values.truth(values.entry(told, "mirrored"), "mirrored"),
        **{
            name: values.real(values.entry(told, name), name, -_LARGEST, _LARGEST)
            for name in _TRANSFORM_NUMBERS
        },
    )


def _sketch(digests: object, body: object) -> Sketch:
    listed = values.array(values.from_json(digests, "digests"), "digests", _MAX_DIGESTS)
    read = tuple(values.text(each, "digests", MAX_HASH_CHARACTERS) for each in listed)
    return Sketch(read, values.raw(body, "body"))
