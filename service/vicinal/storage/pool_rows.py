"""The rows of `pools`, each read by itself: one that is damaged hides none of the others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from vicinal.core.errors import StorageCorrupt
from vicinal.core.field_rules import MAX_NAME_CHARACTERS, is_text
from vicinal.core.ports import DamagedPool, PoolConfig
from vicinal.storage.directory import is_folder_name
from vicinal.storage.faults import corrupt
from vicinal.storage.pool_settings import config_from_json
from vicinal.storage.schema import pools


class StoredPool(NamedTuple):
    """Where a pool is.

    Attributes:
        key: in the database.
        folder: name of the folder with its files; empty where the database holds no such name.
    """

    key: int
    folder: str


def stored_pools(connection: Connection, database: Path) -> tuple[list[PoolConfig], list[DamagedPool]]:
    """The pools whose settings can be read, and the others, each by id."""
    readable: list[PoolConfig] = []
    damaged: list[DamagedPool] = []
    for key in connection.scalars(select(pools.c.pool_key).order_by(pools.c.pool_id)).all():
        try:
            readable.append(stored_config(connection, key, database))
        except StorageCorrupt as error:
            damaged.append(DamagedPool(_shown_id(connection, key), error))
    return readable, damaged


def stored_config(connection: Connection, key: int, database: Path) -> PoolConfig:
    """The settings of the pool of that key.

    Raises:
        StorageCorrupt: they cannot be read, or its row contradicts them.
    """
    try:
        row = connection.execute(select(pools).where(pools.c.pool_key == key)).one()
        config = config_from_json(row.config)
        if row.pool_id != config.pool_id:
            raise ValueError("pool_id is not that of the config")
        if not is_folder_name(row.folder):
            raise ValueError("folder is none that a pool has")
    except (ValueError, DBAPIError) as error:
        told = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise corrupt(database, f"a row makes no sense (pools: {told})") from error
    return config


def stored_folders(connection: Connection) -> Sequence[str]:
    """Names of the folders that pools own, as far as they can be read."""
    found = []
    for key in connection.scalars(select(pools.c.pool_key)).all():
        folder = _column(connection, key, pools.c.folder)
        if isinstance(folder, str) and is_folder_name(folder):
            found.append(folder)
    return found


def find_pool(connection: Connection, pool_id: str) -> StoredPool | None:
    """Key and folder of the pool of that id; None if there is none."""
    key = connection.scalar(select(pools.c.pool_key).where(pools.c.pool_id == pool_id))
    if key is None:
        return None
    folder = _column(connection, key, pools.c.folder)
    return StoredPool(key, folder if isinstance(folder, str) and is_folder_name(folder) else "")


def _shown_id(connection: Connection, key: int) -> str:
    found = _column(connection, key, pools.c.pool_id)
    # No id that a request can give begins with a bracket.
    return str(found) if is_text(found, MAX_NAME_CHARACTERS) else f"(key {key})"


def _column(connection: Connection, key: int, column: Any) -> object:
    try:
        return connection.scalar(select(column).where(pools.c.pool_key == key))
    except DBAPIError:
        return None
