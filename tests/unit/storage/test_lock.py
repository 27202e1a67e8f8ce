"""One server at a time has a data directory, whatever becomes of the file that tells so."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.disks import Disk
from vicinal.core.errors import DataDirectoryInUse, StorageFailed
from vicinal.core.pool_config import PoolConfig
from vicinal.storage import SqlStore
from vicinal.storage.directory import DirectoryLock

HOLD = """
import sys
from pathlib import Path
from vicinal.pools.clock import SystemClock
from vicinal.storage import SqlStore
try:
    store = SqlStore(Path(sys.argv[1]), SystemClock())
except Exception as error:
    print(type(error).__name__, error, flush=True)
else:
    print("opened", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another_process(path: Path) -> Iterator[str]:
    """Tells what became of it when it opened the directory; it holds it until the block ends."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline()
        process.communicate("\n")


def delete(lock: Path) -> None:
    lock.unlink()


def replace(lock: Path) -> None:
    lock.unlink()
    lock.write_text("7")


def rename(lock: Path) -> None:
    lock.rename(lock.with_name("old lock"))


def overwrite(lock: Path) -> None:
    lock.with_name("new lock").write_text("")
    lock.with_name("new lock").replace(lock)


@pytest.mark.slow
@pytest.mark.parametrize("change", [delete, replace, rename, overwrite])
def test_a_directory_stays_held_whatever_becomes_of_the_file(filled, change):
    with another_process(filled.path) as told:
        assert told == "opened\n"
        change(filled.path / "lock")
        with pytest.raises(DataDirectoryInUse, match=re.escape(f"{filled.path} is in use by ")):
            SqlStore(filled.path, filled.clock)
        with another_process(filled.path) as other:
            assert other.startswith("DataDirectoryInUse")
    filled.assert_holds(filled.open().open_pool("fruits"), items=5, events=1)


@pytest.mark.slow
def test_the_holder_is_named(filled):
    store = filled.open()
    with another_process(filled.path) as told:
        assert f"in use by process {os.getpid()}; stop it" in told
    store.close()
    with another_process(filled.path) as told:
        assert told == "opened\n"


@pytest.mark.slow
def test_an_id_of_no_process_is_not_told(filled):
    filled.open()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    (filled.path / "lock").write_text(str(ended.pid))
    with another_process(filled.path) as told:
        assert "in use by another process; stop it" in told


@pytest.mark.slow
def test_a_killed_holder_holds_nothing(filled):
    with another_process(filled.path) as told:
        assert told == "opened\n"
    filled.assert_holds(filled.open().open_pool("fruits"), items=5, events=1)


@pytest.mark.slow
def test_of_many_that_start_at_once_one_gets_it(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "data")]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = [process.stdout.readline() for process in started]
    for process in started:
        process.communicate("\n")
    assert sorted(line.split()[0] for line in told) == ["DataDirectoryInUse"] * 3 + ["opened"]


def test_a_program_that_locks_the_file_alone_is_kept_out_and_keeps_out(filled):
    """As versions of before did."""
    fcntl = pytest.importorskip("fcntl")
    with (filled.path / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(DataDirectoryInUse):
            filled.open()
    filled.open()
    with (filled.path / "lock").open("a") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_that_is_replaced_while_it_is_locked_is_locked_again(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")
    real, left = fcntl.flock, [3]

    def replaced_meanwhile(file: int, how: int) -> None:
        real(file, how)
        if left[0]:
            left[0] -= 1
            (tmp_path / "lock").unlink(missing_ok=True)

    monkeypatch.setattr(fcntl, "flock", replaced_meanwhile)
    lock = DirectoryLock(tmp_path)
    assert (tmp_path / "lock").read_text() == str(os.getpid())
    with pytest.raises(DataDirectoryInUse):
        DirectoryLock(tmp_path)
    lock.release()
    DirectoryLock(tmp_path).release()


def test_a_file_system_that_cannot_lock_a_directory_locks_the_file(filled, monkeypatch, caplog):
    fcntl = pytest.importorskip("fcntl")
    real = fcntl.flock

    def files_alone(file: int, how: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{file}"):
            raise OSError(9, "Bad file descriptor")
        real(file, how)

    monkeypatch.setattr(fcntl, "flock", files_alone)
    filled.open()
    assert "cannot be locked itself" in caplog.text
    with pytest.raises(DataDirectoryInUse):
        SqlStore(filled.path, filled.clock)


class TestMoved:
    """What is written goes where others are kept out, or nowhere."""

    def test_nothing_is_written_beside_a_moved_directory(self, filled):
        pool = filled.open().open_pool("fruits")
        moved = filled.path.rename(filled.path.with_name("moved"))
        for call in (
            lambda: pool.append_items(*filled.content(5, 6)),
            lambda: pool.commit(filled.label("i2")),
            lambda: filled.store.create_pool(PoolConfig("new", 3)),
            lambda: filled.store.delete_pool("fruits"),
            filled.store.receive,
        ):
            with pytest.raises(StorageFailed, match="moved or replaced while it was open"):
                call()
        assert not filled.path.exists()
        with pytest.raises(DataDirectoryInUse):
            SqlStore(moved, filled.clock)
        moved.rename(filled.path)
        pool.append_items(*filled.content(5, 6))
        filled.assert_holds(filled.open().open_pool("fruits"), items=6, events=1)

    @pytest.mark.slow
    def test_a_duplicate_in_its_place_belongs_to_another(self, filled):
        pool = filled.open().open_pool("fruits")
        moved = filled.path.rename(filled.path.with_name("moved"))
        shutil.copytree(moved, filled.path)
        copy = Disk(filled.path)
        before = copy.open().open_pool("fruits")
        before.append_items(*filled.content(5, 7))
        with pytest.raises(StorageFailed, match="moved or replaced"):
            pool.append_items(*filled.content(5, 6))
        copy.assert_holds(copy.open().open_pool("fruits"), items=7, events=1)
        copy.close()
