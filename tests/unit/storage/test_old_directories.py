"""Data directories as older versions really wrote them: dumps of their databases, beside their vectors."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.support.disks import carry, let_vectors_have_any_length
from tests.support.old_versions import tables
from vicinal.core.arms import SuggestionRecord
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, Event, LeaseRecord
from vicinal.records.labels import Arm, EventKind
from vicinal.records.pool_options import Duplicates
from vicinal.storage import SqlStore
from vicinal.storage.sqlite import schema

DUMPS = sorted((Path(__file__).parents[2] / "data" / "data_directories").glob("version_*.sql"))


def lay_out(dump: Path, data_dir: Path) -> None:
    """The data directory whose database was dumped; its pool's vectors are those of the fixtures."""
    text = dump.read_text()
    (folder,) = set(re.findall(r"'([0-9a-f]{32})'", text))
    (data_dir / "pools" / folder).mkdir(parents=True)
    np.arange(15, dtype="<f4").tofile(data_dir / "pools" / folder / "vectors.f32")
    with closing(sqlite3.connect(data_dir / "vicinal.sqlite3")) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.executescript(text)


def test_there_is_one_of_each_version():
    """Before the tables change, dump what the last version wrote."""
    assert [path.stem for path in DUMPS][: schema.SCHEMA_VERSION - 1] == [
        f"version_{number}" for number in range(1, schema.SCHEMA_VERSION)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_all_of_it_is_there(disk, tmp_path, dump):
    version = int(dump.stem.removeprefix("version_"))
    lay_out(dump, disk.path)
    store = disk.open()
    assert store.pools() == [PoolConfig("fruits", 3, duplicates=Duplicates.OFF)]
    pool = store.open_pool("fruits")
    events = list(pool.events())
    disk.assert_holds(pool, 5, len(events))
    expected = [
        Event(EventKind.LABELLED, "i1", 7.0, "ripe", "ann", sequence=1),
        Event(EventKind.SKIPPED, "i2", 8.0, "", "bo", "blurred", 2),
        Event(EventKind.RELABELLED, "i1", 9.0, "green", "ann", sequence=3),
    ]
    suggestion = SuggestionRecord(1, "i4", Arm.CONTROL, 3)
    if version >= 3:
        expected += [Event(EventKind.LABELLED, "i4", 10.0, "ripe", "ann", "", 4, suggestion, "green")]
    assert events == expected
    assert list(pool.suggestions()) == ([suggestion] if version >= 3 else [])
    assert list(pool.leases()) == [LeaseRecord("l", "ann", 1_000_060.25, ("i3", "i0"))]
    assert store.stored_response("r").message == b"\x00answer"
    assert [(each.example_id, each.vector.tolist()) for each in pool.examples()] == (
        [("e1", [1.0, 2.0, 3.0])] if version >= 2 else []
    )
    disk.close()
    SqlStore(tmp_path / "fresh", disk.clock).close()
    assert tables(disk.database) == tables(tmp_path / "fresh" / "vicinal.sqlite3")


@pytest.mark.slow
@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.stem)
def test_it_can_be_carried_elsewhere(disk, dump):
    lay_out(dump, disk.path)
    store = let_vectors_have_any_length(disk).open()
    carry(store, store, "fruits", "again")
    old, new = store.open_pool("fruits"), store.open_pool("again")
    assert list(new.events()) == list(old.events())
    assert list(new.leases()) == list(old.leases())


@pytest.mark.slow
def test_the_order_of_leases_is_carried_elsewhere(filled):
    store = let_vectors_have_any_length(filled).open()
    opened = [
        LeaseRecord(lease_id, "ann", 1_000_060.25, ("i3",), number)
        for number, lease_id in enumerate("zma", 1)
    ]
    store.open_pool("fruits").commit(Change(put_leases=opened))
    carry(store, store, "fruits", "again")
    assert list(store.open_pool("again").leases()) == opened
