"""Vectors on disk, opened as one."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pytest
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.data.vectors.parquet import DIGEST_KEY
from vicinal.jobs import VectorShards, holds_vectors, open_vectors


def rows(count: int, dimension: int = 4, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)


def write(path: Path, ids: list[str], vectors: Vectors, digest: str = "sha256:one") -> Path:
    lists = arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.ravel()), vectors.shape[1])
    table = arrow.table({"id": ids, "vector": lists})
    parquet.write_table(table.replace_schema_metadata({DIGEST_KEY: digest}), path, row_group_size=7)
    return path


def all_of(opened: VectorShards, batch_rows: int) -> tuple[list[str], Vectors]:
    batches = list(opened.read_batches(batch_rows))
    assert all(len(ids) == len(vectors) <= batch_rows for ids, vectors in batches)
    return [each for ids, _ in batches for each in ids], np.concatenate([each for _, each in batches])


def test_shards_of_a_folder_come_in_the_order_of_their_names_and_in_batches(tmp_path: Path) -> None:
    vectors = rows(30)
    write(tmp_path / "part-00001.parquet", [f"b{row}" for row in range(20)], vectors[10:])
    write(tmp_path / "part-00000.parquet", [f"a{row}" for row in range(10)], vectors[:10])
    opened = open_vectors(tmp_path)
    assert (opened.rows, opened.dimension, opened.fingerprint_digest) == (30, 4, "sha256:one")
    for batch_rows in (3, 8, 100):
        ids, read = all_of(opened, batch_rows)
        assert ids == [f"a{row}" for row in range(10)] + [f"b{row}" for row in range(20)]
        assert read.dtype == np.float32
        assert np.array_equal(read, vectors)


def test_a_glob_and_a_single_file_will_do(tmp_path: Path) -> None:
    write(tmp_path / "x.parquet", ["1"], rows(1))
    write(tmp_path / "y.parquet", ["2"], rows(1))
    assert open_vectors(f"{tmp_path}/*.parquet").rows == 2
    assert open_vectors(tmp_path / "x.parquet").rows == 1


@pytest.mark.parametrize("packed", [False, True])
def test_numpy_archives_are_read_row_by_row(tmp_path: Path, packed: bool) -> None:
    vectors = rows(50)
    save = np.savez_compressed if packed else np.savez
    save(tmp_path / "v.npz", vectors=vectors, ids=np.array([f"i{row}" for row in range(50)]))
    ids, read = all_of(open_vectors(tmp_path / "v.npz"), 7)
    assert ids == [f"i{row}" for row in range(50)]
    assert np.array_equal(read, vectors)


def test_a_plain_array_has_row_numbers_for_ids(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", rows(5).astype(np.float64))
    ids, read = all_of(open_vectors(tmp_path / "v.npy"), 2)
    assert ids == ["1", "2", "3", "4", "5"]
    assert np.array_equal(read, rows(5))


def test_lists_of_any_length_are_taken_if_they_are_all_as_long(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    parquet.write_table(arrow.table({"item_id": [7, 8], "embedding": [[1.0, 2.0], [3.0, 4.0]]}), path)
    assert all_of(open_vectors(path), 10)[0] == ["7", "8"]
    parquet.write_table(arrow.table({"id": ["7", "8"], "vector": [[1.0, 2.0], [3.0]]}), path)
    with pytest.raises(InvalidInput, match=r"v\.parquet: row 2 has a vector of 1 numbers, not of 2"):
        all_of(open_vectors(path), 10)
    parquet.write_table(arrow.table({"id": ["7", None], "vector": [[1.0], [3.0]]}), path)
    with pytest.raises(InvalidInput, match="row 2 has no id"):
        all_of(open_vectors(path), 10)


def test_shards_of_other_dimension_or_model_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", ["1"], rows(1))
    write(tmp_path / "b.parquet", ["2"], rows(1, 5))
    with pytest.raises(InvalidInput, match=r"b\.parquet: has vectors of dimension 5, .*a\.parquet"):
        open_vectors(tmp_path)
    write(tmp_path / "b.parquet", ["2"], rows(1), "sha256:two")
    with pytest.raises(InvalidInput, match=r"b\.parquet: was made with sha256:two"):
        open_vectors(tmp_path)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no file of vectors \(\.npy, \.npz, \.parquet\)"):
        open_vectors(tmp_path)
    whole = write(tmp_path / "a.parquet", ["1"] * 500, rows(500)).read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[:-100])
    with pytest.raises(InvalidInput, match=r"b\.parquet: cannot be read as Parquet"):
        open_vectors(tmp_path)
    (tmp_path / "b.parquet").unlink()
    np.savez(tmp_path / "c.npz", vectors=rows(3), ids=np.array(["1", "2"]))
    with pytest.raises(InvalidInput, match=r"c\.npz: 3 vectors need as many ids"):
        all_of(open_vectors(tmp_path / "c.npz"), 10)
    parquet.write_table(arrow.table({"id": ["1"], "text": ["x"]}), tmp_path / "d.parquet")
    told = r"d\.parquet: has no column of vectors; .*there are: 'id', 'text'"
    with pytest.raises(InvalidInput, match=told):
        open_vectors(tmp_path / "d.parquet")


def test_a_manifest_names_the_shards_and_a_job_that_goes_on_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "part-00000.parquet", ["1"], rows(1))
    write(tmp_path / "part-00001.parquet", ["2"], rows(1))
    (tmp_path / ".job").mkdir()
    with pytest.raises(InvalidInput, match="has not finished; run it again"):
        open_vectors(tmp_path)
    named = {"shards": [{"file": "part-00001.parquet"}, {"file": "part-00000.parquet"}]}
    (tmp_path / "manifest.json").write_text(json.dumps(named))
    assert all_of(open_vectors(tmp_path), 10)[0] == ["2", "1"]
    (tmp_path / "part-00000.parquet").unlink()
    with pytest.raises(InvalidInput, match=r"part-00000\.parquet: is missing"):
        open_vectors(tmp_path)


def test_a_flipped_bit_is_noticed_where_a_manifest_has_checksums(tmp_path: Path) -> None:
    content = write(tmp_path / "part-00000.parquet", ["1"] * 500, rows(500)).read_bytes()
    named = {"file": "part-00000.parquet", "bytes": len(content)}
    shard = {**named, "sha256": hashlib.sha256(content).hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps({"shards": [shard]}))
    assert open_vectors(tmp_path).rows == len(all_of(open_vectors(tmp_path), 100)[0])
    middle = len(content) // 2
    flipped = bytes([content[middle] ^ 1])
    (tmp_path / "part-00000.parquet").write_bytes(content[:middle] + flipped + content[middle + 1 :])
    with pytest.raises(InvalidInput, match=r"part-00000\.parquet: is damaged.*embed` again"):
        all_of(open_vectors(tmp_path), 100)
    (tmp_path / "part-00000.parquet").write_bytes(content[:-8])
    with pytest.raises(InvalidInput, match=r"part-00000\.parquet: has \d+ bytes, not \d+"):
        open_vectors(tmp_path)


def test_no_vectors_and_ids_that_are_empty_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "v.parquet", [], rows(0))
    with pytest.raises(InvalidInput, match=r"v\.parquet: holds no vectors"):
        open_vectors(tmp_path / "v.parquet")
    write(tmp_path / "v.parquet", ["1", ""], rows(2))
    with pytest.raises(InvalidInput, match=r"v\.parquet: row 2 has no id"):
        all_of(open_vectors(tmp_path / "v.parquet"), 10)
    np.savez(tmp_path / "v.npz", vectors=rows(3), ids=np.array(["1", "2", ""]))
    with pytest.raises(InvalidInput, match=r"v\.npz: row 3 has no id in 'ids'"):
        all_of(open_vectors(tmp_path / "v.npz"), 2)


def test_folders_and_globs_of_vectors_are_told_by_their_names(tmp_path: Path) -> None:
    vectors, pictures = tmp_path / "vectors", tmp_path / "pictures"
    vectors.mkdir()
    pictures.mkdir()
    write(vectors / "part-00000.parquet", ["1"], rows(1))
    (vectors / "manifest.json").write_text("{}")
    assert holds_vectors(vectors)
    assert holds_vectors(f"{vectors}/*.parquet")
    assert not holds_vectors(f"{vectors}/*.json")
    write(pictures / "beside.parquet", ["1"], rows(1))
    (pictures / "a.png").write_bytes(b"")
    assert not holds_vectors(pictures)
    assert not holds_vectors(vectors / "part-00000.parquet")


def test_what_lies_beside_shards_is_counted(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", vectors=rows(3), ids=np.array(["1", "2", "3"]), y=np.arange(3))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "more").mkdir()
    left_out = open_vectors(tmp_path).left_out
    assert [(str(each.reason), each.count) for each in left_out.counts()] == [
        ("other_kind", 1),
        ("in_folder", 1),
    ]
    assert left_out.notes == ["the array 'y' is not read; of an NPZ the vectors and their ids are"]


def test_vectors_that_a_manifest_does_not_name_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "part-00000.parquet", ["1"], rows(1))
    write(tmp_path / "extra.parquet", ["2"], rows(1))
    (tmp_path / "manifest.json").write_text(json.dumps({"shards": [{"file": "part-00000.parquet"}]}))
    (count,) = open_vectors(tmp_path).left_out.counts()
    assert (count.reason, count.first) == ("not_named", ["extra.parquet"])
