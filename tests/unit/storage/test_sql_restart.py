"""What a new store finds in an old data directory."""

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from vicinal.core.errors import PoolNotFound
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, ItemRecord, LeaseRecord, Neighbours, StoredResponse
from vicinal.records.pool_options import Metric, VoteModel, Weighting
from vicinal.records.pools import Fingerprint, Medium
from vicinal.storage import SqlStore
from vicinal.storage.sqlite import schema
from vicinal.storage.sqlite.pool import item_to_row


@pytest.mark.slow
def test_everything_is_back(filled):
    config = PoolConfig(
        "texts",
        512,
        Metric.EUCLIDEAN,
        "classic",
        7,
        Weighting.UNIFORM,
        VoteModel.DIFFUSED,
        ("a", "b"),
        2**63,
        "use",
        fingerprint=Fingerprint("use", "4", "as is", 512, Medium.TEXT),
        created_at=1.5,
    )
    lease = LeaseRecord("l", "ann", 1_000_060.25, ("i2", "i0"))
    response = StoredResponse("r", "digest", b"\x00answer", 1_000_000.0)
    store = filled.open()
    store.create_pool(config)
    store.open_pool("fruits").commit(
        Change(filled.label("i2", "i3").events, put_leases=[lease], stored_response=response)
    )
    log = list(store.open_pool("fruits").events())

    store = filled.open()
    assert store.pools() == [PoolConfig("fruits", 3), config]
    pool = store.open_pool("fruits")
    filled.assert_holds(pool, items=5, events=3)
    assert list(pool.events()) == log
    assert list(pool.leases()) == [lease]
    assert store.stored_response("r") == response


def test_goes_on_where_it_stopped(filled):
    pool = filled.open().open_pool("fruits")
    pool.append_items(*filled.content(5, 9))
    assert pool.commit(filled.label("i8"))[0].sequence == 2
    filled.assert_holds(filled.open().open_pool("fruits"), items=9, events=2)


@pytest.mark.slow
def test_a_log_of_several_pages(disk):
    pool = disk.open().create_pool(PoolConfig("fruits", 3))
    pool.append_items(*disk.content(0, 1))
    pool.commit(disk.label(*["i0"] * 20_001))
    assert [event.sequence for event in disk.open().open_pool("fruits").events()] == list(range(1, 20_002))


def test_deleted_stays_deleted(filled):
    store = filled.open()
    folder = filled.vectors.parent
    store.delete_pool("fruits", StoredResponse("r", "d", b"", 1_000_000.0))
    assert not folder.exists()
    store = filled.open()
    assert store.pools() == []
    assert store.stored_response("r") is not None
    with pytest.raises(PoolNotFound):
        store.open_pool("fruits")


def test_a_pool_of_the_same_id_starts_empty(filled):
    store = filled.open()
    store.delete_pool("fruits")
    store.create_pool(PoolConfig("fruits", 2)).append_items(
        filled.content(0, 1).records, np.ones((1, 2), "f4")
    )
    pool = filled.open().open_pool("fruits")
    assert pool.vectors().tolist() == [[1.0, 1.0]]
    assert (list(pool.events()), list(pool.leases())) == ([], [])


def test_left_over_folders_are_swept_and_others_kept(filled, caplog):
    pools = filled.path / "pools"
    being_made, empty, foreign, of_another = (pools / name for name in ("0" * 32, "1" * 32, "x", "2" * 32))
    for folder in (being_made, empty, foreign, of_another):
        folder.mkdir()
    for folder in (being_made, foreign, of_another):
        (folder / "vectors.f32").write_text("x")
    (being_made / "unowned").touch()
    (empty / "vectors.f32").touch()
    staged = filled.path / "staging" / "some"
    staged.mkdir()
    kept = next(path for path in pools.glob("*/vectors.f32") if path.stat().st_size > 1)
    (kept.parent / "unowned").touch()
    filled.open()
    assert not any(folder.exists() for folder in (being_made, empty, staged))
    assert all(folder.exists() for folder in (foreign, of_another, kept))
    assert f"{of_another} belongs to no pool" in caplog.text
    assert not (kept.parent / "unowned").exists()


def test_no_id_becomes_a_path(disk):
    disk.open().create_pool(PoolConfig("../../up/and away", 3)).append_items(*disk.content(0, 1))
    assert {entry.name for entry in disk.path.parent.iterdir()} == {disk.path.name}
    assert all(set(entry.name) <= set("0123456789abcdef") for entry in (disk.path / "pools").iterdir())


def test_stored_responses_are_dropped_when_old(filled):
    pool = filled.open().open_pool("fruits")
    for hours in range(30):
        filled.clock.time = 1_000_000 + 3600.0 * hours
        pool.commit(Change(stored_response=StoredResponse(f"r{hours}", "d", b"", filled.clock.time)))
    filled.clock.time = 0.0  # before all of them: age hides none
    kept = [hours for hours in range(30) if filled.store.stored_response(f"r{hours}")]
    assert kept == list(range(6, 30))


def test_a_relative_data_directory(tmp_path, monkeypatch, disk):
    monkeypatch.chdir(tmp_path)
    store = SqlStore(Path("here/there"), disk.clock)
    store.create_pool(PoolConfig("fruits", 3)).append_items(*disk.content(0, 2))
    store.close()
    assert (tmp_path / "here" / "there" / "vicinal.sqlite3").exists()


def test_settings_of_before_there_were_vote_models(filled):
    with closing(sqlite3.connect(filled.database)) as connection, connection:
        connection.execute("UPDATE pools SET config = json_remove(config, '$.vote_model')")
    assert filled.open().pools() == [PoolConfig("fruits", 3)]


def test_neighbour_lists_are_back(filled):
    saved = Neighbours(np.array([[1, 2], [0, 2], [1, 0]]), np.float32([[0.5, 0.4], [0.5, 0.3], [0.3, 0.1]]))
    filled.open().open_pool("fruits").save_neighbours(saved)
    found = filled.open().open_pool("fruits").neighbours()
    assert found.keys.tolist() == saved.keys.tolist()
    assert found.similarities.tolist() == saved.similarities.tolist()


def test_damaged_neighbour_lists_are_no_error(filled):
    pool = filled.open().open_pool("fruits")
    pool.save_neighbours(Neighbours(np.array([[1], [0]]), np.float32([[0.5], [0.5]])))
    filled.vectors.with_name("neighbours.bin").write_bytes(b"damage")
    pool = filled.open().open_pool("fruits")
    assert pool.neighbours() is None
    filled.assert_holds(pool, items=5, events=1)


def test_rows_of_items_are_in_the_order_of_their_columns():
    """They go to the driver by place."""
    names = [column.name for column in schema.items.c]
    assert names == ["pool_key", "position", *item_to_row(ItemRecord("a", "hash"))]
