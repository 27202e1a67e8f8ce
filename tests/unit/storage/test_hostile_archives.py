"""Archives that no service wrote: each is taken in whole and can be used, or is refused by name.

All of them, some 3,400: `pytest --hypothesis-profile=long --timeout=0` on this file.
"""

import tracemalloc
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import settings

from benchmarks.hostile import archives
from benchmarks.hostile.archives import hostile_archives
from tests.support.rich_pool import rich_archive
from vicinal.core.errors import InvalidInput, SnapshotDamaged, SnapshotTooNew, VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.registry import Pools
from vicinal.server.rpc.labels import label_event
from vicinal.server.rpc.pools import pool_of
from vicinal.server.rpc.snapshots import restored_names
from vicinal.wire.codecs import BATCH, ITEM_DETAILS, LABEL_EVENT, POOL

REFUSALS = (SnapshotDamaged, SnapshotTooNew, InvalidInput)
# Of so many one is tried; another one each day would hide what fails today.
STEP = 1 if settings.default.max_examples > 1000 else 23
MOST_MB = 400


@pytest.fixture
def good(tmp_path, disk):
    return rich_archive(tmp_path / "source", disk.clock)


@pytest.fixture
def no_sync(monkeypatch):
    """What is on disk after a power cut is no subject here, and takes most of the time."""
    monkeypatch.setattr("os.fsync", lambda file: None)
    pragmas = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = OFF", "PRAGMA foreign_keys = ON")
    monkeypatch.setattr("vicinal.storage.sqlite.database._PRAGMAS", pragmas)


@pytest.fixture
def pools(disk, no_sync):
    store = disk.open()
    store.create_pool(PoolConfig("other", 3))
    made = Pools(store, None, PoolNeighbourhoods, disk.clock, snapshots=store)
    made.load_all()
    return made


def restore(pools, archive):
    """As the server does; whether it was taken in."""
    incoming = pools.snapshots.receive()
    try:
        incoming.write(archive)
        names = restored_names(incoming.prepare(), "copy")
        adopted = []
        pools.adopt(incoming, names, then=adopted.extend)
        pools.load(adopted)
    except REFUSALS:
        return False
    finally:
        incoming.close()
    return True


def use(session):
    """What callers do with a pool; they may be refused, but by name."""
    POOL.encode(pool_of(session.view()))
    for item_id in session.read(lambda state: list(state.items.ids)):
        ITEM_DETAILS.encode(session.explain(item_id))
    records = session.read(lambda state: list(state.items.records))
    for event in session.history():
        LABEL_EVENT.encode(label_event(event, records[0]))
    session.export_labels(with_duplicates=True)
    with suppress(VicinalError):
        BATCH.encode(session.leases.open(2, "zoe"))


@pytest.mark.slow
def test_each_is_taken_in_whole_or_refused_by_name(pools, disk, good):
    taken = 0
    for name, archive in islice(hostile_archives(good), 0, None, STEP):
        try:
            if restore(pools, archive):
                taken += 1
                assert not pools.load_status().unavailable, name
                use(pools.get("copy"))
                pools.delete("copy")
        except Exception as error:
            pytest.fail(f"{name}: {error!r}")
        assert [view.config.pool_id for view in pools.list()] == ["other"], name
        assert len(list((disk.path / "pools").iterdir())) == 1, name
        assert list((disk.path / "staging").iterdir()) == [], name
    assert taken


@pytest.mark.slow
def test_the_good_one_is_taken_in(pools, good):
    assert restore(pools, good)
    use(pools.get("copy"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "tar: an extended header of 4 MB of a comment",
        "tar: 20,000 empty files",
        "pool.json: 200,000 classes",
        "items.jsonl: a line is of a million values",
        "items.jsonl: a line is nested deeply",
        "vectors.f32: a number is NaN",
        "pool.json: vote_neighbours is a text",
        "pool.json: created_at is 1e300",
        "two pools of one id",
        "a file of no table",
        "vectors.f32: a byte too many",
        "examples.jsonl: created_at is NaN",
        "leases.jsonl: expires_at is 1e300",
        "sketches.jsonl: body is no text",
    ],
)
def test_memory_is_bounded(pools, good, name):
    archive = next(each for told, each in hostile_archives(good) if told == name)
    tracemalloc.start()
    try:
        assert restore(pools, archive) == (name == "sketches.jsonl: body is no text")
        assert tracemalloc.get_traced_memory()[1] < MOST_MB << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_line_without_end_takes_no_memory(pools, good):
    """200 MB on one line would be held several times over."""
    files = archives.unpacked(good)
    name = next(each for each in files if each.endswith("items.jsonl"))
    archive = archives.packed({**files, name: b'{"item_id": "' + b"x" * (200 << 20)})
    tracemalloc.start()
    try:
        assert not restore(pools, archive)
        assert tracemalloc.get_traced_memory()[1] < MOST_MB << 20
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_pool_that_could_not_be_loaded_is_set_aside(pools, good, monkeypatch):
    """Should the checks ever miss something, it is listed with its reason, and the others answer."""
    monkeypatch.setattr("vicinal.storage.sqlite.pool.SqlPoolStore.suggestions", lambda self: [None])
    assert restore(pools, good)
    copy, other = pools.list()
    assert copy.unavailable
    assert (other.config.pool_id, other.unavailable) == ("other", "")
    pools.delete("copy")
    assert [view.config.pool_id for view in pools.list()] == ["other"]


@pytest.mark.slow
def test_the_same_seed_makes_the_same_archives(good):
    first, again = (list(islice(hostile_archives(good, 1), 0, None, 50)) for _ in range(2))
    assert first == again
    names = [name for name, _ in hostile_archives(good)]
    assert len(names) == len(set(names))
