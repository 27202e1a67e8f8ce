"""The SQLite database of a data directory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, event, insert, inspect, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from vicinal.storage import schema
from vicinal.storage.faults import corrupt, storage_faults
from vicinal.storage.preflight import check_database
from vicinal.storage.upgrades import upgrade

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

    Raises:
        SchemaTooNew: a newer Vicinal wrote it.
        StorageCorrupt: it is damaged, or no database.
        StorageFailed: it cannot be opened.
    """

    def __init__(self, path: Path, *, has_pools: bool = False) -> None:
        with storage_faults(path):
            check_database(path, has_pools=has_pools)
        self._path = path
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
        with storage_faults(self._path), self._engine.begin() as connection:
            yield connection


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
