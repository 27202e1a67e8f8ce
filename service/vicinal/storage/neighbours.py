"""A pool's neighbour lists: one file, replaced as a whole."""

import logging
import os
import struct
import zlib
from io import BufferedReader, BufferedWriter
from pathlib import Path

import numpy as np

from vicinal.core.records import Neighbours
from vicinal.storage.directory import sync_folder
from vicinal.storage.faults import storage_faults

_log = logging.getLogger(__name__)

_MAGIC = b"VICNEAR1"
# Little-endian: magic, rows, K, bytes of a key, CRC32 of what came before and of all that follows.
_HEADER = struct.Struct("<8sQIII")
_SIMILARITY = np.dtype("<f4")
_BLOCK_ROWS = 65_536
_MOST_ROWS = 2**40


class NeighbourFile:
    """Keys, then similarities, row by row, behind a header with their shape and checksum.

    It holds nothing that cannot be computed again: what is damaged counts as not there.

    Args:
        path: of the file; next to it, under another name, a new one is written before it takes its place.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aside = path.with_name(path.name + ".new")

    def read(self) -> Neighbours | None:
        """What was last put in place; None if there is none, or it is damaged, which is logged."""
        try:
            with self._path.open("rb") as file:
                return _read(file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("%s: %s; the neighbour lists will be built again", self._path, error)
            return None

    def write_aside(self, neighbours: Neighbours) -> None:
        """Puts lists on disk; they do not count before they are put in place.

        Raises:
            StorageFailed: the disk refused; what is in place stays.
        """
        with storage_faults(self._path):
            self._aside.unlink(missing_ok=True)
            try:
                with self._aside.open("xb") as file:
                    _write(file, neighbours)
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                # A full disk gets its room back.
                self._aside.unlink(missing_ok=True)
                raise

    def put_in_place(self) -> None:
        """Replaces what was there by what was last written aside.

        Raises:
            StorageFailed: the disk refused.
        """
        with storage_faults(self._path):
            self._aside.replace(self._path)
            sync_folder(self._path.parent)


def _write(file: BufferedWriter, neighbours: Neighbours) -> None:
    rows, count = neighbours.keys.shape
    key = _key_type(rows)
    header = _HEADER.pack(_MAGIC, rows, count, key.itemsize, 0)
    file.write(header)
    checksum = zlib.crc32(header)
    for array, kind in ((neighbours.keys, key), (neighbours.similarities, _SIMILARITY)):
        for start in range(0, rows, _BLOCK_ROWS):
            block = np.ascontiguousarray(array[start : start + _BLOCK_ROWS], dtype=kind).data
            checksum = zlib.crc32(block, checksum)
            file.write(block)
    file.seek(0)
    file.write(_HEADER.pack(_MAGIC, rows, count, key.itemsize, checksum))


def _read(file: BufferedReader) -> Neighbours:
    start = file.read(_HEADER.size).ljust(_HEADER.size)
    magic, rows, count, key_bytes, expected = _HEADER.unpack(start)
    if rows > _MOST_ROWS:
        raise ValueError("it tells of more rows than there can be")
    key = _key_type(rows)
    file_bytes = _HEADER.size + rows * count * (key.itemsize + _SIMILARITY.itemsize)
    if magic != _MAGIC or key_bytes != key.itemsize or os.fstat(file.fileno()).st_size != file_bytes:
        raise ValueError("it holds no neighbour lists, or not all of them")
    found = Neighbours(np.empty((rows, count), key), np.empty((rows, count), _SIMILARITY))
    checksum = zlib.crc32(_HEADER.pack(magic, rows, count, key_bytes, 0))
    for array in (found.keys, found.similarities):
        file.readinto(array.data)
        checksum = zlib.crc32(array.data, checksum)
    if checksum != expected:
        raise ValueError("it does not match its checksum")
    _check_range(found)
    return found


def _check_range(found: Neighbours) -> None:
    """Keys are rows or -1, and similarities numbers: what uses them looks no more."""
    rows = len(found.keys)
    for start in range(0, rows, _BLOCK_ROWS):
        keys = found.keys[start : start + _BLOCK_ROWS]
        similarities = found.similarities[start : start + _BLOCK_ROWS]
        if ((keys < -1) | (keys >= rows)).any():
            raise ValueError("it tells of rows that are not there")
        if not np.isfinite(similarities[keys >= 0]).all():
            raise ValueError("its similarities are no numbers")


def _key_type(rows: int) -> np.dtype[np.int32] | np.dtype[np.int64]:
    return np.dtype("<i4") if rows <= np.iinfo(np.int32).max else np.dtype("<i8")
