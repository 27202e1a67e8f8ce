"""Archives of pools: all that a pool has is in them, and nothing comes in by half."""

import json
import tarfile
from collections.abc import Callable

import pytest

from tests.support.archives import changed, give_every_table_a_row, rows
from tests.support.disks import Disk, archive_of, carry, let_vectors_have_any_length, restore
from vicinal.core.errors import PoolExists, PoolNotFound, SnapshotDamaged, SnapshotTooNew, StorageCorrupt
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import StoredResponse
from vicinal.records.pool_options import Metric
from vicinal.storage.sqlite import schema

NOT_CARRIED = ("pool_key", "pool_id", "folder", "config")


@pytest.fixture
def filled(filled):
    return let_vectors_have_any_length(filled)


def test_no_table_of_a_pool_is_forgotten():
    of_pools = {table.name for table in schema.metadata.sorted_tables if "pool_key" in table.columns}
    assert {table.name for table in schema.POOL_TABLES} == of_pools


@pytest.mark.slow
def test_all_rows_are_carried(filled):
    give_every_table_a_row(filled)
    store = filled.open()
    carry(store, store, "fruits", "copy")
    filled.close()
    original = rows(filled, "fruits")
    assert all(original.values())
    assert rows(filled, "copy") == original


@pytest.mark.slow
def test_into_another_directory(filled, tmp_path):
    other = Disk(tmp_path / "other")
    carry(filled.open(), other.open(), "fruits", "fruits")
    filled.assert_holds(other.open().open_pool("fruits"), items=5, events=1)
    other.store.open_pool("fruits").append_items(*filled.content(5, 7))
    filled.assert_holds(other.open().open_pool("fruits"), items=7, events=1)
    other.close()


@pytest.mark.slow
def test_it_is_as_it_was_at_the_call(filled):
    store = filled.open()
    made = store.snapshot("fruits")
    store.open_pool("fruits").append_items(*filled.content(5, 9))
    store.delete_pool("fruits")
    restore(store, b"".join(made.pieces()), "fruits")
    made.close()
    filled.assert_holds(filled.open().open_pool("fruits"), items=5, events=1)


def test_a_snapshot_that_is_dropped_leaves_nothing(filled):
    made = filled.open().snapshot(None)
    assert list((filled.path / "staging").iterdir())
    del made
    assert not list((filled.path / "staging").iterdir())


@pytest.mark.slow
def test_names_and_stored_responses(filled):
    store = filled.open()
    archive = archive_of(store, "fruits")
    with pytest.raises(PoolExists):
        restore(store, archive, "fruits")
    with pytest.raises(PoolNotFound, match="nowhere"):
        store.snapshot("nowhere")
    incoming = store.receive()
    incoming.write(archive)
    incoming.prepare()
    response = StoredResponse("r", "d", b"", 1_000_000.0)
    assert incoming.adopt({"fruits": "copy"}, response) == [PoolConfig("copy", 3, Metric.EUCLIDEAN)]
    incoming.close()
    assert filled.open().stored_response("r") == response


def with_header(**fields: object) -> Callable[[bytes], bytes]:
    return lambda content: json.dumps(json.loads(content) | fields).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("snapshot.json", lambda _: b"{", "snapshot.json is not JSON"),
        ("snapshot.json", lambda _: b"[]", "no JSON object"),
        ("snapshot.json", lambda _: None, "has no snapshot.json"),
        ("snapshot.json", with_header(format="other"), "vicinal snapshot"),
        ("snapshot.json", with_header(schema_version="3"), "schema_version is '3'"),
        ("pool.json", lambda _: b"{}", "pool.json makes no sense"),
        ("pool.json", with_header(dimension=4), "do not match|are missing"),
        ("items.jsonl", lambda _: None, "has no pools/1/items.jsonl"),
        ("items.jsonl", lambda content: content[:-1], "ends within a line"),
        ("items.jsonl", lambda content: content + content, "contradict"),
        ("items.jsonl", lambda content: content[: content.rindex(b"\n", 0, -1) + 1], "5 vectors"),
        ("items.jsonl", lambda content: content.replace(b'"metadata": "{', b'"metadata": "'), "no sense"),
        ("events.jsonl", lambda content: content.replace(b"i1", b"i9"), "contradict"),
        ("events.jsonl", lambda content: content.replace(b'sequence": 1', b'sequence": 2'), "gaps"),
        ("events.jsonl", lambda content: content.replace(b'"suggestion"', b'"drawn"'), "no columns"),
        ("events.jsonl", lambda _: b"[]\n", "no row"),
        ("vectors.f32", lambda content: content[:-4], "missing"),
        ("vectors.f32", lambda content: content[:-1] + b"x", "checksum"),
    ],
)
def test_what_makes_no_sense_is_refused(filled, name, change, message):
    store = filled.open()
    damaged = changed(archive_of(store, "fruits"), name, change)
    with pytest.raises(SnapshotDamaged, match=message):
        restore(store, damaged, "copy")
    assert [config.pool_id for config in store.pools()] == ["fruits"]
    assert len(list((filled.path / "pools").iterdir())) == 1
    assert list((filled.path / "staging").iterdir()) == []


@pytest.mark.parametrize("field", ["format_version", "schema_version"])
def test_a_newer_one_is_refused(filled, field):
    store = filled.open()
    newer = changed(archive_of(store, "fruits"), "snapshot.json", with_header(**{field: 99}))
    with pytest.raises(SnapshotTooNew, match=f"{field} 99, this Vicinal knows up to"):
        restore(store, newer, "copy")


@pytest.mark.slow
def test_an_older_one_lacks_tables_and_columns(filled):
    store = filled.open()
    older = changed(archive_of(store, "fruits"), "suggestions.jsonl", lambda _: None)
    older = changed(older, "duplicates.jsonl", lambda _: None)
    older = changed(older, "snapshot.json", with_header(schema_version=2))
    older = changed(older, "events.jsonl", lambda content: content.replace(b', "suggestion": 0', b""))
    restore(store, older, "copy")
    filled.assert_holds(store.open_pool("copy"), items=5, events=1)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE])
def test_what_is_no_file_is_refused(filled, kind):
    info = tarfile.TarInfo("pools/1/vectors.f32")
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(SnapshotDamaged, match="no file of its own"):
        restore(filled.open(), info.tobuf() + archive_of(filled.store, "fruits"), "copy")


def test_a_pool_that_is_damaged_cannot_be_taken(filled):
    filled.vectors.write_bytes(b"")
    with pytest.raises(StorageCorrupt, match="ends 60 bytes early"):
        archive_of(filled.open(), "fruits")
