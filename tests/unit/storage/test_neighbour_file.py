"""Neighbour lists on disk: found again, or found missing, but never in the way."""

import errno
import logging
import os
import re

import numpy as np
import pytest

from vicinal.core.errors import StorageFailed
from vicinal.core.records import Neighbours
from vicinal.storage.neighbours import NeighbourFile


def lists(rows: int, seed: int = 0) -> Neighbours:
    rng = np.random.default_rng(seed)
    return Neighbours(
        rng.integers(rows, size=(rows, 4)).astype(np.int32), rng.standard_normal((rows, 4), dtype=np.float32)
    )


def assert_same(found: Neighbours | None, expected: Neighbours) -> None:
    assert found is not None
    np.testing.assert_array_equal(found.keys, expected.keys)
    np.testing.assert_array_equal(found.similarities, expected.similarities)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "neighbours.bin"


@pytest.fixture
def saved(path):
    file = NeighbourFile(path)
    file.write_aside(lists(5))
    file.put_in_place()
    return file


def test_eight_bytes_for_each_neighbour(path, saved):
    assert path.stat().st_size < 5 * 4 * 8 + 64


def test_found_by_another(path, saved):
    found = NeighbourFile(path).read()
    assert_same(found, lists(5))
    assert found.keys.dtype == np.int32


def test_many_rows_are_written_in_blocks(path, monkeypatch):
    monkeypatch.setattr("vicinal.storage.neighbours._BLOCK_ROWS", 3)
    file = NeighbourFile(path)
    file.write_aside(lists(10))
    file.put_in_place()
    assert_same(file.read(), lists(10))


def test_a_missing_file_is_nothing_to_speak_of(path, caplog):
    assert NeighbourFile(path).read() is None
    assert not caplog.records


def test_any_flipped_bit_is_noticed(path, saved, caplog):
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        caplog.clear()
        assert saved.read() is None, place
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert str(path) in caplog.text


@pytest.mark.parametrize("size", [0, 1, 27, 28, 29, 100, 187])
def test_a_file_that_was_cut_off_is_noticed(path, saved, size):
    os.truncate(path, size)
    assert saved.read() is None


def test_a_file_with_more_behind_it_is_noticed(path, saved):
    with path.open("ab") as file:
        file.write(b"more")
    assert saved.read() is None


def test_a_file_that_cannot_be_read_is_noticed(path, caplog):
    path.mkdir()
    assert NeighbourFile(path).read() is None
    assert str(path) in caplog.text


def test_lists_do_not_count_before_they_are_in_place(path, saved):
    saved.write_aside(lists(9, seed=1))
    assert_same(NeighbourFile(path).read(), lists(5))
    saved.put_in_place()
    assert_same(NeighbourFile(path).read(), lists(9, seed=1))


def test_what_a_crash_left_aside_is_written_over(path, saved):
    path.with_name("neighbours.bin.new").write_bytes(b"half a fi")
    assert_same(NeighbourFile(path).read(), lists(5))
    saved.write_aside(lists(7))
    saved.put_in_place()
    assert_same(NeighbourFile(path).read(), lists(7))


@pytest.mark.parametrize("step", ["fsync", "write"])
def test_a_full_disk_leaves_what_was_there(path, saved, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(
        *{"fsync": (os, "fsync"), "write": ("vicinal.storage.neighbours._write",)}[step], full
    )
    with pytest.raises(StorageFailed, match=re.escape(str(path)) + ".*No space left"):
        saved.write_aside(lists(50))
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert_same(saved.read(), lists(5))


def test_synced_before_it_is_in_place(path, monkeypatch):
    """A name in place of unsynced content could be an empty file after a power cut."""
    steps: list[str] = []
    fsync, replace = os.fsync, type(path).replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("sync"), fsync(file))[1])
    monkeypatch.setattr(type(path), "replace", lambda *names: (steps.append("rename"), replace(*names))[1])
    file = NeighbourFile(path)
    file.write_aside(lists(5))
    file.put_in_place()
    assert steps == ["sync", "rename", "sync"]


@pytest.mark.parametrize(("key", "similarity"), [(5, 0.5), (-2, 0.5), (10**6, 0.5), (0, np.nan), (0, np.inf)])
def test_lists_that_lead_nowhere_are_none(path, caplog, key, similarity):
    """What follows them looks no more: their checksum may be right, and who made them anybody."""
    found = lists(5)
    found.keys[3, 1], found.similarities[3, 1] = key, similarity
    file = NeighbourFile(path)
    file.write_aside(found)
    file.put_in_place()
    assert file.read() is None
    assert "will be built again" in caplog.text
