"""Rows of a pool's tables as lines of JSON, whatever tables there are."""

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import Connection, LargeBinary, Table, insert, select

from vicinal.storage.schema import POOL_TABLES, pools
from vicinal.storage.snapshots.archive import damaged

ROW_TABLES = tuple(table for table in reversed(POOL_TABLES) if table is not pools)
"""The tables that hold a pool's rows; in this order they can be filled."""

_KEY = "pool_key"
_ROWS_A_PAGE = 10_000


def write_rows(connection: Connection, table: Table, key: int, file: BinaryIO) -> None:
    """Writes a pool's rows of a table, each an object of its columns; bytes as base64."""
    columns = _columns(table)
    query = select(*columns.values()).where(table.c[_KEY] == key).order_by(*table.primary_key.columns)
    for row in connection.execute(query.execution_options(yield_per=_ROWS_A_PAGE)):
        record = dict(zip(columns, row, strict=True))
        file.write(json.dumps(record, default=_text, ensure_ascii=False).encode() + b"\n")


def insert_rows(connection: Connection, table: Table, key: int, lines: Iterable[bytes]) -> None:
    """Inserts the rows that `write_rows` wrote; columns that came later take their defaults.

    Raises:
        SnapshotDamaged: a line is no row of the table.
        IntegrityError: rows contradict one another.
    """
    rows = _parsed(table, key, lines)
    while page := list(islice(rows, _ROWS_A_PAGE)):
        connection.execute(insert(table), page)


def copy_rows(connection: Connection, table: Table, source: str, old_key: int, new_key: int) -> None:
    """Copies a pool's rows from the database that is attached as `source`, under another key."""
    names = ", ".join(_columns(table))
    statement = (
        f"INSERT INTO main.{table.name} ({_KEY}, {names}) "
        f"SELECT ?, {names} FROM {source}.{table.name} WHERE {_KEY} = ?"
    )
    connection.exec_driver_sql(statement, (new_key, old_key))


def _columns(table: Table) -> dict[str, Any]:
    return {column.name: column for column in table.columns if column.name != _KEY}


def _parsed(table: Table, key: int, lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    columns = _columns(table)
    binary = {name for name, column in columns.items() if isinstance(column.type, LargeBinary)}
    for line in lines:
        try:
            record = json.loads(line)
            if not record.keys() <= columns.keys():
                raise ValueError(f"there are no columns {sorted(record.keys() - columns.keys())}")
            decoded = {name: base64.b64decode(record[name], validate=True) for name in binary & record.keys()}
        except (ValueError, TypeError, AttributeError) as error:
            raise damaged(f"a line of {table.name} is no row of it ({error})") from error
        yield {_KEY: key, **record, **decoded}


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
