"""The data directory: one process at a time, a database, and a folder for each pool."""

import errno
import fcntl
import logging
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vicinal.core.errors import DataDirectoryInUse, StorageFailed
from vicinal.storage.faults import storage_faults

_log = logging.getLogger(__name__)

_NAME = "lock"
# What file systems answer that cannot lock a directory, such as some that are on another machine.
_CANNOT = frozenset({errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
# So often may the directory or the file be replaced while it is being locked.
_TRIES = 10


class DirectoryLock:
    """Held by this object alone until it is released, or until its process ends.

    The lock is on the directory, which cannot be taken away from under it: a file can be deleted, and another
    one made in its place. The file in it tells who holds the directory, and keeps out what locks that alone.

    Args:
        path: of the directory, which exists.

    Raises:
        DataDirectoryInUse: another process, or another lock of this one, holds it.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for _ in range(_TRIES):
            self._descriptors = _locked(path)
            if all(_is_there(name, descriptor) for name, descriptor in self._descriptors.items()):
                self._write_holder()
                return
            self.release()
        raise StorageFailed(f"{path} was replaced again and again while it was opened; look who does that")

    @property
    def identity(self) -> os.stat_result:
        """Of the directory that is locked: wherever it is moved, it stays the same until it is released."""
        return os.fstat(self._descriptors[self._path])

    def release(self) -> None:
        """Lets others open the directory; safe to call twice."""
        for descriptor in self._descriptors.values():
            os.close(descriptor)
        self._descriptors = {}

    def _write_holder(self) -> None:
        try:
            file = self._descriptors[self._path / _NAME]
            os.ftruncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)
        except BaseException:
            self.release()
            raise


def _locked(path: Path) -> dict[Path, int]:
    """Descriptors of the directory and of the file in it, both locked."""
    descriptors: dict[Path, int] = {}
    try:
        descriptors[path] = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptors[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            _log.warning(
                "%s cannot be locked itself (%s); see that nobody deletes the file in it", path, error
            )
        descriptors[path / _NAME] = os.open(path / _NAME, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(descriptors[path / _NAME], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        for each in descriptors.values():
            os.close(each)
        if isinstance(error, BlockingIOError):
            raise _in_use(path) from None
        raise
    return descriptors


def _in_use(path: Path) -> DataDirectoryInUse:
    try:
        number = int((path / _NAME).read_bytes()[:32])
    except (OSError, ValueError):
        number = 0
    holder = f"process {number}" if _lives(number) else "another process"
    return DataDirectoryInUse(
        f"{path} is in use by {holder}; stop it, or choose another data directory",
        details={"path": str(path)},
    )


def _lives(number: int) -> bool:
    """Whether there is a process of that id: anybody could have written to the file."""
    if number <= 0:
        return False
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the path still leads to the file that is open."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


# In a folder that may be swept if no pool owns it: one that is being made, or about to be deleted.
_UNOWNED = "unowned"
_DATABASE = "vicinal.sqlite3"
_FOLDER_NAME = re.compile("[0-9a-f]{32}")


class DataDirectory:
    """Held by this object alone until it is released.

    Args:
        path: made where there is none.

    Attributes:
        identity: of the directory, wherever it is moved.

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
            self.identity = self._lock.identity
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
