"""Crashes, full disks, damage, and others at the same directory."""

import os
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.crashes import begin_child, files_up_to, run_child
from vicinal.core.errors import DataDirectoryInUse, SchemaTooNew, StorageCorrupt, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import StoredResponse
from vicinal.storage import SqlStore
from vicinal.storage.sqlite.database import Database
from vicinal.storage.sqlite.schema import SCHEMA_VERSION


def change_database(disk, statement: str) -> None:
    with closing(sqlite3.connect(disk.database)) as connection, connection:
        connection.execute(statement)


class TestCrash:
    @pytest.mark.parametrize("acknowledged", [1, 4, 17])
    def test_killed_while_working(self, disk, acknowledged):
        """Whatever was acknowledged is there, and nothing of what was not is half there."""
        child = begin_child(disk.path)
        seen = [child.stdout.readline() for _ in range(acknowledged)]
        child.send_signal(signal.SIGKILL)
        seen += child.stdout.read().splitlines()
        child.wait()
        assert child.returncode == -signal.SIGKILL

        pool = disk.open().open_pool("fruits")
        items, events = len(pool.items()), len(list(pool.events()))
        assert items // 3 >= len(seen)
        assert events >= len(seen)
        assert items % 3 == 0
        disk.assert_holds(pool, items, events)
        disk.assert_holds_duplicates(pool, items)
        pool.append_items(*disk.content(items, items + 2))
        disk.assert_holds(disk.open().open_pool("fruits"), items + 2, events)

    @pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
    def test_killed_around_a_commit(self, disk, moment):
        child = run_child(disk.path, moment)
        assert child.returncode == -signal.SIGKILL, child.stderr
        written = disk.vectors.stat().st_size
        pool = disk.open().open_pool("fruits")
        disk.assert_holds(pool, items=3 if moment == "before_commit" else 6, events=1)
        disk.assert_holds_duplicates(pool, items=len(pool.items()))
        assert written == 6 * 12
        pool.append_items(*disk.content(len(pool.items()), 10))
        disk.assert_holds(disk.open().open_pool("fruits"), items=10, events=1)


class TestFullDisk:
    @pytest.mark.slow
    def test_no_room_for_vectors(self, filled):
        store = filled.open()
        pool = store.open_pool("fruits")
        response = StoredResponse("r", "d", b"", 1_000_000.0)
        with (
            files_up_to(filled.vectors.stat().st_size + 10),
            pytest.raises(StorageFailed, match=re.escape(str(filled.vectors))),
        ):
            pool.append_items(*filled.content(5, 9), response)
        filled.assert_holds(pool, items=5, events=1)
        assert store.stored_response("r") is None
        pool.append_items(*filled.content(5, 9), response)
        filled.assert_holds(pool, items=9, events=1)
        filled.assert_holds(filled.open().open_pool("fruits"), items=9, events=1)

    def test_no_file_can_be_mapped(self, filled, monkeypatch):
        """What is committed must be in memory too, or the positions of later items would shift."""
        pool = filled.open().open_pool("fruits")
        pool.vectors()
        with monkeypatch.context() as patch:
            patch.setattr("mmap.mmap", lambda *_, **__: os.close(-1))
            with pytest.raises(StorageFailed, match=r"vectors\.f32"):
                pool.append_items(*filled.content(5, 9))
        filled.assert_holds(pool, items=5, events=1)
        pool.append_items(*filled.content(5, 8))
        filled.assert_holds(pool, items=8, events=1)

    def test_no_room_for_the_log(self, filled):
        pool = filled.open().open_pool("fruits")
        pool.commit(filled.label("i0"))
        wal = filled.database.with_name(filled.database.name + "-wal")
        with files_up_to(wal.stat().st_size + 10_000), pytest.raises(StorageFailed, match="sqlite3"):
            pool.commit(filled.label("i2", "i3", label="x" * 100_000))
        filled.assert_holds(pool, items=5, events=2)
        assert pool.commit(filled.label("i2"))[0].sequence == 3
        filled.assert_holds(filled.open().open_pool("fruits"), items=5, events=3)

    @pytest.mark.slow
    def test_no_room_for_items(self, filled):
        """The vectors are on disk already when the database refuses."""
        pool = filled.open().open_pool("fruits")
        pool.commit(filled.label("i0"))
        wal = filled.database.with_name(filled.database.name + "-wal")
        with files_up_to(wal.stat().st_size + 1000), pytest.raises(StorageFailed, match="sqlite3"):
            pool.append_items(*filled.content(5, 300))
        filled.assert_holds(pool, items=5, events=2)
        pool.append_items(*filled.content(5, 8))
        filled.assert_holds(filled.open().open_pool("fruits"), items=8, events=2)

    def test_no_room_for_a_pool(self, filled):
        store = filled.open()
        with files_up_to(0), pytest.raises(StorageFailed):
            store.create_pool(PoolConfig("new", 3))
        assert store.pools() == [PoolConfig("fruits", 3)]
        store.create_pool(PoolConfig("new", 3))
        assert len(filled.open().pools()) == 2
        assert len(list((filled.path / "pools").iterdir())) == 2


class TestOthers:
    def test_two_stores_in_one_process(self, filled):
        filled.open()
        with pytest.raises(DataDirectoryInUse, match=f"{re.escape(str(filled.path))}.*process {os.getpid()}"):
            SqlStore(filled.path, filled.clock)
        filled.assert_holds(filled.store.open_pool("fruits"), items=5, events=1)

    def test_another_process(self, filled):
        filled.open()
        child = run_child(filled.path)
        assert f"in use by process {os.getpid()}" in child.stderr

    def test_free_again_when_opening_fails(self, filled):
        content = filled.database.read_bytes()
        filled.database.write_bytes(b"no database at all" * 100)
        with pytest.raises(StorageCorrupt):
            filled.open()
        filled.database.write_bytes(content)
        filled.assert_holds(filled.open().open_pool("fruits"), items=5, events=1)


class TestDirectory:
    def test_a_file_in_its_place(self, tmp_path, disk):
        (tmp_path / "file").write_text("mine")
        with pytest.raises(StorageFailed, match="file"):
            SqlStore(tmp_path / "file", disk.clock)
        with pytest.raises(StorageFailed, match="below"):
            SqlStore(tmp_path / "file" / "below", disk.clock)
        assert (tmp_path / "file").read_text() == "mine"

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_read_only(self, filled):
        filled.path.chmod(0o500)
        try:
            with pytest.raises(StorageFailed, match=re.escape(str(filled.path))):
                filled.open()
        finally:
            filled.path.chmod(0o700)

    def test_system_refuses_the_lock(self, filled, monkeypatch):
        def refuse(path, *_: object) -> int:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(StorageFailed, match=re.escape(str(filled.path)) + ".*Permission denied"):
            SqlStore(filled.path, filled.clock)


class TestDamage:
    def test_newer_schema(self, filled):
        newer, known = SCHEMA_VERSION + 1, SCHEMA_VERSION
        change_database(filled, f"UPDATE meta SET value = '{newer}' WHERE key = 'schema_version'")
        before = filled.database.read_bytes()
        with pytest.raises(SchemaTooNew, match=f"schema version {newer}, this Vicinal knows up to {known}"):
            filled.open()
        assert filled.database.read_bytes() == before

    @pytest.mark.parametrize(
        "statement", ["UPDATE meta SET value = 'one'", "DELETE FROM meta", "UPDATE meta SET value = '-1'"]
    )
    def test_no_schema_version(self, filled, statement):
        change_database(filled, statement)
        with pytest.raises(StorageCorrupt, match="schema version"):
            filled.open()

    def test_no_database(self, filled):
        filled.database.write_bytes(b"not a database " * 1000)
        with pytest.raises(StorageCorrupt, match=re.escape(str(filled.database))):
            filled.open()

    @pytest.mark.parametrize("content", [None, b""])
    def test_the_database_is_gone(self, filled, content):
        """Nothing is made in its place, and the vectors stay."""
        if content is None:
            filled.database.unlink()
        else:
            filled.database.write_bytes(content)
        before = sorted((path, path.stat().st_size) for path in filled.path.rglob("*") if path.name != "lock")
        with pytest.raises(StorageCorrupt, match=re.escape(str(filled.database)) + ".*missing or empty"):
            filled.open()
        after = sorted((path, path.stat().st_size) for path in filled.path.rglob("*") if path.name != "lock")
        assert after == before

    def test_damaged_pages(self, filled):
        content = bytearray(filled.database.read_bytes())
        content[4096:] = b"\xff" * (len(content) - 4096)
        filled.database.write_bytes(content)
        with pytest.raises(StorageCorrupt, match=re.escape(str(filled.database))):
            filled.open().open_pool("fruits").items()

    @pytest.mark.parametrize(
        ("statement", "call"),
        [
            ("UPDATE pools SET config = '{'", lambda store: store.open_pool("fruits")),
            ("UPDATE pools SET config = '{}'", lambda store: store.open_pool("fruits")),
            ("UPDATE items SET metadata = 'x'", lambda store: store.open_pool("fruits").items()),
            ("UPDATE events SET kind = 'x'", lambda store: list(store.open_pool("fruits").events())),
        ],
    )
    def test_rows_that_make_no_sense(self, filled, statement, call):
        change_database(filled, statement)
        with pytest.raises(StorageCorrupt, match="makes no sense"):
            call(filled.open())

    @pytest.mark.slow
    def test_flipped_bit(self, filled):
        content = bytearray(filled.vectors.read_bytes())
        content[-1] ^= 1
        filled.vectors.write_bytes(content)
        store = filled.open()
        with pytest.raises(StorageCorrupt, match=re.escape(str(filled.vectors)) + ".*rows 3 to 4"):
            store.open_pool("fruits")
        store.create_pool(PoolConfig("other", 3))
        store.delete_pool("fruits")
        assert [config.pool_id for config in store.pools()] == ["other"]

    def test_items_without_vectors(self, filled):
        change_database(filled, "DELETE FROM chunks WHERE first_row = 3")
        with pytest.raises(StorageCorrupt, match="3 vectors were committed for 5 items"):
            filled.open().open_pool("fruits")


def test_a_folder_that_resists_is_swept_later(filled, monkeypatch, caplog):
    def resist(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    store = filled.open()
    folder = filled.vectors.parent
    monkeypatch.setattr("shutil.rmtree", resist)
    store.delete_pool("fruits")
    assert store.pools() == []
    assert folder.exists()
    assert "left for the next start" in caplog.text
    monkeypatch.undo()
    filled.open()
    assert not folder.exists()


def test_full_sync(filled):
    database = Database(filled.database)
    with database.read() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    database.close()
    assert found == ["wal", 2, 1]
