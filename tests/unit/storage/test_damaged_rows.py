"""A database that somebody changed by hand: one pool is set aside with its reason, the others work."""

import shutil
import sqlite3
from contextlib import closing, suppress

import pytest
from hypothesis import settings

from tests.support.disks import Disk, archive_of
from tests.support.rich_pool import make_rich_pool
from vicinal.core.errors import PoolNotFound, StorageCorrupt, StorageFailed, VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, StoredResponse
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.registry import Pools
from vicinal.server.rpc.pools import pool_of
from vicinal.server.telemetry.metrics import Metrics, PoolMetrics
from vicinal.storage.sqlite import schema
from vicinal.wire.codecs import BATCH, ITEM_DETAILS, POOL

# As SQL. SQLite keeps anything in any column.
WRONG = {
    "a text": "'x'",
    "no text": "''",
    "a control character": "'a' || char(0)",
    "a long text": "replace(hex(zeroblob(40000)), '0', 'x')",
    "a text that is no UTF-8": "CAST(x'fffe80' AS TEXT)",
    "bytes": "x'fffe'",
    "minus one": "-1",
    "a large number": "4611686018427387904",
    "a fraction": "0.5",
    "1e300": "1e300",
    "infinity": "9e999",
    "deep JSON": "replace(hex(zeroblob(50000)), '0', '[')",
    "JSON of another kind": "'[1, {\"a\": null}]'",
}
CHANGED = [
    (table.name, column.name)
    for table in schema.POOL_TABLES
    for column in table.columns
    if column.name != "pool_key"
]


@pytest.fixture
def two_pools(disk, monkeypatch):
    """Closed, with the pools `fruits`, key 1, which is to be damaged, and `other`, which is not."""
    monkeypatch.setattr("os.fsync", lambda file: None)
    make_rich_pool(disk.open(), "fruits")
    make_rich_pool(disk.store, "other")
    disk.close()
    return disk


def change(disk, statement, *values):
    disk.close()
    with closing(sqlite3.connect(disk.database)) as connection, connection:
        connection.execute(statement, values)


def served(disk):
    store = disk.open()
    pools = Pools(store, None, PoolNeighbourhoods, disk.clock, snapshots=store)
    pools.load_all()
    return pools


def use(session):
    """All that a call can ask of a pool; it may be refused by name."""
    POOL.encode(pool_of(session.view()))
    for item_id in session.read(lambda state: list(state.items.ids)):
        ITEM_DETAILS.encode(session.explain(item_id))
    list(session.history())
    BATCH.encode(session.leases.open(2, "zoe"))


def assert_the_other_works(pools):
    listed = {view.config.pool_id: view for view in pools.list()}
    assert listed["other"].unavailable == ""
    assert all(POOL.encode(pool_of(view)) for view in listed.values())
    use(pools.get("other"))
    registry = Metrics().registry
    registry.register(PoolMetrics(pools, 50))
    assert registry.get_sample_value("vicinal_pool_items", {"pool": "other", "state": "labelled"}) == 1
    return listed


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), CHANGED)
def test_a_value_that_cannot_be_harms_its_pool_alone(two_pools, tmp_path, table, column):
    refused, first = 0, CHANGED.index((table, column))
    # Every fourth, from another start for each column: all of them take minutes.
    tried = [name for place, name in enumerate(WRONG) if is_long_run() or (place + first) % 4 == 0]
    for number, told in enumerate(tried):
        value = WRONG[told]
        disk = Disk(tmp_path / f"{number}")
        disk.clock = two_pools.clock
        shutil.copytree(two_pools.path, disk.path)
        with suppress(sqlite3.IntegrityError):
            change(disk, f"UPDATE {table} SET {column} = {value} WHERE {_first_row(table)}")
        try:
            refused += _is_refused(served(disk), disk)
        except Exception as error:
            pytest.fail(f"{table}.{column} is {told}: {error!r}")
        finally:
            disk.close()
    assert refused


def is_long_run():
    """`pytest --hypothesis-profile=long --timeout=0` tries all of them."""
    return settings.default.max_examples > 1000


def _is_refused(pools, disk):
    """Whether the damaged pool is set aside, or what is read of it later is refused by name."""
    fruits = next(view for name, view in assert_the_other_works(pools).items() if name != "other")
    if fruits.unavailable:
        assert 10 < len(fruits.unavailable) < 1000
        return True
    try:
        use(pools.get("fruits"))
        list(disk.store.open_pool("fruits").sketches())
    except VicinalError:
        return True
    return False


def _first_row(table):
    keys = [column.name for column in schema.metadata.tables[table].primary_key.columns]
    name = keys[-1]
    return f"pool_key = 1 AND {name} = (SELECT min({name}) FROM {table} WHERE pool_key = 1)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM items WHERE pool_key = 1 AND item_id = 'i1'",
        "DELETE FROM suggestions WHERE pool_key = 1 AND number = 1",
        "DELETE FROM events WHERE pool_key = 1 AND sequence = 1",
        "DELETE FROM chunks WHERE pool_key = 1",
        "UPDATE events SET item_id = 'nobody' WHERE pool_key = 1",
        "UPDATE events SET suggestion = 2 WHERE pool_key = 1 AND sequence = 1",
        "UPDATE suggestions SET item_id = 'nobody' WHERE pool_key = 1",
        "UPDATE duplicates SET representative_id = 'nobody' WHERE pool_key = 1",
        "UPDATE duplicates SET representative_id = item_id WHERE pool_key = 1",
        "UPDATE duplicates SET compared_with = 'nobody' WHERE pool_key = 1",
        "UPDATE sketches SET position = 100 WHERE pool_key = 1 AND position = 5",
        "UPDATE leases SET item_ids = '[\"nobody\"]' WHERE pool_key = 1",
        'UPDATE leases SET item_ids = \'["i0", "i0"]\' WHERE pool_key = 1',
        "UPDATE items SET position = 100 WHERE pool_key = 1 AND position = 5",
        "UPDATE items SET holdout = 1 WHERE pool_key = 1",
        "UPDATE pools SET config = json_set(config, '$.pool_id', 'other') WHERE pool_key = 1",
        "UPDATE pools SET config = json_set(config, '$.vote_neighbours', 'x') WHERE pool_key = 1",
        "UPDATE pools SET config = json_set(config, '$.created_at', 1e300) WHERE pool_key = 1",
        "UPDATE pools SET config = json_set(config, '$.dimension', 5) WHERE pool_key = 1",
        "UPDATE pools SET folder = '../../somewhere' WHERE pool_key = 1",
    ],
)
def test_rows_that_contradict_one_another_set_their_pool_aside(two_pools, statement):
    change(two_pools, statement)
    pools = served(two_pools)
    listed = assert_the_other_works(pools)
    assert listed["fruits"].unavailable
    with pytest.raises(StorageFailed, match="pool 'fruits' is not served"):
        pools.get("fruits")
    pools.delete("fruits")
    assert [view.config.pool_id for view in served(two_pools).list()] == ["other"]


def test_settings_that_cannot_be_read_are_told_of_and_can_be_deleted(two_pools):
    change(two_pools, "UPDATE pools SET config = '{' WHERE pool_key = 1")
    store = two_pools.open()
    assert [config.pool_id for config in store.pools()] == ["other"]
    (damaged,) = store.damaged()
    assert damaged.pool_id == "fruits"
    assert "config is not JSON" in damaged.error.message
    with pytest.raises(StorageCorrupt, match="config is not JSON"):
        store.open_pool("fruits")
    with pytest.raises(StorageCorrupt, match="config is not JSON"):
        store.snapshot(None)
    assert archive_of(store, "other")
    store.delete_pool("fruits")
    assert store.damaged() == []
    with pytest.raises(PoolNotFound):
        store.open_pool("fruits")


@pytest.mark.slow
def test_an_id_that_cannot_be_read_has_a_name_in_listings(two_pools):
    change(two_pools, "UPDATE pools SET pool_id = x'ff' WHERE pool_key = 1")
    assert {view.config.pool_id for view in served(two_pools).list()} == {"(key 1)", "other"}


def test_a_folder_elsewhere_is_never_touched(two_pools, tmp_path):
    elsewhere = tmp_path / "mine"
    elsewhere.mkdir()
    (elsewhere / "vectors.f32").write_bytes(b"precious")
    change(two_pools, "UPDATE pools SET folder = ? WHERE pool_key = 1", "../../mine")
    store = two_pools.open()
    store.delete_pool("fruits")
    two_pools.open()
    assert (elsewhere / "vectors.f32").read_bytes() == b"precious"


@pytest.mark.slow
def test_a_number_in_place_of_bytes_takes_no_memory(two_pools):
    change(two_pools, "UPDATE examples SET vector = 1099511627776 WHERE pool_key = 1")
    pools = served(two_pools)
    assert "vector is another whole number, not bytes" in assert_the_other_works(pools)["fruits"].unavailable


@pytest.mark.slow
@pytest.mark.parametrize(
    "change_of", ["message = 10000000000", "digest = x'00'", "at = 'x'", "message = 'text'"]
)
def test_a_stored_response_that_is_damaged_is_told_of(two_pools, change_of):

    pool = two_pools.open().open_pool("other")
    pool.commit(Change(stored_response=StoredResponse("r", "d", b"a", two_pools.clock.now())))
    change(two_pools, f"UPDATE stored_responses SET {change_of}")
    store = two_pools.open()
    with pytest.raises(StorageCorrupt, match="makes no sense"):
        store.stored_response("r")
    assert store.stored_response("another") is None


@pytest.mark.parametrize("version", ["'" + "9" * 5000 + "'", "x'ff'", "5.5", "CAST(x'ff' AS TEXT)"])
def test_a_version_that_is_none_is_refused(two_pools, version):
    change(two_pools, f"UPDATE meta SET value = {version} WHERE key = 'schema_version'")
    with pytest.raises(StorageFailed):
        two_pools.open()


def test_a_pool_of_an_odd_name_is_one_like_others(disk):
    """The store leaves it to the server what ids may be given."""
    store = disk.open()
    store.create_pool(PoolConfig("a pool/../ü'; --", 3))
    assert [config.pool_id for config in disk.open().pools()] == ["a pool/../ü'; --"]
