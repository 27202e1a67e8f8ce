"""Pools laid ready to be carried away."""

import json
import os
import shutil
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select

from vicinal.core.ports import PoolConfig
from vicinal.storage.faults import storage_faults
from vicinal.storage.pool_settings import config_to_json
from vicinal.storage.schema import SCHEMA_VERSION, chunks
from vicinal.storage.snapshots.archive import Member, archive_of
from vicinal.storage.snapshots.rows import ROW_TABLES, write_rows
from vicinal.storage.sql_pool import NEIGHBOURS_NAME, VECTORS_NAME

FORMAT_NAME = "vicinal snapshot"
FORMAT_VERSION = 1
HEADER_NAME = "snapshot.json"
CONFIG_NAME = "pool.json"

_COMPONENT_BYTES = 4


class OutgoingSnapshot:
    """`Snapshot` of pools, laid ready in a folder of its own.

    Rows are written down there. Vector files are linked to: appends do not touch the rows that were
    committed before, and a pool that is deleted meanwhile leaves what is linked to alone.

    Args:
        folder: empty, for this snapshot alone; removed at the end.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._members: list[Member] = []
        # Also where the caller went away before it could close.
        self._end = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def take_files(self, key: int, pool_folder: Path) -> None:
        """Makes a pool's files safe from being deleted, which the caller keeps off meanwhile.

        Raises:
            StorageFailed: the disk refused.
        """
        for name in (VECTORS_NAME, NEIGHBOURS_NAME):
            source, path = pool_folder / name, self._path(key, name)
            with storage_faults(source):
                if name == VECTORS_NAME or source.exists():
                    _link(source, path)

    def write_header(self, keys: Iterable[int]) -> None:
        """Says what follows, and in which format."""
        header = {
            "format": FORMAT_NAME,
            "format_version": FORMAT_VERSION,
            "schema_version": SCHEMA_VERSION,
            "pools": [_name(key) for key in keys],
        }
        self._put(HEADER_NAME, self._folder / HEADER_NAME, json.dumps(header, indent=1))

    def write_pool(self, connection: Connection, key: int, config: PoolConfig) -> None:
        """Writes down a pool's rows as the connection sees them.

        Args:
            connection: of one reading transaction for all pools.
            key: of a pool whose files were taken.
            config: its settings.

        Raises:
            StorageFailed: the disk refused.
        """
        self._put(f"{_name(key)}/{CONFIG_NAME}", self._path(key, CONFIG_NAME), config_to_json(config))
        for table in ROW_TABLES:
            path = self._path(key, f"{table.name}.jsonl")
            with storage_faults(path), path.open("xb") as file:
                write_rows(connection, table, key, file)
                self._members.append(Member(f"{_name(key)}/{table.name}.jsonl", path, file.tell()))
        count = select(func.coalesce(func.sum(chunks.c.row_count), 0)).where(chunks.c.pool_key == key)
        row_bytes = config.dimension * _COMPONENT_BYTES
        committed = connection.execute(count).scalar_one() * row_bytes
        self._members.append(Member(f"{_name(key)}/{VECTORS_NAME}", self._path(key, VECTORS_NAME), committed))
        neighbours = self._path(key, NEIGHBOURS_NAME)
        if neighbours.exists():
            self._members.append(
                Member(f"{_name(key)}/{NEIGHBOURS_NAME}", neighbours, neighbours.stat().st_size)
            )

    def pieces(self) -> Iterator[bytes]:
        """The archive, in pieces of at most a megabyte; can be read once."""
        return archive_of(self._members)

    def close(self) -> None:
        """Gives the disk its room back; safe to call twice."""
        self._end()

    def _path(self, key: int, name: str) -> Path:
        return self._folder / f"{key}.{name}"

    def _put(self, name: str, path: Path, text: str) -> None:
        content = text.encode()
        with storage_faults(path):
            path.write_bytes(content)
        self._members.append(Member(name, path, len(content)))


def _name(key: int) -> str:
    return f"pools/{key}"


def _link(source: Path, path: Path) -> None:
    try:
        os.link(source, path)
    except FileNotFoundError:
        raise
    except OSError:
        # Some file systems know no links.
        shutil.copyfile(source, path)
