"""Rows of a pool's tables as lines of JSON, whatever tables there are."""

import base64
import binascii
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from sqlalchemy import Column, Connection, Float, Integer, LargeBinary, Table, insert, select

from vicinal.core.field_rules import is_unicode
from vicinal.storage.schema import POOL_TABLES, pools
from vicinal.storage.snapshots.archive import damaged, parsed
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


def insert_rows(connection: Connection, table: Table, key: int, lines: Iterable[bytes]) -> None:
    """Inserts the rows that `write_rows` wrote; columns that came later take their defaults.

    Raises:
        SnapshotDamaged: a line is no row of the table.
        IntegrityError: rows contradict one another.
    """
    for page in _pages(table, key, lines):
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


def _pages(table: Table, key: int, lines: Iterable[bytes]) -> Iterator[list[dict[str, Any]]]:
    """Rows by pages of a bounded number and size; those of a page have the same columns."""
    columns = _columns(table)
    page: list[dict[str, Any]] = []
    size = 0
    for number, line in enumerate(lines, start=1):
        try:
            row = {_KEY: key, **_row(columns, line)}
        except ValueError as error:
            raise damaged(f"line {number} of {table.name} is no row of it ({error})") from error
        if page and (len(page) == _ROWS_A_PAGE or size > _BYTES_A_PAGE or row.keys() != page[0].keys()):
            yield page
            page, size = [], 0
        page.append(row)
        size += len(line)
    if page:
        yield page


def _row(columns: dict[str, Column[Any]], line: bytes) -> dict[str, Any]:
    record = parsed(line)
    if not isinstance(record, dict):
        raise ValueError("it is no JSON object")
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
