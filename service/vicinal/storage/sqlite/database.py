"""The SQLite database of a data directory, checked before it is opened to be written."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event, insert, inspect, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from vicinal.core.errors import DataDirectoryMoved, SchemaTooNew, StorageFailed
from vicinal.storage.faults import CORRUPT_CODES, corrupt, storage_error, storage_faults
from vicinal.storage.sqlite import schema
from vicinal.storage.sqlite.schema import upgrade

_MOST_DIGITS = 9
_PAGE_SIZE_AT, _PAGE_COUNT_AT = slice(16, 18), slice(28, 32)


def check_database(path: Path, *, has_pools: bool) -> None:
    """Refuses a database that is damaged, newer than this code, or gone while the pools' files are there.

    Args:
        path: of the database.
        has_pools: whether there are vectors next to it.

    Raises:
        StorageCorrupt, SchemaTooNew, StorageFailed: naming the file, and what to do.
    """
    if not path.exists() or path.stat().st_size == 0:
        if has_pools:
            raise corrupt(path, "the database is missing or empty, but there are pools next to it")
        return
    try:
        with closing(_open_read_only(path)) as connection:
            _check_version(path, _version(connection), has_pools)
            if _is_cut_short(path):
                # Rightly so if a crash came between; then the log next to it has the rest.
                (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if found != "ok":
                    raise corrupt(path, f"it is cut short ({found})")
    except sqlite3.Error as error:
        # What the driver itself refuses, such as text that is no UTF-8, has no code.
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code & 0xFF in CORRUPT_CODES:
            raise corrupt(path, str(error)) from error
        raise StorageFailed(f"{path}: {error}") from error


def _open_read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)


def _version(connection: sqlite3.Connection) -> str | None:
    """The schema version as it is stored; "" if there are no tables at all."""
    if not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        return ""
    query = f"SELECT value FROM {schema.meta.name} WHERE key = 'schema_version'"
    try:
        row = connection.execute(query).fetchone()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            return None
        raise
    return None if row is None else str(row[0])


def _check_version(path: Path, found: str | None, has_pools: bool) -> None:
    if found == "":
        if has_pools:
            raise corrupt(path, "it holds no tables, but there are pools next to it")
        return
    if found is None or not found.isdecimal() or len(found) > _MOST_DIGITS or int(found) < 1:
        raise corrupt(path, f"the schema version is {repr(found)[:40]}, not a number")
    if int(found) > schema.SCHEMA_VERSION:
        raise SchemaTooNew(
            f"{path} has schema version {found}, this Vicinal knows up to {schema.SCHEMA_VERSION}; "
            "run a newer Vicinal, or choose another data directory"
        )


def _is_cut_short(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(100)
    page_size = int.from_bytes(header[_PAGE_SIZE_AT], "big")
    pages = int.from_bytes(header[_PAGE_COUNT_AT], "big")
    return path.stat().st_size < pages * (65_536 if page_size == 1 else page_size)


INCOMING = "incoming"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # A commit that has returned is on disk, even if the power goes.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
)


class Database:
    """Transactions on one SQLite file; calls may come from any thread, writes take turns.

    Args:
        path: of the file, made where there is none.
        has_pools: whether there are vectors that it must know of.
        directory: the folder of the file, as it was locked; None for a file that nobody else can see.

    Raises:
        SchemaTooNew: a newer Vicinal wrote it.
        StorageCorrupt: it is damaged, or no database.
        StorageFailed: it cannot be opened.
    """

    def __init__(
        self, path: Path, *, has_pools: bool = False, directory: os.stat_result | None = None
    ) -> None:
        with storage_faults(path):
            check_database(path, has_pools=has_pools)
        self._path = path
        self._directory = directory
        self._writing = threading.Lock()
        # What goes into a statement may be anybody's text, and errors end up in logs.
        self._engine = create_engine(f"sqlite+pysqlite:///{path}", max_overflow=-1, hide_parameters=True)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        try:
            with self.write() as connection:
                _bring_up(connection)
        except BaseException:
            self.close()
            raise

    def check_in_place(self) -> None:
        """Requires that the folder is where it was when it was locked, before anything is written to it.

        Raises:
            DataDirectoryMoved: it was moved, or another one is in its place.
            StorageFailed: nobody can tell.
        """
        if self._directory is None:
            return
        folder = self._path.parent
        try:
            is_there = os.path.samestat(folder.stat(), self._directory)
        except FileNotFoundError:
            is_there = False
        except OSError as error:
            raise storage_error(folder, error) from error
        if not is_there:
            raise DataDirectoryMoved(
                f"{folder} was moved or replaced while it was open; nothing was written. Stop this "
                "server, put the directory back, and start again",
                details={"path": str(folder)},
            )

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the data; rows are to be made sense of while it lasts.

        Raises:
            StorageFailed: the database cannot be read.
            StorageCorrupt: it is damaged, or a row makes no sense.
        """
        with self._transaction() as connection:
            try:
                yield connection
            except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
                raise corrupt(self._path, f"a row makes no sense ({error})") from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """All or nothing, and on disk when it ends.

        Raises:
            StorageFailed, StorageCorrupt: nothing was written.
        """
        # One at a time in this process, and no other process may: a write never finds the file busy.
        with self._writing, self._transaction() as connection:
            yield connection

    @contextmanager
    def write_from(self, other: Path) -> Iterator[Connection]:
        """`write`, with the database at `other` attached as INCOMING, to be read.

        Raises:
            StorageFailed, StorageCorrupt: nothing was written.
        """

        def attach(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
            _prepare(connection, record)
            cursor = connection.cursor()
            cursor.execute(f"ATTACH DATABASE ? AS {INCOMING}", (str(other),))
            cursor.close()

        engine = create_engine(f"sqlite+pysqlite:///{self._path}", poolclass=NullPool, hide_parameters=True)
        event.listen(engine, "connect", attach)
        event.listen(engine, "begin", _begin)
        with self._writing, storage_faults(self._path), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Closes all connections; safe to call twice."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OSError, SQLAlchemyError) as error:
            raise storage_error(self._path, error) from error


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Left to itself the driver begins transactions late, and none for a change of tables.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _bring_up(connection: Connection) -> None:
    if not inspect(connection).has_table(schema.meta.name):
        schema.metadata.create_all(connection)
        version = {"key": "schema_version", "value": str(schema.SCHEMA_VERSION)}
        connection.execute(insert(schema.meta).values(version))
        return
    found = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "schema_version"))
    upgrade(connection, int(str(found)))
