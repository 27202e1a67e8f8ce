"""Full, read-only and damaged disks: a clear error that names the file, and nothing is overwritten."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from vicinal.client import Client, DataLossError, ResourceExhaustedError, VicinalClientError
from vicinal.core.errors import StorageCorrupt
from vicinal.server import composition
from vicinal.server.settings import load_settings

MEGABYTE = 1 << 20
# Made again at each start: a scratch file of SQLite's, and the process's number. Empty files do not count.
SCRATCH = ("vicinal.sqlite3-shm", "lock")


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system in memory; skips the test where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here, which needs root: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, *, leave_bytes: int) -> Path:
    """A file that takes all room but so much."""
    filler = folder / "filler"
    room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with filler.open("wb") as file:
        file.write(bytes(room - leave_bytes))
    return filler


def refused(call: Callable[[], object]) -> VicinalClientError:
    with pytest.raises(ResourceExhaustedError) as caught:
        call()
    assert caught.value.reason == "STORAGE_FULL"
    return caught.value


def vectors(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 16)).astype(np.float32)


def test_a_full_disk(tmp_path, make_server):
    """What is refused is told, what was acknowledged stays, and with new room work goes on as it was."""
    with mounted(tmp_path / "disk", "size=6m") as disk:
        server = make_server(disk / "data")
        with Client(server.target, retries=0) as client:
            client.create_pool("a", dimension=16)
            client.add_vectors("a", [f"i{n}" for n in range(500)], vectors(500))
            archive = b"".join(client.create_snapshot("a"))
            filler = fill(disk, leave_bytes=48 * 1024)
            acknowledged = {}
            full = refused(lambda: label_until_refused(client, acknowledged))
            assert "vicinal.sqlite3" in str(full)
            assert str(disk) not in str(full)
            assert acknowledged
            many = [f"new{n}" for n in range(20_000)]
            refused(lambda: client.add_vectors("a", many, vectors(20_000)))
            refused(lambda: client.create_pool("b", dimension=16))
            refused(lambda: client.restore_snapshot([archive], pool_id="c"))
            refused(lambda: list(client.create_snapshot("a")))
            assert labels(client) == acknowledged
            assert client.get_pool("a").counts.total == 500
            filler.unlink()
            more = {f"i{n}": "y" for n in range(400, 450)}
            client.submit_labels("a", more)
            client.restore_snapshot([archive], pool_id="c")
            assert labels(client) == acknowledged | more
        server.kill()
        server = make_server(disk / "data")
        with Client(server.target) as client:
            assert labels(client) == acknowledged | more
            assert [pool.pool_id for pool in client.list_pools()] == ["a", "c"]
        server.kill()


def label_until_refused(client: Client, acknowledged: dict[str, str]) -> None:
    for n in range(500):
        client.submit_labels("a", {f"i{n}": "x" * 200})
        acknowledged[f"i{n}"] = "x" * 200


def labels(client: Client) -> dict[str, str]:
    return {event.item_id: event.label for event in client.export_labels("a")}


@pytest.fixture
def left_behind(tmp_path, make_server) -> Path:
    """The data directory of a server that was killed, with a pool of two chunks and 40 labels."""
    server = make_server(tmp_path / "data")
    with Client(server.target) as client:
        client.create_pool("a", dimension=16)
        for start in (0, 100):
            client.add_vectors("a", [f"i{start + n}" for n in range(100)], vectors(100))
        for n in range(40):
            client.submit_labels("a", {f"i{n}": "x"})
    server.kill()
    return tmp_path / "data"


def contents(data_dir: Path) -> dict[str, bytes]:
    files = (path for path in data_dir.rglob("*") if path.is_file() and path.name not in SCRATCH)
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in files if path.stat().st_size}


def open_here(data_dir: Path):
    pools = composition.build(load_settings(data_dir=data_dir, threads=1))
    pools.load_all()
    return closing(pools)


def assert_refused(data_dir: Path, named: str, serve_in_vain) -> None:
    before = contents(data_dir)
    said = serve_in_vain(data_dir)
    assert re.search(named, said), said
    assert "Traceback" not in said
    assert contents(data_dir) == before


def test_a_read_only_directory(left_behind, tmp_path, serve_in_vain):
    with mounted(tmp_path / "disk", "size=6m") as disk:
        shutil.copytree(left_behind, disk / "data")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert_refused(disk / "data", r"/data/?.*: Read-only file system", serve_in_vain)


def test_a_newer_schema(left_behind, serve_in_vain):
    with closing(sqlite3.connect(left_behind / "vicinal.sqlite3")) as connection, connection:
        connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    assert_refused(left_behind, r"vicinal.sqlite3 has schema version 99.*run a newer Vicinal", serve_in_vain)


def test_two_servers_on_one_directory(tmp_path, make_server, serve_in_vain):
    server = make_server(tmp_path / "data")
    with Client(server.target) as client:
        client.create_pool("a", dimension=2)
        assert_refused(tmp_path / "data", rf"data is in use by process {server.pid}; stop it", serve_in_vain)
        client.create_pool("b", dimension=2)
    server.kill()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_a_database_that_is_cut_short(left_behind, serve_in_vain, share):
    database = left_behind / "vicinal.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(database, int(share * database.stat().st_size))
    assert_refused(left_behind, r"vicinal.sqlite3: .*restore the data directory from a copy", serve_in_vain)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.99])
def test_a_log_of_the_database_that_is_cut_short(left_behind, share):
    """No crash cuts off what was synced; a bad copy may. It is read up to the last whole change."""
    log = left_behind / "vicinal.sqlite3-wal"
    assert log.stat().st_size
    folders = set((left_behind / "pools").iterdir())
    os.truncate(log, int(share * log.stat().st_size))
    with suppress(StorageCorrupt), open_here(left_behind) as pools:
        for view in pools.list():
            events = [event.item_id for event in pools.get(view.config.pool_id).history()]
            assert events == [f"i{n}" for n in range(len(events))]
            assert len(events) < 40
    assert set((left_behind / "pools").iterdir()) == folders


def test_a_torn_tail_of_the_vectors(left_behind):
    (file,) = left_behind.glob("pools/*/vectors.f32")
    whole = file.read_bytes()
    file.write_bytes(whole + b"torn")
    with open_here(left_behind) as pools:
        assert pools.get("a").view().counts.total == 200
    assert file.read_bytes() == whole


@pytest.mark.parametrize("place", [0, 6399, 6400, 12799])
def test_a_flipped_bit_in_the_vectors(left_behind, make_server, place):
    """The pool is not served, and says why; others would be."""
    (file,) = left_behind.glob("pools/*/vectors.f32")
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)
    server = make_server(left_behind)
    told = r"vectors.f32: rows \d+ to \d+ do not match their checksum; restore"
    with Client(server.target, retries=0) as client:
        (pool,) = client.list_pools()
        assert re.search(told, pool.unavailable)
        with pytest.raises(DataLossError, match=told):
            client.submit_labels("a", {"i50": "x"})
        client.create_pool("b", dimension=2)
    server.kill()
    assert file.read_bytes() == content
