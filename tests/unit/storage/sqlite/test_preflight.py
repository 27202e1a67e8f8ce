"""A database is looked at before it is opened; what a crash may leave is no damage."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from vicinal.core.errors import StorageCorrupt
from vicinal.storage.sqlite import schema
from vicinal.storage.sqlite.database import check_database


@pytest.fixture
def grown(filled):
    """The data directory with 2000 items; gives the disk and a copy of the log from before a checkpoint."""
    filled.open().open_pool("fruits").append_items(*filled.content(5, 2000))
    log = filled.database.with_name(filled.database.name + "-wal")
    kept = shutil.copy(log, filled.path.parent / "log")
    filled.close()
    assert not log.exists()
    return filled, log, kept


@pytest.mark.slow
def test_a_crash_in_the_midst_of_a_checkpoint(grown):
    """The first page, which tells the size, is written before the last; the log still has them all."""
    disk, log, kept = grown
    os.truncate(disk.database, disk.database.stat().st_size // 2)
    shutil.copy(kept, log)
    check_database(disk.database, has_pools=True)
    disk.assert_holds(disk.open().open_pool("fruits"), items=2000, events=1)


@pytest.mark.slow
def test_cut_short_with_nothing_to_make_up_for_it(grown):
    disk, _, _ = grown
    os.truncate(disk.database, disk.database.stat().st_size - 4096)
    with pytest.raises(StorageCorrupt, match=r"cut short|malformed"):
        check_database(disk.database, has_pools=True)


def test_no_tables(tmp_path):
    path = tmp_path / "empty.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    check_database(path, has_pools=False)
    with pytest.raises(StorageCorrupt, match="holds no tables, but there are pools"):
        check_database(path, has_pools=True)


def test_other_tables(tmp_path):
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE mine (x)")
    with pytest.raises(StorageCorrupt, match="schema version is None"):
        check_database(path, has_pools=False)


def test_a_new_one_and_one_of_today(tmp_path, filled):
    check_database(tmp_path / "none.sqlite3", has_pools=False)
    check_database(filled.database, has_pools=True)
    with closing(sqlite3.connect(filled.database)) as connection:
        (found,) = connection.execute("SELECT value FROM meta").fetchone()
    assert found == str(schema.SCHEMA_VERSION)
