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
    except OSError as error:
        if error.errno in _FULL_NUMBERS:
            raise _full(path, error.strerror or str(error)) from error
        where = str(error.filename or path)
        raise StorageFailed(f"{where}: {error.strerror or error}", details={"path": where}) from error
    except DBAPIError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code in CORRUPT_CODES:
            raise corrupt(path, str(error.orig)) from error
        if code == sqlite3.SQLITE_FULL:
            raise _full(path, str(error.orig)) from error
        raise StorageFailed(f"{path}: {error.orig}", details={"path": str(path)}) from error
    except SQLAlchemyError as error:
        raise StorageFailed(f"{path}: {error}", details={"path": str(path)}) from error


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
