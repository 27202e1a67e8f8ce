"""Pools on their way in: received, checked as a whole and laid ready, before any caller sees them."""

import hashlib
import json
import os
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import OperationalError

from vicinal.core.errors import InvalidInput, SnapshotTooNew, StorageCorrupt, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock
from vicinal.core.records import StoredResponse
from vicinal.records.labels import EventKind
from vicinal.records.pool_options import Consensus
from vicinal.records.pools import Medium
from vicinal.storage.checks import check_prepared
from vicinal.storage.directory import DataDirectory, sync_folder
from vicinal.storage.faults import storage_faults
from vicinal.storage.snapshots.archive import MANIFEST_NAME, Archive, make_damage_error
from vicinal.storage.snapshots.outgoing import (
    CONFIG_NAME,
    FORMAT_NAME,
    FORMAT_VERSION,
    HEADER_NAME,
    ROW_TABLES,
    copy_rows,
    insert_rows,
)
from vicinal.storage.sqlite.database import INCOMING, Database
from vicinal.storage.sqlite.old_names import stored_name
from vicinal.storage.sqlite.pool import NEIGHBOURS_NAME, VECTORS_NAME, SqlPoolStore
from vicinal.storage.sqlite.pool_settings import config_from_json, config_to_json
from vicinal.storage.sqlite.schema import SCHEMA_VERSION, pools


def check_settings(config: PoolConfig) -> None:
    """Sees to it that settings go together as those of a new pool do.

    Raises:
        ValueError: they do not.
    """
    if bool(config.featurizer) != (config.fingerprint is not None):
        raise ValueError("featurizer and fingerprint go together; one of them is missing")
    if config.augmentations and (config.fingerprint is None or config.fingerprint.medium is Medium.VECTOR):
        raise ValueError("augmentations go with pools of images and texts alone")


def check_classes(config: PoolConfig, pool: SqlPoolStore) -> None:
    """Sees to it that all labels of a pool are among its classes, where it has some.

    Raises:
        ValueError: naming the table and the row of a label that is not.
    """
    if config.class_set:
        _check_all("items", "gold", (each.gold for each in pool.items()), config)
        _check_all("examples", "label", (each.label for each in pool.examples()), config)
        _check_all("events", "label", (each.label for each in pool.events()), config)
        _check_all("events", "predicted", (each.predicted for each in pool.events()), config)


def check_events(pool: SqlPoolStore) -> None:
    """Reads the log to its end, and sees to it that who resolved an item is told, or that the consensus did.

    Raises:
        ValueError: naming the row of an event that no request makes.
    """
    for number, event in enumerate(pool.events(), start=1):
        is_of_nobody = event.kind is EventKind.RESOLVED and not event.annotator
        if is_of_nobody and event.reason != Consensus.DAWID_SKENE:
            raise ValueError(f"events, row {number}: annotator is missing, and no consensus is the reason")


def _check_all(table: str, column: str, labels: Iterable[str], config: PoolConfig) -> None:
    for number, label in enumerate(labels, start=1):
        if label and label not in config.class_set:
            raise ValueError(f"{table}, row {number}: {column} is none of the pool's classes")


_ROWS_A_BLOCK = 4096
_FILES = (CONFIG_NAME, VECTORS_NAME, NEIGHBOURS_NAME)

# Checks the stored sketch of an item, as its pool's duplicate finder does.
CheckBody = Callable[[PoolConfig, bytes], None]
# Looks at the names of a pool's augmentations.
CheckAugmentations = Callable[[PoolConfig], None]


@dataclass(frozen=True)
class ReadyPool:
    """A pool in the staged database, with its files in a folder that no pool uses yet.

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
        check_body: raises StorageCorrupt where the stored sketch of an item is damaged.
        check_augmentations: raises InvalidInput where an augmentation is not known.

    Raises:
        StorageFailed: there is no place for it.
    """

    def __init__(
        self,
        directory: DataDirectory,
        clock: Clock,
        take_over: "TakeOver",
        check_body: CheckBody,
        check_augmentations: CheckAugmentations,
    ) -> None:
        self._check_body = check_body
        self._check_augmentations = check_augmentations
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
                    self._lay_ready(archive, name, key, database, header["schema_version"])
            finally:
                database.close()
        return [pool.config for pool in self.ready]

    def adopt(self, names: Mapping[str, str], response: StoredResponse | None = None) -> Sequence[PoolConfig]:
        """Takes the prepared pools into the store under their new names, all or none.

        Raises:
            PoolExists: an id is taken.
            StorageFailed: nothing was stored.
        """
        adopted = self._take_over(self, names, response)
        self._unowned.clear()
        return adopted

    def close(self) -> None:
        """Drops whatever was not adopted; safe to call twice."""
        # What is left to write is not wanted any more, and may find the disk full.
        with suppress(OSError):
            self._file.close()
        self._end()

    def _lay_ready(self, archive: Archive, name: str, key: int, database: Database, version: int) -> None:
        config = _config(archive, name, self._check_augmentations)
        if config.pool_id in {pool.config.pool_id for pool in self.ready}:
            raise make_damage_error(f"{name}/{CONFIG_NAME} has the pool_id of another pool in it")
        folder = self._directory.make_pool_folder()
        path = self._directory.pool_folder(folder)
        self._unowned.add(path)
        for file_name in (VECTORS_NAME, NEIGHBOURS_NAME):
            if file_name == VECTORS_NAME or f"{name}/{file_name}" in archive:
                _put(archive, f"{name}/{file_name}", path / file_name)
        with storage_faults(path):
            sync_folder(path)
        with _translate_damage(self.database_path, path), database.write() as connection:
            row = {"pool_key": key, "pool_id": config.pool_id, "folder": folder}
            connection.execute(insert(pools).values(row | {"config": config_to_json(config)}))
            _insert_all(connection, archive, name, key, version)
        with _translate_damage(self.database_path, path):
            pool = SqlPoolStore(database, self._clock, key, config, path)
            if archive.size(f"{name}/{VECTORS_NAME}") != pool.vectors().nbytes:
                raise make_damage_error(f"{name}/{VECTORS_NAME} holds more than the rows tell of")
            _read_through(pool, config, self._check_body)
            check_classes(config, pool)
        self.ready.append(ReadyPool(config, key, folder))


TakeOver = Callable[[IncomingSnapshot, Mapping[str, str], StoredResponse | None], Sequence[PoolConfig]]


def adopt_pool(connection: Connection, pool: ReadyPool, pool_id: str) -> tuple[int, PoolConfig]:
    """Copies a pool from the attached staged database, under another id; returns its key and settings."""
    config = replace(pool.config, pool_id=pool_id)
    row = {"pool_id": pool_id, "folder": pool.folder, "config": config_to_json(config)}
    key = connection.execute(insert(pools).values(row).returning(pools.c.pool_key)).scalar_one()
    for table in ROW_TABLES:
        copy_rows(connection, table, INCOMING, pool.key, key)
    return key, config


def _header(archive: Archive) -> dict[str, Any]:
    header = archive.json(HEADER_NAME)
    if header.get("format") != FORMAT_NAME:
        raise make_damage_error(f"{HEADER_NAME} does not say that it is a {FORMAT_NAME}")
    for field, newest in (("format_version", FORMAT_VERSION), ("schema_version", SCHEMA_VERSION)):
        found = header.get(field)
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise make_damage_error(f"its {field} is {ascii(found)[:40]}")
        if found > newest:
            raise SnapshotTooNew(
                f"the snapshot has {field} {min(found, 10**9)}, this Vicinal knows up to {newest}; "
                "restore it into a newer Vicinal"
            )
    names = header.get("pools")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise make_damage_error(f"{HEADER_NAME} does not list its pools")
    if len(set(names)) != len(names):
        raise make_damage_error(f"{HEADER_NAME} lists a pool twice")
    files = (*_FILES, *(_rows_name(table, header["schema_version"]) for table in ROW_TABLES))
    expected = {HEADER_NAME, MANIFEST_NAME} | {f"{name}/{file}" for name in names for file in files}
    if not expected.issuperset(archive.names()):
        raise make_damage_error("it holds a file that is of no pool in it, or that no pool has")
    return header


def _config(archive: Archive, name: str, check_augmentations: CheckAugmentations) -> PoolConfig:
    try:
        config = config_from_json(json.dumps(archive.json(f"{name}/{CONFIG_NAME}")))
        check_settings(config)
        check_augmentations(config)
        return config
    except InvalidInput as error:
        raise make_damage_error(f"{name}/{CONFIG_NAME} makes no sense ({error.message})") from error
    except ValueError as error:
        raise make_damage_error(f"{name}/{CONFIG_NAME} makes no sense ({error})") from error


def _insert_all(connection: Connection, archive: Archive, name: str, key: int, version: int) -> None:
    for table in ROW_TABLES:
        member = f"{name}/{_rows_name(table, version)}"
        # A table that came later is empty in what older versions wrote.
        if member in archive or version == SCHEMA_VERSION:
            insert_rows(connection, table, key, archive.lines(member), version)


def _rows_name(table: Table, version: int) -> str:
    """Of the file with the rows of a table, as a schema version wrote it."""
    return f"{stored_name(table.name, version)}.jsonl"


def _read_through(pool: SqlPoolStore, config: PoolConfig, check_body: CheckBody) -> None:
    """Reads a pool as a start and its calls do, so that nothing is adopted that could not be used."""
    for read in (pool.items, pool.suggestions, pool.leases, pool.examples, pool.duplicates):
        read()
    check_events(pool)
    for sketch in pool.sketches():
        if sketch.body:
            check_body(config, sketch.body)
    for example in pool.examples():
        check_prepared(example.vector[np.newaxis], config.dimension, config.metric, "examples")
    for start in range(0, len(pool.vectors()), _ROWS_A_BLOCK):
        rows = pool.vectors()[start : start + _ROWS_A_BLOCK]
        check_prepared(rows, config.dimension, config.metric, "vectors")


def _put(archive: Archive, name: str, path: Path) -> None:
    with storage_faults(path), path.open("xb") as file:
        for piece in archive.pieces(name):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _translate_damage(database: Path, folder: Path) -> Iterator[None]:
    """Distinguishes rows and vectors that cannot be from a disk that refuses; names no path."""
    try:
        yield
    except ValueError as error:
        raise make_damage_error(str(error)) from error
    except StorageFailed as error:
        if isinstance(error, StorageCorrupt):
            raise make_damage_error(_unplaced(error, database, folder).partition(";")[0]) from error
        if isinstance(error.__cause__, OSError | OperationalError):
            raise
        raise make_damage_error(
            f"its rows contradict one another ({_unplaced(error, database, folder)})"
        ) from error


def _unplaced(error: StorageFailed, database: Path, folder: Path) -> str:
    """What went wrong, without paths of this machine: the caller who sent the archive sees it."""
    return error.message.replace(f"{database}: ", "").replace(f"{folder}/", "")


def _clean_up(folder: Path, unowned: set[Path]) -> None:
    for path in (folder, *unowned):
        shutil.rmtree(path, ignore_errors=True)
