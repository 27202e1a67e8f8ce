"""Pools on their way in: received, checked as a whole and laid ready, before anybody sees them."""

import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.exc import OperationalError

from vicinal.core.errors import SnapshotTooNew, StorageCorrupt, StorageFailed
from vicinal.core.ports import Clock, PoolConfig, Receipt
from vicinal.storage.database import INCOMING, Database
from vicinal.storage.directory import DataDirectory, sync_folder
from vicinal.storage.faults import storage_faults
from vicinal.storage.records import config_from_json, config_to_json
from vicinal.storage.schema import SCHEMA_VERSION, pools
from vicinal.storage.snapshots.archive import Archive, damaged
from vicinal.storage.snapshots.outgoing import CONFIG_NAME, FORMAT_NAME, FORMAT_VERSION, HEADER_NAME
from vicinal.storage.snapshots.rows import ROW_TABLES, copy_rows, insert_rows
from vicinal.storage.sql_pool import NEIGHBOURS_NAME, VECTORS_NAME, SqlPoolStore


@dataclass(frozen=True)
class ReadyPool:
    """A pool in the staged database, with its files in a folder that nobody owns yet.

    Attributes:
        config: as it is in the archive.
        key: its key in the staged database.
        folder: name of its folder.
    """

    config: PoolConfig
    key: int
    folder: str


class IncomingSnapshot:
    """`Incoming` in a data directory.

    Args:
        directory: where pools are to be; their files are written to folders of their own at once, and a crash
            leaves nothing but folders without owner, which the next start sweeps.
        clock: of the store.
        take_over: takes the pools that lie ready here into the store.

    Raises:
        StorageFailed: there is no place for it.
    """

    def __init__(self, directory: DataDirectory, clock: Clock, take_over: "TakeOver") -> None:
        self._directory = directory
        self._clock = clock
        self._take_over = take_over
        self._folder = directory.make_staging_folder()
        self._path = self._folder / "snapshot.tar"
        self.database_path = self._folder / "rows.sqlite3"
        self._digest = hashlib.sha256()
        self.ready: list[ReadyPool] = []
        self._unowned: set[Path] = set()
        with storage_faults(self._path):
            self._file = self._path.open("xb")
        self._end = weakref.finalize(self, _clean_up, self._folder, self._unowned)

    @property
    def sha256(self) -> str:
        """Hexadecimal, of all that was written so far."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Takes in the next bytes of the archive.

        Raises:
            StorageFailed: the disk refused.
        """
        with storage_faults(self._path):
            self._file.write(piece)
        self._digest.update(piece)

    def prepare(self) -> Sequence[PoolConfig]:
        """Checks the whole archive and lays its pools ready; returns their settings.

        Raises:
            SnapshotDamaged: it is not what was written, or no snapshot.
            SnapshotTooNew: a newer Vicinal wrote it.
            StorageFailed: the disk refused.
        """
        with storage_faults(self._path):
            self._file.close()
        with Archive(self._path) as archive:
            header = _header(archive)
            database = Database(self.database_path)
            try:
                for key, name in enumerate(header["pools"], start=1):
                    self._lay_ready(archive, str(name), key, database, header["schema_version"])
            finally:
                database.close()
        return [pool.config for pool in self.ready]

    def adopt(self, names: Mapping[str, str], receipt: Receipt | None = None) -> Sequence[PoolConfig]:
        """Takes the prepared pools into the store under their new names, all or none.

        Raises:
            PoolExists: an id is taken.
            StorageFailed: nothing was taken in.
        """
        adopted = self._take_over(self, names, receipt)
        self._unowned.clear()
        return adopted

    def close(self) -> None:
        """Drops whatever was not adopted; safe to call twice."""
        # What is left to write is not wanted any more, and may find the disk full.
        with suppress(OSError):
            self._file.close()
        self._end()

    def _lay_ready(self, archive: Archive, name: str, key: int, database: Database, version: int) -> None:
        text = json.dumps(archive.json(f"{name}/{CONFIG_NAME}"))
        try:
            config = config_from_json(text)
        except (ValueError, TypeError, KeyError) as error:
            raise damaged(f"{name}/{CONFIG_NAME} makes no sense ({error})") from error
        folder = self._directory.make_pool_folder()
        path = self._directory.pool_folder(folder)
        self._unowned.add(path)
        for file_name in (VECTORS_NAME, NEIGHBOURS_NAME):
            if file_name == VECTORS_NAME or f"{name}/{file_name}" in archive:
                _put(archive, f"{name}/{file_name}", path / file_name)
        with storage_faults(path):
            sync_folder(path)
        with _damage_told(), database.write() as connection:
            row = {"pool_key": key, "pool_id": config.pool_id, "folder": folder, "config": text}
            connection.execute(insert(pools).values(row))
            _insert_all(connection, archive, name, key, version)
        with _damage_told():
            _read_through(SqlPoolStore(database, self._clock, key, config.dimension, path))
        self.ready.append(ReadyPool(config, key, folder))


TakeOver = Callable[[IncomingSnapshot, Mapping[str, str], Receipt | None], Sequence[PoolConfig]]


def adopt_pool(connection: Connection, pool: ReadyPool, pool_id: str) -> PoolConfig:
    """Copies a pool from the attached staged database, under an id of its own choice."""
    config = replace(pool.config, pool_id=pool_id)
    row = {"pool_id": pool_id, "folder": pool.folder, "config": config_to_json(config)}
    key = connection.execute(insert(pools).values(row).returning(pools.c.pool_key)).scalar_one()
    for table in ROW_TABLES:
        copy_rows(connection, table, INCOMING, pool.key, key)
    return config


def _header(archive: Archive) -> dict[str, Any]:
    header = archive.json(HEADER_NAME)
    if header.get("format") != FORMAT_NAME:
        raise damaged(f"{HEADER_NAME} does not say that it is a {FORMAT_NAME}")
    for field, newest in (("format_version", FORMAT_VERSION), ("schema_version", SCHEMA_VERSION)):
        found = header.get(field)
        if not isinstance(found, int) or found < 1:
            raise damaged(f"its {field} is {found!r}")
        if found > newest:
            raise SnapshotTooNew(
                f"the snapshot has {field} {found}, this Vicinal knows up to {newest}; restore it into a "
                "newer Vicinal"
            )
    if not isinstance(header.get("pools"), list):
        raise damaged(f"{HEADER_NAME} does not list its pools")
    return header


def _insert_all(connection: Connection, archive: Archive, name: str, key: int, version: int) -> None:
    for table in ROW_TABLES:
        member = f"{name}/{table.name}.jsonl"
        # A table that came later is empty in what older versions wrote.
        if member in archive or version == SCHEMA_VERSION:
            insert_rows(connection, table, key, archive.lines(member))


def _read_through(pool: SqlPoolStore) -> None:
    """Reads a pool as a start does, so that nothing is adopted that could not be opened."""
    sequences = [event.sequence for event in pool.events()]
    if sequences != list(range(1, len(sequences) + 1)):
        raise damaged("the log has gaps")
    for read in (pool.items, pool.draws, pool.leases, pool.examples):
        read()


def _put(archive: Archive, name: str, path: Path) -> None:
    with storage_faults(path), path.open("xb") as file:
        for piece in archive.pieces(name):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _damage_told() -> Iterator[None]:
    """Tells rows that contradict one another from a disk that refuses."""
    try:
        yield
    except StorageFailed as error:
        if isinstance(error, StorageCorrupt):
            raise damaged(error.message.partition(";")[0]) from error
        if isinstance(error.__cause__, OSError | OperationalError):
            raise
        raise damaged(f"its rows contradict one another ({error.message})") from error


def _clean_up(folder: Path, unowned: set[Path]) -> None:
    for path in (folder, *unowned):
        shutil.rmtree(path, ignore_errors=True)
