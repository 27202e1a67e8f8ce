"""Looks at a database before it is opened to be written: what is refused stays as it is."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from vicinal.core.errors import SchemaTooNew, StorageFailed
from vicinal.storage import schema
from vicinal.storage.faults import CORRUPT_CODES, corrupt

_MOST_DIGITS = 9
_PAGE_SIZE_AT, _PAGE_COUNT_AT = slice(16, 18), slice(28, 32)


def check_database(path: Path, *, has_pools: bool) -> None:
    """Refuses a database that is damaged, newer than this code, or gone while the pools' files are there.

    Args:
        path: of the database.
        has_pools: whether there are vectors beside it.

    Raises:
        StorageCorrupt, SchemaTooNew, StorageFailed: naming the file, and what to do.
    """
    if not path.exists() or path.stat().st_size == 0:
        if has_pools:
            raise corrupt(path, "the database is missing or empty, but there are pools beside it")
        return
    try:
        with closing(_open_read_only(path)) as connection:
            _check_version(path, _version(connection), has_pools)
            if _is_cut_short(path):
                # Rightly so if a crash came between; then the log beside it has the rest.
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
            raise corrupt(path, "it holds no tables, but there are pools beside it")
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
