"""A pool as files that people read, and back: whatever columns and tables there are."""

import json

import numpy as np
import pytest
from pyarrow import parquet

from tests.support.archives import give_every_table_a_row, rows
from tests.support.disks import Disk, archive_of, let_vectors_have_any_length, restore
from vicinal.core.errors import SnapshotDamaged, SnapshotTooNew
from vicinal.core.pool_config import PoolConfig
from vicinal.storage.snapshots import readable
from vicinal.storage.sqlite import schema


@pytest.fixture
def filled(filled):
    return let_vectors_have_any_length(filled)


def unpacked(disk: Disk, pool_id: str, *, as_parquet: bool):
    archive, folder = disk.path.parent / "archive.tar", disk.path.parent / "folder"
    archive.write_bytes(archive_of(disk.open(), pool_id))
    folder.mkdir()
    readable.unpack(archive, folder, parquet=as_parquet)
    return folder


def packed(folder, tmp_path) -> bytes:
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    for left in scratch.iterdir():
        left.unlink()
    return b"".join(readable.pack(folder, scratch))


@pytest.mark.slow
@pytest.mark.parametrize("as_parquet", [False, True])
def test_all_but_leases_there_and_back(filled, tmp_path, as_parquet):
    give_every_table_a_row(filled)
    folder = unpacked(filled, "fruits", as_parquet=as_parquet)
    restore(filled.store, packed(folder, tmp_path), "copy")
    filled.close()
    before, after = rows(filled, "fruits"), rows(filled, "copy")
    assert after.pop("leases") == []
    assert len(after.pop("chunks")) == 1
    del before["leases"], before["chunks"]
    assert after == before
    filled.assert_holds(filled.open().open_pool("copy"), items=5, events=1)


def test_what_a_person_finds(filled):
    folder = unpacked(filled, "fruits", as_parquet=False)
    first = json.loads((folder / "items.jsonl").read_text().splitlines()[0])
    assert (first["item_id"], first["holdout"], first["metadata"]) == ("i0", False, {"n": "0"})
    np.testing.assert_array_equal(np.load(folder / "vectors.npy"), filled.content(0, 5).vectors)


def test_the_same_as_parquet(filled):
    folder = unpacked(filled, "fruits", as_parquet=True)
    assert parquet.read_table(folder / "items.parquet")["item_id"].to_pylist() == [f"i{n}" for n in range(5)]
    vectors = parquet.read_table(folder / "vectors.parquet")["vector"].to_pylist()
    assert vectors == filled.content(0, 5).vectors.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("as_parquet", [False, True])
def test_a_pool_without_items(filled, tmp_path, as_parquet):
    filled.open().create_pool(PoolConfig("empty", 3))
    folder = unpacked(filled, "empty", as_parquet=as_parquet)
    restore(filled.store, packed(folder, tmp_path), "copy")
    filled.assert_holds(filled.open().open_pool("copy"), items=0, events=0)


@pytest.mark.slow
def test_of_another_version(filled, tmp_path):
    folder = unpacked(filled, "fruits", as_parquet=False)
    about = json.loads((folder / "pool.json").read_text())
    (folder / "suggestions.jsonl").unlink()
    with pytest.raises(SnapshotDamaged, match=r"there is no .*suggestions\.jsonl"):
        packed(folder, tmp_path)
    (folder / "pool.json").write_text(json.dumps(about | {"schema_version": schema.SCHEMA_VERSION - 1}))
    restore(filled.store, packed(folder, tmp_path), "copy")
    (folder / "pool.json").write_text(json.dumps(about | {"schema_version": schema.SCHEMA_VERSION + 1}))
    with pytest.raises(SnapshotTooNew, match="import it into a newer Vicinal"):
        packed(folder, tmp_path)


@pytest.mark.slow
def test_vectors_that_do_not_match(filled, tmp_path):
    folder = unpacked(filled, "fruits", as_parquet=False)
    np.save(folder / "vectors.npy", np.ones((5, 4), np.float32))
    with pytest.raises(SnapshotDamaged, match="not of 3 components"):
        packed(folder, tmp_path)
    np.save(folder / "vectors.npy", np.full((5, 3), np.nan, np.float32))
    with pytest.raises(SnapshotDamaged, match="not finite"):
        packed(folder, tmp_path)
    np.save(folder / "vectors.npy", np.ones((4, 3), np.float32))
    with pytest.raises(SnapshotDamaged, match="4 vectors were committed for 5 items"):
        restore(filled.store, packed(folder, tmp_path), "copy")


def test_cosine_takes_rows_of_length_one_alone(filled, tmp_path):
    folder = unpacked(filled, "fruits", as_parquet=False)
    about = json.loads((folder / "pool.json").read_text())
    about["config"]["metric"] = "cosine"
    (folder / "pool.json").write_text(json.dumps(about))
    with pytest.raises(SnapshotDamaged, match="not of length 1"):
        packed(folder, tmp_path)
    vectors = np.load(folder / "vectors.npy")
    np.save(folder / "vectors.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert packed(folder, tmp_path)
