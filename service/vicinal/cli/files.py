"""Files that are whole or not there."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from vicinal.cli.failures import Failure
from vicinal.cli.output import show_transfer


def check_can_appear(out: Path) -> None:
    """Sees to it before long work that a file can be written at `out`; leaves nothing behind.

    Raises:
        Failure: it cannot.
    """
    try:
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        folder = next(each for each in out.absolute().parents if each.exists())
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror or error}") from error


@contextmanager
def write_atomically(out: Path) -> Iterator[Path]:
    """Where to write a file or folder that is to appear at `out` only when it is complete, and on disk.

    Raises:
        Failure: the system refused.
    """
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        yield unfinished
        for path in (*unfinished.rglob("*"), unfinished):
            _sync(path)
        unfinished.replace(out)
        _sync(out.absolute().parent)
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror or error}") from error
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        with suppress(OSError):  # a disk that refuses everything has said so already
            unfinished.unlink(missing_ok=True)


def write_chunks(out: Path, chunks: Iterable[bytes]) -> int:
    """Writes a file that appears only when all chunks are written; returns its size in bytes.

    Raises:
        Failure: the system refused.
    """
    written = 0
    with write_atomically(out) as unfinished, unfinished.open("xb") as file:
        for chunk in show_transfer(chunks, out.name):
            written += file.write(chunk)
    return written


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
