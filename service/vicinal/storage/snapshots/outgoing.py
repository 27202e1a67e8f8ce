"""Pools on their way out of a data directory: their rows as lines of JSON, laid ready to be carried away."""

import base64
import binascii
import json
import math
import os
import shutil
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Column, Connection, Float, Integer, LargeBinary, Table, func, insert, select

from vicinal.core.field_rules import is_unicode
from vicinal.core.pool_config import PoolConfig
from vicinal.storage.faults import storage_faults
from vicinal.storage.snapshots.archive import Member, iterate_archive, make_damage_error, parse_json
from vicinal.storage.sqlite.old_names import rename_row
from vicinal.storage.sqlite.pool import NEIGHBOURS_NAME, VECTORS_NAME
from vicinal.storage.sqlite.pool_settings import config_to_json
from vicinal.storage.sqlite.schema import POOL_TABLES, SCHEMA_VERSION, chunks, pools
from vicinal.storage.values import INT64_MAX

ROW_TABLES = tuple(table for table in reversed(POOL_TABLES) if table is not pools)
"""The tables that hold a pool's rows; in this order they can be filled."""

_KEY = "pool_key"
_ROWS_A_PAGE = 10_000
_BYTES_A_PAGE = 16 << 20
# Rows with bytes are large: those of pictures are some 40 KB.
_LARGE_ROWS_A_PAGE = 256


def write_rows(connection: Connection, table: Table, key: int, file: BinaryIO) -> None:
    """Writes a pool's rows of a table, each an object of its columns; bytes as base64."""
    columns = _columns(table)
    query = select(*columns.values()).where(table.c[_KEY] == key).order_by(*table.primary_key.columns)
    page = _LARGE_ROWS_A_PAGE if _binary(columns) else _ROWS_A_PAGE
    for row in connection.execute(query.execution_options(yield_per=page)):
        record = dict(zip(columns, row, strict=True))
        file.write(json.dumps(record, default=_text, ensure_ascii=False).encode() + b"\n")


def insert_rows(connection: Connection, table: Table, key: int, lines: Iterable[bytes], version: int) -> None:
    """Inserts the rows that `write_rows` wrote; columns that came later take their defaults.

    Args:
        connection: of a database with the tables of today.
        table: to be filled.
        key: of the pool.
        lines: what was written, each line a row.
        version: of the schema that it was written with.

    Raises:
        SnapshotDamaged: a line is no row of the table.
        IntegrityError: rows contradict one another.
    """
    for page in _pages(table, key, lines, version):
        connection.execute(insert(table), page)


def copy_rows(connection: Connection, table: Table, source: str, old_key: int, new_key: int) -> None:
    """Copies a pool's rows from the database that is attached as `source`, under another key."""
    names = ", ".join(_columns(table))
    statement = (
        f"INSERT INTO main.{table.name} ({_KEY}, {names}) "
        f"SELECT ?, {names} FROM {source}.{table.name} WHERE {_KEY} = ?"
    )
    connection.exec_driver_sql(statement, (new_key, old_key))


def _columns(table: Table) -> dict[str, Column[Any]]:
    return {column.name: column for column in table.columns if column.name != _KEY}


def _binary(columns: dict[str, Column[Any]]) -> set[str]:
    return {name for name, column in columns.items() if isinstance(column.type, LargeBinary)}


def _pages(table: Table, key: int, lines: Iterable[bytes], version: int) -> Iterator[list[dict[str, Any]]]:
    """Rows by pages of a bounded number and size; those of a page have the same columns."""
    columns = _columns(table)
    page: list[dict[str, Any]] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        try:
            row = {_KEY: key, **_row(table.name, columns, line, version)}
        except ValueError as error:
            raise make_damage_error(f"line {number} of {table.name} is no row of it ({error})") from error
        if page and (len(page) == _ROWS_A_PAGE or size > _BYTES_A_PAGE or row.keys() != page[0].keys()):
            yield page
            page, size = [], 0
        page.append(row)
        size += len(line)
    if page:
        yield page


def _row(table: str, columns: dict[str, Column[Any]], line: bytes, version: int) -> dict[str, Any]:
    record = parse_json(line)
    if not isinstance(record, dict):
        raise ValueError("it is no JSON object")
    record = rename_row(table, record, version)
    if unknown := record.keys() - columns.keys():
        raise ValueError(f"there are no columns {', '.join(sorted(map(ascii, unknown)))[:100]}")
    for name, column in columns.items():
        if name not in record and column.server_default is None:
            raise ValueError(f"{name} is missing")
    return {name: _value(columns[name], value) for name, value in record.items()}


def _value(column: Column[Any], value: object) -> object:
    """What a database would take as it stands: SQLite itself keeps anything in any column."""
    kind, is_number = column.type, isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(kind, LargeBinary):
        return _decoded(column.name, value)
    if isinstance(kind, Integer):
        if is_number and isinstance(value, int) and abs(value) <= INT64_MAX:
            return value
        raise ValueError(f"{column.name} is no whole number of 64 bits")
    if isinstance(kind, Float):
        if is_number and isinstance(value, float) and math.isfinite(value):
            return value
        if is_number and isinstance(value, int) and abs(value) <= INT64_MAX:
            return float(value)
        raise ValueError(f"{column.name} is no finite number")
    if isinstance(value, str) and is_unicode(value):
        return value
    raise ValueError(f"{column.name} is no text")


def _decoded(name: str, value: object) -> bytes:
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ValueError(f"{name} is no base64")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


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
        return iterate_archive(self._members)

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
