"""The data directory: one process at a time, a database, and a folder for each pool."""

import fcntl
import logging
import os
import re
import secrets
import shutil
from collections.abc import Collection
from pathlib import Path

from vicinal.core.errors import DataDirectoryInUse
from vicinal.storage.faults import storage_faults

_log = logging.getLogger(__name__)

_FOLDER_NAME = re.compile("[0-9a-f]{32}")


class DataDirectory:
    """Held by this object alone until it is released.

    Args:
        path: made where there is none.

    Raises:
        DataDirectoryInUse: another process, or another store of this one, holds it.
        StorageFailed: it cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.database_path = path / "vicinal.sqlite3"
        self._pools = path / "pools"
        self._staging = path / "staging"
        with storage_faults(path):
            path.mkdir(parents=True, exist_ok=True)
            self._lock: int | None = _locked(path / "lock")
        try:
            with storage_faults(path):
                self._pools.mkdir(exist_ok=True)
                self._staging.mkdir(exist_ok=True)
                sync_folder(path)
        except BaseException:
            self.release()
            raise

    def pool_folder(self, name: str) -> Path:
        """Where the pool with that folder name keeps its vectors."""
        return self._pools / name

    def make_pool_folder(self) -> str:
        """Makes an empty folder under a random name, and returns the name."""
        name = secrets.token_hex(16)
        with storage_faults(self._pools):
            self.pool_folder(name).mkdir()
            sync_folder(self._pools)
        return name

    def make_staging_folder(self) -> Path:
        """Makes an empty folder for files on their way in or out; the next start sweeps what is left."""
        folder = self._staging / secrets.token_hex(16)
        with storage_faults(self._staging):
            folder.mkdir()
        return folder

    def remove_pool_folder(self, name: str) -> None:
        """Removes a folder that no pool owns; one that resists is left to the next sweep."""
        try:
            shutil.rmtree(self.pool_folder(name))
        except OSError as error:
            _log.warning("cannot remove %s, left for the next start: %s", self.pool_folder(name), error)

    def sweep(self, owned: Collection[str]) -> None:
        """Removes the folders of pools that were deleted or never came to be, and all that was staged."""
        with storage_faults(self._pools):
            names = [entry.name for entry in self._pools.iterdir()]
        shutil.rmtree(self._staging, ignore_errors=True)
        with storage_faults(self._staging):
            self._staging.mkdir(exist_ok=True)
        for name in names:
            if _FOLDER_NAME.fullmatch(name) and name not in owned:
                self.remove_pool_folder(name)

    def release(self) -> None:
        """Lets others open the directory; safe to call twice."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sync_folder(path: Path) -> None:
    """Puts the names in a folder on disk: a synced file in an unsynced folder may vanish."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _locked(path: Path) -> int:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode(errors="replace") or "unknown"
        os.close(lock)
        raise DataDirectoryInUse(
            f"{path.parent} is in use by process {holder}; stop it, or choose another data directory"
        ) from None
    except BaseException:
        os.close(lock)
        raise
    return lock
