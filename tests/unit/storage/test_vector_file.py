import errno
import os
import re

import numpy as np
import pytest

from vicinal.core.errors import StorageCorrupt, StorageFailed
from vicinal.storage.vectors import Chunk, VectorFile


@pytest.fixture
def path(tmp_path):
    VectorFile.create(tmp_path / "v.f32")
    return tmp_path / "v.f32"


def rows(start: int, end: int) -> np.ndarray:
    return np.arange(2 * start, 2 * end, dtype=np.float32).reshape(-1, 2)


@pytest.fixture
def chunks(path) -> list[Chunk]:
    """Of rows 0 to 2 and 3 to 4, on disk."""
    file = VectorFile(path, 2, [])
    made = []
    for start, end in ((0, 3), (3, 5)):
        made.append(file.write(rows(start, end)))
        file.accept(made[-1])
    return made


def test_little_endian_rows(path, chunks):
    assert path.read_bytes() == rows(0, 5).astype("<f4").tobytes()


def test_written_counts_once_accepted(path):
    file = VectorFile(path, 2, [])
    chunk = file.write(rows(0, 3))
    assert len(file.rows()) == 0
    file.accept(chunk)
    np.testing.assert_array_equal(file.rows(), rows(0, 3))


def test_what_was_not_accepted_is_written_over(path, chunks):
    file = VectorFile(path, 2, chunks)
    file.write(rows(90, 99))
    file.accept(file.write(rows(5, 6)))
    np.testing.assert_array_equal(file.rows(), rows(0, 6))


def test_rows_are_mapped_once(path, chunks):
    file = VectorFile(path, 2, chunks)
    assert file.rows() is file.rows()


@pytest.mark.parametrize("tail", [b"x", b"\0" * 8, b"y" * 1001])
def test_a_torn_tail_is_cut_off(path, chunks, tail):
    with path.open("ab") as file:
        file.write(tail)
    np.testing.assert_array_equal(VectorFile(path, 2, chunks).rows(), rows(0, 5))
    assert path.stat().st_size == 40


@pytest.mark.parametrize(("size", "first"), [(39, 4), (33, 4), (24, 3), (0, 0)])
def test_a_shorter_file_is_corrupt(path, chunks, size, first):
    os.truncate(path, size)
    with pytest.raises(StorageCorrupt, match=re.escape(str(path)) + f".*rows {first} to 4 are missing"):
        VectorFile(path, 2, chunks)


@pytest.mark.parametrize(("byte", "named"), [(0, "rows 0 to 2"), (23, "rows 0 to 2"), (24, "rows 3 to 4")])
def test_a_flipped_bit_is_corrupt(path, chunks, byte, named):
    content = bytearray(path.read_bytes())
    content[byte] ^= 4
    path.write_bytes(content)
    with pytest.raises(StorageCorrupt, match=re.escape(str(path)) + f".*{named} do not match"):
        VectorFile(path, 2, chunks)


def test_a_missing_file_is_corrupt(path, chunks):
    path.unlink()
    with pytest.raises(StorageCorrupt, match=re.escape(str(path)) + ".*missing"):
        VectorFile(path, 2, chunks)


def test_a_missing_chunk_is_corrupt(path, chunks):
    with pytest.raises(StorageCorrupt, match="rows 0 to 3 were never committed"):
        VectorFile(path, 2, chunks[1:])


def test_short_writes_are_continued(path, monkeypatch):
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: whole(file, data[:3], offset))
    file = VectorFile(path, 2, [])
    file.accept(file.write(rows(0, 3)))
    np.testing.assert_array_equal(file.rows(), rows(0, 3))


def test_a_full_disk_leaves_the_file_as_before(path, chunks, monkeypatch):
    whole = os.pwrite

    def full(file: int, data: memoryview, offset: int) -> int:
        if offset > 40:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(file, data[:5], offset)

    file = VectorFile(path, 2, chunks)
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StorageFailed, match=re.escape(str(path)) + ".*No space left"):
        file.write(rows(5, 9))
    assert path.stat().st_size == 40
    monkeypatch.undo()
    file.accept(file.write(rows(5, 9)))
    np.testing.assert_array_equal(file.rows(), rows(0, 9))


def test_a_write_that_cannot_be_synced_does_not_count(path, chunks, monkeypatch):
    def broken(file: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    file = VectorFile(path, 2, chunks)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StorageFailed, match="Input/output error"):
        file.write(rows(5, 6))
    np.testing.assert_array_equal(file.rows(), rows(0, 5))
