"""Files that a job writes: their names; whole and on disk, or not at all."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vicinal.core.errors import StorageFailed, StorageFull

MANIFEST = "manifest.json"
FAILURES = "failures.jsonl"
STATE_FOLDER = ".job"
"""Where a job keeps what it needs to go on; the manifest appears only when all is done."""

LISTING = "listing.jsonl"
"""In that folder: the images of an input of images, one to a line."""

FINGERPRINT_KEY = b"vicinal.fingerprint"
"""In the metadata of a Parquet schema: what its vectors were made with, all fields as JSON."""


def shard_name(number: int) -> str:
    """The file name of a shard.

    >>> shard_name(3)
    'part-00003.parquet'
    """
    return f"part-{number:05d}.parquet"


_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BLOCK_BYTES = 1 << 20


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Where to write a file that is to have the name `path` only when it is complete, and on disk.

    Raises:
        StorageFull: the disk is full; the partly written file is removed.
        StorageFailed: the system refused; likewise.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        sync(unfinished)
        unfinished.replace(path)
        sync(path.parent)
    except OSError as error:
        raise explain_write_errors(path, error) from error
    finally:
        with suppress(OSError):  # a disk that refuses everything has said so already
            unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a text as a whole, or nothing.

    Raises:
        StorageFailed: as in `write_atomically`.
    """
    with write_atomically(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def explain_write_errors(path: Path, error: OSError) -> StorageFailed:
    """What to say of a file that cannot be written, by what the system said."""
    cause = error.strerror or error
    if error.errno in _FULL:
        return StorageFull(f"{path}: the disk is full ({cause}); free disk space, and run the job again")
    return StorageFailed(f"{path}: cannot be written ({cause}); remove the cause, and run the job again")


def sync(path: Path) -> None:
    """Waits until a file or the names in a folder are on disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def compute_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
