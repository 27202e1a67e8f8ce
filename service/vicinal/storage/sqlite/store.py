"""The store on disk."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import delete, insert, select

from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock
from vicinal.core.records import DamagedPool, StoredResponse
from vicinal.storage.checks import pool_exists, pool_not_found, store_closed
from vicinal.storage.directory import DataDirectory, sync_folder
from vicinal.storage.snapshots.incoming import CheckAugmentations, CheckBody, IncomingSnapshot, adopt_pool
from vicinal.storage.snapshots.outgoing import OutgoingSnapshot
from vicinal.storage.sqlite.database import Database
from vicinal.storage.sqlite.pool import VECTORS_NAME, SqlPoolStore
from vicinal.storage.sqlite.pool_settings import (
    StoredPool,
    config_to_json,
    find_pool,
    stored_config,
    stored_folders,
    stored_pools,
)
from vicinal.storage.sqlite.schema import POOL_TABLES, pools
from vicinal.storage.sqlite.stored_responses import drop_responses, find_response, store_response
from vicinal.storage.vectors import VectorFile


class SqlStore:
    """`Store` in one data directory: SQLite, and a vector file for each pool. Calls may come from any thread.

    Args:
        data_dir: made where there is none; no other store may have it open.
        clock: tells which stored responses are too old.
        check_body: raises StorageCorrupt where what an archive keeps to find duplicates by is damaged; None
            lets it in as it is.
        check_augmentations: raises InvalidInput where the settings in an archive name an augmentation that is
            unknown; None lets them in.

    Raises:
        DataDirectoryInUse: another process, or another store of this one, has it open.
        SchemaTooNew: a newer Vicinal wrote it.
        StorageCorrupt: its database is damaged.
        StorageFailed: it cannot be read or written.
    """

    def __init__(
        self,
        data_dir: Path,
        clock: Clock,
        *,
        check_body: CheckBody | None = None,
        check_augmentations: CheckAugmentations | None = None,
    ) -> None:
        self._checks = check_body or _unchecked, check_augmentations or _unchecked
        self._lock = threading.RLock()
        self._clock = clock
        self._opened: dict[str, SqlPoolStore] = {}
        self._closed = False
        with ExitStack() as undo:
            self._directory = DataDirectory(data_dir)
            undo.callback(self._directory.release)
            self._database = Database(self._directory.database_path, has_pools=self._directory.has_pools())
            undo.callback(self._database.close)
            sync_folder(data_dir)
            with self._database.read() as connection:
                self._directory.sweep(set(stored_folders(connection)))
            undo.pop_all()

    def pools(self) -> Sequence[PoolConfig]:
        """The pools whose settings can be read, by id."""
        with self._open(), self._database.read() as connection:
            return stored_pools(connection, self._directory.database_path)[0]

    def damaged(self) -> Sequence[DamagedPool]:
        """The pools whose settings cannot be read, by id."""
        with self._open(), self._database.read() as connection:
            return stored_pools(connection, self._directory.database_path)[1]

    def create_pool(self, config: PoolConfig, response: StoredResponse | None = None) -> SqlPoolStore:
        """Adds a pool.

        Raises:
            PoolExists: the id is taken.
            StorageFailed: nothing was added.
        """
        with self._open():
            if self._row(config.pool_id) is not None:
                raise pool_exists(config.pool_id)
            # Should the rest fail, an empty folder stays behind until the next start sweeps it.
            folder = self._directory.make_pool_folder()
            VectorFile.create(self._directory.pool_folder(folder) / VECTORS_NAME)
            row = {"pool_id": config.pool_id, "folder": folder, "config": config_to_json(config)}
            with self._database.write() as connection:
                key = connection.execute(insert(pools).values(row).returning(pools.c.pool_key)).scalar_one()
                store_response(connection, response, self._clock.now(), [key])
            self._directory.own(folder)
            return self.open_pool(config.pool_id)

    def open_pool(self, pool_id: str) -> SqlPoolStore:
        """The pool's store; the same object each time. The first time, its rows and vectors are checked.

        Raises:
            PoolNotFound: no such pool.
            StorageCorrupt: its settings cannot be read, its rows contradict one another, or its vectors are
                not what was committed.
        """
        with self._open():
            if pool_id not in self._opened:
                self._opened[pool_id] = self._reopen(self._known_row(pool_id))
            return self._opened[pool_id]

    def delete_pool(self, pool_id: str, response: StoredResponse | None = None) -> None:
        """Takes the pool and all it holds away for good; a pool that is damaged, too.

        Stored responses about it go with it; that of this call stays.

        Raises:
            PoolNotFound: no such pool.
            StorageFailed: the pool is there as before.
        """
        with self._open():
            row, pool = self._known_row(pool_id), self._opened.get(pool_id)
            with pool.exclusive() if pool else nullcontext():
                disowned = self._directory.disowned(row.folder) if row.folder else nullcontext()
                with disowned, self._database.write() as connection:
                    store_response(connection, response, self._clock.now())
                    drop_responses(connection, row.key)
                    for table in POOL_TABLES:
                        connection.execute(delete(table).where(table.c.pool_key == row.key))
                if pool:
                    pool.end(pool_not_found(pool_id))
            self._opened.pop(pool_id, None)
            if row.folder:
                self._directory.remove_pool_folder(row.folder)

    def snapshot(self, pool_id: str | None) -> OutgoingSnapshot:
        """A pool, or with None all of them, at this moment; others go on writing meanwhile.

        Raises:
            PoolNotFound: no such pool.
            StorageCorrupt: the settings of one of them cannot be read.
            StorageFailed: there is no room to lay it ready.
        """
        with self._database.read() as connection:
            with self._open():
                # From the first row that is read on, the transaction sees the database as it is now.
                query = select(pools.c.pool_key, pools.c.folder).order_by(pools.c.pool_id)
                chosen = query if pool_id is None else query.where(pools.c.pool_id == pool_id)
                rows = connection.execute(chosen).all()
                if pool_id is not None and not rows:
                    raise pool_not_found(pool_id)
                database = self._directory.database_path
                configs = [stored_config(connection, row.pool_key, database) for row in rows]
                made = OutgoingSnapshot(self._directory.make_staging_folder())
                for row in rows:
                    made.take_files(row.pool_key, self._directory.pool_folder(row.folder))
            made.write_header(row.pool_key for row in rows)
            for row, config in zip(rows, configs, strict=True):
                made.write_pool(connection, row.pool_key, config)
        return made

    def receive(self) -> IncomingSnapshot:
        """A place for an archive to be written to."""
        with self._open():
            return IncomingSnapshot(self._directory, self._clock, self._adopt, *self._checks)

    def stored_response(self, request_id: str) -> StoredResponse | None:
        """The response stored under that id in the last 24 hours."""
        with self._open(), self._database.read() as connection:
            return find_response(connection, request_id, self._clock.now())

    def close(self) -> None:
        """Waits for the calls under way and ends all use of the store; safe to call twice."""
        with self._lock:
            self._closed = True
            for pool in self._opened.values():
                pool.end(store_closed())
            self._database.close()
            self._directory.release()

    def _adopt(
        self, incoming: IncomingSnapshot, names: Mapping[str, str], response: StoredResponse | None
    ) -> Sequence[PoolConfig]:
        with self._open():
            for pool_id in names.values():
                if self._row(pool_id) is not None:
                    raise pool_exists(pool_id)
            with self._database.write_from(incoming.database_path) as connection:
                adopted = [
                    adopt_pool(connection, pool, names[pool.config.pool_id]) for pool in incoming.ready
                ]
                store_response(connection, response, self._clock.now(), [key for key, _ in adopted])
            for pool in incoming.ready:
                self._directory.own(pool.folder)
            return [config for _, config in adopted]

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise store_closed()
            self._directory.check_held()
            yield

    def _reopen(self, row: StoredPool) -> SqlPoolStore:
        with self._database.read() as connection:
            config = stored_config(connection, row.key, self._directory.database_path)
        folder = self._directory.pool_folder(row.folder)
        held = self._directory.check_held
        return SqlPoolStore(self._database, self._clock, row.key, config, folder, check_held=held)

    def _known_row(self, pool_id: str) -> StoredPool:
        row = self._row(pool_id)
        if row is None:
            raise pool_not_found(pool_id)
        return row

    def _row(self, pool_id: str) -> StoredPool | None:
        with self._database.read() as connection:
            return find_pool(connection, pool_id)


def _unchecked(*anything: object) -> None:
    """Lets anything in."""
    del anything
