"""Carrying pools while the disk refuses, at each place in turn: all or nothing, and it can be done again."""

import errno
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from tests.support.crashes import files_up_to, run_child
from tests.support.disks import Disk, archive_of, let_vectors_have_any_length, restore
from vicinal.core.errors import StorageFailed
from vicinal.core.pool_config import PoolConfig

CALLS = ("fsync", "open", "link", "mkdir", "truncate", "ftruncate", "pwrite")


@pytest.fixture
def filled(filled):
    return let_vectors_have_any_length(filled)


def carry_here(disk: Disk) -> None:
    restore(disk.store, archive_of(disk.store, "fruits"), "copy")


WORKS: dict[str, Callable[[Disk], object]] = {
    "carry": carry_here,
    "create": lambda disk: disk.store.create_pool(PoolConfig("copy", 3)),
    "delete": lambda disk: disk.store.delete_pool("fruits"),
    "append": lambda disk: disk.store.open_pool("fruits").append_items(*disk.content(5, 8)),
}


@contextmanager
def failing(call: str, number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The `number`-th time that this call is made, the system refuses; gives how often it was made."""
    real, made = getattr(os, call), [0]

    def refuse(*arguments: object, **named: object) -> object:
        made[0] += 1
        if made[0] == number:
            raise OSError(errno.EIO, os.strerror(errno.EIO), "the disk")
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        yield made


def state(disk: Disk) -> dict[str, tuple[int, int]]:
    """Items and lines in the log, by pool."""
    store = disk.store
    pools = {config.pool_id: store.open_pool(config.pool_id) for config in store.pools()}
    return {pool_id: (len(pool.items()), len(list(pool.events()))) for pool_id, pool in pools.items()}


def assert_tidy(disk: Disk) -> None:
    """After a start, each folder has its pool, and nothing is staged."""
    disk.open()
    assert len(list((disk.path / "pools").iterdir())) == len(disk.store.pools())
    assert list((disk.path / "staging").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("work", WORKS)
@pytest.mark.parametrize("call", CALLS)
def test_each_call_refused_in_turn(filled, tmp_path, monkeypatch, work, call):
    for number in count(1):
        disk = Disk(tmp_path / f"copy-{number}")
        shutil.copytree(filled.path, disk.path)
        disk.open()
        before = state(disk)
        refusal = ""
        with failing(call, number, monkeypatch) as made:
            try:
                WORKS[work](disk)
            except StorageFailed as error:
                refusal = str(error)
        if refusal:
            assert "disk" in refusal
            assert state(disk) == before
            assert list((disk.path / "staging").iterdir()) == []
            WORKS[work](disk)
        assert state(disk) != before
        after = state(disk)
        assert_tidy(disk)
        assert state(disk) == after
        disk.close()
        if made[0] < number:
            return


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 100, 500, 2_000, 5_000, 10_000, 50_000])
def test_no_room(filled, size):
    filled.open()
    with files_up_to(size), pytest.raises(StorageFailed):
        carry_here(filled)
    assert state(filled) == {"fruits": (5, 1)}
    assert list((filled.path / "staging").iterdir()) == []
    assert len(list((filled.path / "pools").iterdir())) == 1
    carry_here(filled)
    assert_tidy(filled)
    assert state(filled) == {"fruits": (5, 1), "copy": (5, 1)}


@pytest.mark.parametrize("moment", ["before_adoption", "after_adoption"])
def test_killed_around_the_adoption(disk, moment):
    child = run_child(disk.path, moment)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert_tidy(disk)
    assert set(state(disk)) == {"fruits"} | ({"copy"} if moment == "after_adoption" else set())
    for pool_id in state(disk):
        disk.assert_holds(disk.store.open_pool(pool_id), items=3, events=0)
