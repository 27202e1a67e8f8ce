"""Turns what the disk and the database throw into the project's errors."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from vicinal.core.errors import StorageCorrupt, StorageFailed, StorageFull

CORRUPT_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FULL_NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def storage_faults(path: Path) -> Iterator[None]:
    """Work on the file or folder at `path`.

    Raises:
        StorageFailed: the system or the database refused; nothing of the work is to be relied on.
        StorageFull: it refused for want of room.
        StorageCorrupt: the database is damaged, or no database.
    """
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        raise storage_error(path, error) from error


def storage_error(path: Path, error: OSError | SQLAlchemyError) -> StorageFailed:
    """The project's error for what was raised by work on the file or folder at `path`."""
    if isinstance(error, OSError):
        if error.errno in _FULL_NUMBERS:
            return _full(path, error.strerror or str(error))
        where = str(error.filename or path)
        return StorageFailed(f"{where}: {error.strerror or error}", details={"path": where})
    if not isinstance(error, DBAPIError):
        return StorageFailed(f"{path}: {error}", details={"path": str(path)})
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code in CORRUPT_CODES:
        return corrupt(path, str(error.orig))
    if code == sqlite3.SQLITE_FULL:
        return _full(path, str(error.orig))
    return StorageFailed(f"{path}: {error.orig}", details={"path": str(path)})


def corrupt(path: Path, what: str) -> StorageCorrupt:
    """The error for a file that does not hold what was written."""
    return StorageCorrupt(
        f"{path}: {what}; restore the data directory from a copy", details={"path": str(path)}
    )


def _full(path: Path, what: str) -> StorageFull:
    return StorageFull(
        f"{path}: {what}; nothing was written. Make room on that disk, then send the request again",
        details={"path": str(path)},
    )
