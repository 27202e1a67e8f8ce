"""The data directory: one process at a time, a database, and a folder for each pool."""

import logging
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vicinal.storage.faults import storage_faults
from vicinal.storage.lock import DirectoryLock

_log = logging.getLogger(__name__)

# In a folder that may be swept if no pool owns it: one that is being made, or about to be deleted.
_UNOWNED = "unowned"
_DATABASE = "vicinal.sqlite3"
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
        self.database_path = path / _DATABASE
        self._pools = path / "pools"
        self._staging = path / "staging"
        with storage_faults(path):
            _make_folder(path)
            self._lock = DirectoryLock(path)
        try:
            with storage_faults(path):
                self._pools.mkdir(exist_ok=True)
                self._staging.mkdir(exist_ok=True)
                sync_folder(path)
        except BaseException:
            self.release()
            raise

    def pool_folder(self, name: str) -> Path:
        """Where the pool with that folder name keeps its vectors.

        Raises:
            ValueError: no folder is called so: a database that somebody changed may lead anywhere.
        """
        if not is_folder_name(name):
            raise ValueError("folder is none that a pool has")
        return self._pools / name

    def make_pool_folder(self) -> str:
        """Makes an empty folder under a random name, and returns the name."""
        name = secrets.token_hex(16)
        with storage_faults(self._pools):
            self.pool_folder(name).mkdir()
            self._mark(name)
            sync_folder(self._pools)
        return name

    def has_pools(self) -> bool:
        """Whether there are vectors of any pool that may not be swept."""
        return any(is_folder_name(each.name) and not _is_spare(each) for each in self._entries())

    def own(self, name: str) -> None:
        """A pool owns the folder now: whatever happens to the database, the folder stays."""
        try:
            (self.pool_folder(name) / _UNOWNED).unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s stays marked as unowned: %s", self.pool_folder(name), error)

    @contextmanager
    def disowned(self, name: str) -> Iterator[None]:
        """While its pool is deleted from the database: once that is done, the folder may be swept."""
        with storage_faults(self._pools):
            self._mark(name)
        try:
            yield
        except BaseException:
            self.own(name)
            raise

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
        """Removes the folders of pools that were deleted or never came to be, and all that was staged.

        A folder that no pool owns, but that is not marked either, is left: its pool may be in another copy of
        the database than the one that is here.
        """
        shutil.rmtree(self._staging, ignore_errors=True)
        with storage_faults(self._staging):
            self._staging.mkdir(exist_ok=True)
        for entry in self._entries():
            if not is_folder_name(entry.name):
                continue
            if entry.name in owned:
                self.own(entry.name)
            elif _is_spare(entry):
                self.remove_pool_folder(entry.name)
            else:
                _log.warning("%s belongs to no pool of %s and is left as it is", entry, self.database_path)

    def _entries(self) -> Sequence[Path]:
        with storage_faults(self._pools):
            return sorted(self._pools.iterdir())

    def _mark(self, name: str) -> None:
        folder = self.pool_folder(name)
        if folder.is_dir():
            (folder / _UNOWNED).touch()
            sync_folder(folder)

    def check_held(self) -> None:
        """Sees to it that what is written goes where others are kept out.

        Raises:
            StorageFailed: the directory was moved, or another one is in its place.
        """
        self._lock.check()

    def release(self) -> None:
        """Lets others open the directory; safe to call twice."""
        self._lock.release()


def is_folder_name(name: object) -> bool:
    """Whether a pool's folder can be called so."""
    return isinstance(name, str) and _FOLDER_NAME.fullmatch(name) is not None


def is_data_directory(path: Path) -> bool:
    """Whether pools were ever kept there."""
    return (path / _DATABASE).is_file()


def sync_folder(path: Path) -> None:
    """Puts the names in a folder on disk: a synced file in an unsynced folder may vanish."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_spare(folder: Path) -> bool:
    """Whether it is marked as unowned, or holds nothing."""
    with storage_faults(folder):
        return (folder / _UNOWNED).exists() or not any(file.stat().st_size for file in folder.iterdir())


def _make_folder(path: Path) -> None:
    """Makes a folder and those above it; all of them are there after a crash."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)
