"""One process at a time: a data directory is held by a lock on the directory itself."""

import errno
import fcntl
import logging
import os
from pathlib import Path

from vicinal.core.errors import DataDirectoryInUse, DataDirectoryMoved, StorageFailed
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
            self._held = _locked(path)
            if all(_is_there(name, held) for name, held in self._held.items()):
                self._write_holder()
                return
            self.release()
        raise StorageFailed(f"{path} was replaced again and again while it was opened; look who does that")

    def check(self) -> None:
        """Sees to it that the directory is where it was when it was locked.

        Raises:
            DataDirectoryMoved: it was moved, or another one is in its place.
        """
        with storage_faults(self._path):
            is_there = _is_there(self._path, self._held[self._path])
        if not is_there:
            raise DataDirectoryMoved(
                f"{self._path} was moved or replaced while it was open; nothing was written. Stop this "
                "server, put the directory back, and start again",
                details={"path": str(self._path)},
            )

    def release(self) -> None:
        """Lets others open the directory; safe to call twice."""
        for held in self._held.values():
            os.close(held)
        self._held = {}

    def _write_holder(self) -> None:
        try:
            held = self._held[self._path / _NAME]
            os.ftruncate(held, 0)
            os.pwrite(held, str(os.getpid()).encode(), 0)
        except BaseException:
            self.release()
            raise


def _locked(path: Path) -> dict[Path, int]:
    """Descriptors of the directory and of the file in it, both locked."""
    held: dict[Path, int] = {}
    try:
        held[path] = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            _log.warning(
                "%s cannot be locked itself (%s); see that nobody deletes the file in it", path, error
            )
        held[path / _NAME] = os.open(path / _NAME, os.O_RDWR | os.O_CREAT, 0o644)
        fcntl.flock(held[path / _NAME], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        for each in held.values():
            os.close(each)
        if isinstance(error, BlockingIOError):
            raise _in_use(path) from None
        raise
    return held


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


def _is_there(path: Path, held: int) -> bool:
    """Whether the path still leads to what is held."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    own = os.fstat(held)
    return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)
