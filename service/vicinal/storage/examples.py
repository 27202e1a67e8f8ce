"""A pool's examples in the database."""

from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, delete, insert, select

from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS, MAX_LABEL_CHARACTERS, MAX_NAME_CHARACTERS
from vicinal.core.ports import Change, ExampleRecord
from vicinal.core.similarity import Metric
from vicinal.storage import values
from vicinal.storage.checks import check_stored_vectors
from vicinal.storage.records import MAX_HASH_CHARACTERS, name_from_column, rows_read
from vicinal.storage.schema import examples


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
