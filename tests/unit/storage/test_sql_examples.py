"""Examples in a data directory: back after a restart, new in directories that are older than they."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from tests.support.old_versions import make_old
from vicinal.core.errors import StorageCorrupt
from vicinal.core.records import Change, ExampleRecord


def change(filled, statement: str) -> None:
    filled.close()
    with closing(sqlite3.connect(filled.database)) as connection, connection:
        connection.executescript(statement)


def record(example_id: str) -> ExampleRecord:
    vector = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    return ExampleRecord(example_id, "ripe", "hash", vector, 1_000_000.25, "ann")


@pytest.mark.slow
def test_examples_are_back(filled):
    filled.open().open_pool("fruits").commit(Change(put_examples=[record("x"), record("y")]))
    first, second = filled.open().open_pool("fruits").examples()
    assert (first.example_id, first.label, first.content_hash) == ("x", "ripe", "hash")
    assert (first.created_at, first.annotator) == (1_000_000.25, "ann")
    np.testing.assert_array_equal(first.vector, record("x").vector)
    assert second.example_id == "y"


@pytest.mark.slow
def test_a_directory_from_before_examples_takes_them(filled):
    """Version 1 had no such table."""
    make_old(filled.database, 1)
    pool = filled.open().open_pool("fruits")
    filled.assert_holds(pool, items=5, events=1)
    assert pool.examples() == []
    pool.commit(Change(put_examples=[record("x")]))
    again = filled.open().open_pool("fruits")
    assert [each.example_id for each in again.examples()] == ["x"]
    filled.assert_holds(again, items=5, events=1)


@pytest.mark.slow
def test_a_vector_of_another_length_is_damage(filled):
    filled.open().open_pool("fruits").commit(Change(put_examples=[record("x")]))
    change(filled, "UPDATE examples SET vector = x'00000000'")
    with pytest.raises(StorageCorrupt, match="example 'x' has a vector of 1 numbers"):
        filled.open().open_pool("fruits").examples()
