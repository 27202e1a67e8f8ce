"""A pool's vectors: one append-only file, mapped into memory."""

import mmap
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.storage.directory import sync_folder
from vicinal.storage.faults import corrupt, storage_faults

_COMPONENT = np.dtype("<f4")


@dataclass(frozen=True)
class Chunk:
    """Rows that were appended together.

    Attributes:
        first_row: row number of the first.
        row_count: 1 or more.
        crc32: of their bytes.
    """

    first_row: int
    row_count: int
    crc32: int


class VectorFile:
    """Little-endian float32 rows, trusted only as far as the database has committed.

    An append is written and synced first, then committed to the database, and only then accepted here:
    what lies beyond the accepted rows is written over by the next append, or cut off at the next start.

    Args:
        path: of the file, which exists.
        dimension: components of a row.
        chunks: all that were committed, in order.

    Raises:
        StorageCorrupt: the file is missing, shorter than committed, or not what was written.
        StorageFailed: it cannot be read.
    """

    def __init__(self, path: Path, dimension: int, chunks: Iterable[Chunk]) -> None:
        self._path = path
        self._row_bytes = dimension * _COMPONENT.itemsize
        self._mapped = _read_only(np.empty((0, dimension), dtype=_COMPONENT))
        self._written = self._mapped
        self.row_count = 0
        chunks = list(chunks)
        for chunk in chunks:
            if chunk.first_row != self.row_count:
                raise corrupt(path, f"rows {self.row_count} to {chunk.first_row} were never committed")
            self.row_count += chunk.row_count
        self._truncate_to_committed()
        self._check(chunks)

    @staticmethod
    def create(path: Path) -> None:
        """Makes an empty file that is there after a crash.

        Raises:
            StorageFailed: it cannot be made.
        """
        with storage_faults(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
            sync_folder(path.parent)

    def rows(self) -> Vectors:
        """(row_count, dimension) read-only view of the file; earlier views stay as they are.

        Raises:
            StorageFailed: the file cannot be mapped.
        """
        if len(self._mapped) != self.row_count:
            with storage_faults(self._path), self._path.open("rb") as file:
                self._mapped = _mapped(file.fileno(), self.row_count, self._row_bytes)
        return self._mapped

    def write(self, vectors: Vectors) -> Chunk:
        """Puts rows on disk after the accepted ones; they do not count before they are accepted.

        Raises:
            StorageFailed: the disk refused; the file is as before.
        """
        rows = np.ascontiguousarray(vectors, dtype=_COMPONENT).data.cast("B")
        with storage_faults(self._path):
            file = os.open(self._path, os.O_RDWR)
            try:
                _write_all(file, rows, self._committed_bytes)
                os.fsync(file)
                # Mapped before they are committed: afterwards nothing may fail any more.
                self._written = _mapped(file, self.row_count + len(vectors), self._row_bytes)
            except BaseException:
                # A full disk gets its room back.
                os.ftruncate(file, self._committed_bytes)
                raise
            finally:
                os.close(file)
        return Chunk(self.row_count, len(vectors), zlib.crc32(rows))

    def accept(self, chunk: Chunk) -> None:
        """Counts in the rows that were last written, once they are committed."""
        self.row_count = chunk.first_row + chunk.row_count
        self._mapped = self._written

    @property
    def _committed_bytes(self) -> int:
        return self.row_count * self._row_bytes

    def _truncate_to_committed(self) -> None:
        if not self._path.is_file():
            raise corrupt(self._path, "the file is missing")
        with storage_faults(self._path):
            size = self._path.stat().st_size
            if size > self._committed_bytes:
                os.truncate(self._path, self._committed_bytes)
        if size < self._committed_bytes:
            whole = size // self._row_bytes
            raise corrupt(self._path, f"rows {whole} to {self.row_count - 1} are missing")

    def _check(self, chunks: Iterable[Chunk]) -> None:
        rows = self.rows()
        for chunk in chunks:
            end = chunk.first_row + chunk.row_count
            if zlib.crc32(rows[chunk.first_row : end].data) != chunk.crc32:
                raise corrupt(self._path, f"rows {chunk.first_row} to {end - 1} do not match their checksum")


def _write_all(file: int, rest: memoryview, offset: int) -> None:
    while rest:
        written = os.pwrite(file, rest, offset)
        rest, offset = rest[written:], offset + written


def _mapped(file: int, row_count: int, row_bytes: int) -> Vectors:
    block = mmap.mmap(file, row_count * row_bytes, access=mmap.ACCESS_READ)
    return np.frombuffer(block, dtype=_COMPONENT).reshape(row_count, -1)


def _read_only(rows: Vectors) -> Vectors:
    rows.flags.writeable = False
    return rows
