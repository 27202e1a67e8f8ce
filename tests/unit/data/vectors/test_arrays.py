"""Numpy files as people save them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vicinal.core.errors import InvalidInput
from vicinal.data.vectors.arrays import array_batches, array_columns, names_in, open_arrays, read_arrays

X = np.arange(12.0, dtype=np.float32).reshape(4, 3)


def saved(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "v.npz", **arrays)
    return folder / "v.npz"


def read(path: Path, batch_rows: int = 3) -> tuple[list[str], Any]:
    batches = list(array_batches(open_arrays(path), batch_rows))
    return [name for ids, _ in batches for name in ids], np.concatenate([rows for _, rows in batches])


@pytest.mark.parametrize(
    ("ids", "names"),
    [
        (np.array([b"a", b"b", b"c", b"\xc3\xa4"]), ["a", "b", "c", "ä"]),
        (np.array(["a", "b", "c", "ä"]), ["a", "b", "c", "ä"]),
        (np.array([1.0, 2.0, 3.0, 4.5]), ["1", "2", "3", "4.5"]),
        (np.arange(4), ["0", "1", "2", "3"]),
        (
            np.array(["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"], dtype="datetime64[D]"),
            ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04"],
        ),
    ],
)
@pytest.mark.parametrize("name", ["ids", "item_ids", "id", "item_id", "names"])
def test_ids_of_every_type_and_usual_name(tmp_path: Path, ids: Any, names: list[str], name: str) -> None:
    found, vectors = read(saved(tmp_path, X=X, **{name: ids}))
    assert found == names
    np.testing.assert_array_equal(vectors, X)


def test_rows_without_an_id_are_named_or_left_out(tmp_path: Path) -> None:
    ids = np.array([b"a", b"", b"\xff", b"d"])
    path = saved(tmp_path, X=X, ids=ids)
    with pytest.raises(InvalidInput, match=r"v\.npz: row 2 has no id in 'ids'"):
        read(path)
    told: list[tuple[int, str]] = []
    shard = open_arrays(path)
    batches = list(array_batches(shard, 3, lambda _shard, row, why: told.append((row, why))))
    assert [name for names, _ in batches for name in names] == ["a", "d"]
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in batches]), X[[0, 3]])
    assert [row for row, _ in told] == [2, 3]
    assert "not UTF-8" in told[1][1]


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        ({"X": X, "ids": np.array(["a", 1, None, "d"], dtype=object)}, "array 'ids' holds Python objects"),
        ({"X": X.astype(object)}, "array 'X' holds Python objects"),
        ({"X": np.zeros(4, dtype=[("a", "f4"), ("b", "f4")])}, "structured array of 'a', 'b'"),
        ({"X": X, "ids": np.zeros(4, dtype=[("a", "f4")])}, "as many ids, not a structured array of 'a'"),
        ({"X": X, "ids": np.arange(3)}, r"4 vectors need as many ids, not an array \(3,\) in 'ids'"),
        ({"X": X, "ids": np.arange(4)[:, None]}, r"not an array \(4, 1\)"),
        ({"X": X > 3}, "vectors must be numbers in rows"),
        ({"a": X, "b": X}, "name the array of vectors 'vectors'; there are: 'a', 'b'"),
    ],
)
def test_arrays_that_cannot_be_used_are_named(tmp_path: Path, arrays: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        read(saved(tmp_path, **arrays))


@pytest.mark.parametrize("packed", [False, True])
def test_vectors_that_lie_column_by_column_are_read(tmp_path: Path, packed: bool) -> None:
    (np.savez_compressed if packed else np.savez)(tmp_path / "v.npz", vectors=np.asfortranarray(X))
    np.testing.assert_array_equal(read(tmp_path / "v.npz")[1], X)
    np.save(tmp_path / "v.npy", np.asfortranarray(X))
    np.testing.assert_array_equal(read(tmp_path / "v.npy")[1], X)


def test_names_and_columns_of_arrays(tmp_path: Path) -> None:
    labels = np.array([b"cat", b"dog", b"", b"cat"])
    path = saved(tmp_path, X=X, y=labels, short=np.arange(3))
    assert names_in(path, "y", labels) == ["cat", "dog", "", "cat"]
    assert names_in(path, "y", np.array([0.0, np.nan, 1.0])) == ["0", "", "1"]
    assert names_in(path, "y", np.array([True, False])) == ["true", "false"]
    with pytest.raises(InvalidInput, match=r"row 1 of array 'y': the bytes .* are not UTF-8"):
        names_in(path, "y", np.array([b"\xff"]))
    assert list(array_columns(path, ["y", "short", "absent"], 4)) == ["y"]
    assert set(read_arrays(path)) == {"X", "y", "short"}
