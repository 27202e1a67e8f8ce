"""A pool's examples in the database."""

import numpy as np
from sqlalchemy import Connection, delete, insert, select

from vicinal.core.labels import normalise_label
from vicinal.core.ports import Change, ExampleRecord
from vicinal.storage.schema import examples


def stored_examples(connection: Connection, key: int, dimension: int) -> list[ExampleRecord]:
    """The examples of the pool of that key, by id.

    Raises:
        ValueError: a vector is not of the pool's dimension.
    """
    rows = connection.execute(
        select(examples).where(examples.c.pool_key == key).order_by(examples.c.example_id)
    )
    found = [
        ExampleRecord(
            row.example_id,
            normalise_label(row.label),
            row.content_hash,
            np.frombuffer(row.vector, dtype="<f4").astype(np.float32, copy=False),
            row.created_at,
            normalise_label(row.annotator),
        )
        for row in rows
    ]
    for example in found:
        if len(example.vector) != dimension:
            raise ValueError(f"example {example.example_id!r} has a vector of {len(example.vector)} numbers")
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
