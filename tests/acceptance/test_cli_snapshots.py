"""Pools kept as archives and as folders of files, by the command line."""

import json

import numpy as np
import pytest

PICKS = 4


@pytest.fixture
def fruits(vicinal, tmp_path):
    """A pool with labels, a relabelling, a skip, an example and an open lease, under an id of its own."""
    pool = f"fruits-{tmp_path.name.strip('_')[-40:].replace('_', '-').lower()}"
    random = np.random.default_rng(0)
    ids = [f"i{number}" for number in range(40)]
    np.savez(tmp_path / "v.npz", vectors=random.normal(size=(40, 5)), ids=ids)
    np.savez(tmp_path / "e.npz", vectors=random.normal(size=(2, 5)), ids=["e0", "e1"])
    vicinal("pool", "create", pool, "--dimension", 5, "--control-share", 0.3, "--holdout-share", 0.1)
    vicinal("add", pool, tmp_path / "v.npz")
    vicinal("examples", "add", pool, tmp_path / "e.npz", "--label", "ripe")
    for number in range(8):
        (item,) = vicinal("suggest", pool, "--json")["items"]
        vicinal("label", pool, item["item_id"], ["ripe", "raw"][number % 2])
    vicinal("label", pool, item["item_id"], "ripe", "--relabel")
    (item,) = vicinal("suggest", pool, "--json")["items"]
    vicinal("skip", pool, item["item_id"], "--reason", "blürred")
    return pool


def next_picks(vicinal, pool):
    return [item["item_id"] for item in vicinal("suggest", pool, "--size", PICKS, "--json")["items"]]


def log(vicinal, pool):
    return vicinal("export", pool, "--history", "--json")


def test_an_archive_there_and_back(vicinal, fruits, tmp_path):
    archive = tmp_path / "fruits.tar"
    assert (
        vicinal("snapshot", "create", fruits, "--out", archive, "--json")["bytes"] == archive.stat().st_size
    )
    assert vicinal("snapshot", "restore", archive, "--pool", "again", "--json") == {"restored": ["again"]}
    assert log(vicinal, "again") == log(vicinal, fruits)
    assert next_picks(vicinal, "again") == next_picks(vicinal, fruits)
    vicinal("snapshot", "restore", archive, code=1, stderr=f"pool '{fruits}' is there already")
    vicinal(
        "snapshot",
        "restore",
        tmp_path / "v.npz",
        "--pool",
        "other",
        code=1,
        stderr="the snapshot is damaged, or none",
    )
    vicinal("snapshot", "restore", tmp_path / "nothing", code=1, stderr="cannot be read: No such file")
    vicinal("snapshot", "create", "nowhere", "--out", tmp_path / "x.tar", code=1, stderr="no pool 'nowhere'")
    vicinal(
        "snapshot",
        "create",
        fruits,
        "--out",
        tmp_path / "no/x.tar",
        code=1,
        stderr="x.tar: cannot be written",
    )
    assert not list(tmp_path.glob("*x.tar*"))


def test_a_data_directory_of_a_server_that_is_stopped(vicinal, fruits, tmp_path):
    archive, copy = tmp_path / "fruits.tar", tmp_path / "copy.tar"
    vicinal("snapshot", "create", fruits, "--out", archive)
    restored = vicinal(
        "snapshot", "restore", archive, "--data-dir", tmp_path / "data", "--pool", "off", "--json"
    )
    assert restored == {"restored": ["off"]}
    vicinal("snapshot", "create", "--data-dir", tmp_path / "data", "--out", copy)
    vicinal("snapshot", "restore", copy)
    assert log(vicinal, "off") == log(vicinal, fruits)
    assert next_picks(vicinal, "off") == next_picks(vicinal, fruits)
    vicinal(
        "snapshot",
        "create",
        "--data-dir",
        tmp_path,
        "--out",
        copy,
        code=1,
        stderr="is no data directory of Vicinal",
    )
    missing = ("snapshot", "create", "nowhere", "--data-dir", tmp_path / "data", "--out", copy)
    vicinal(*missing, code=1, stderr="no pool 'nowhere'")


@pytest.mark.parametrize(
    ("written", "files"),
    [("jsonl", {"items.jsonl", "vectors.npy"}), ("parquet", {"items.parquet", "vectors.parquet"})],
)
def test_files_there_and_back(vicinal, fruits, tmp_path, written, files):
    out, new = tmp_path / "out", f"new-{written}"
    vicinal("export", fruits, "--all", "--out", out, "--format", written)
    assert {path.name for path in out.iterdir()} >= files | {"pool.json", "labels.jsonl", "examples.jsonl"}
    lines = [json.loads(line) for line in (out / "labels.jsonl").read_text().splitlines()]
    assert [line["reason"] for line in lines] == [""] * 9 + ["blürred"]
    examples = [json.loads(line) for line in (out / "examples.jsonl").read_text().splitlines()]
    assert [(each["example_id"], each["label"], len(each["vector"])) for each in examples] == [
        ("e0", "ripe", 5),
        ("e1", "ripe", 5),
    ]
    assert vicinal("import", out, "--pool", new, "--json") == {"imported": [new]}
    assert log(vicinal, new) == log(vicinal, fruits)
    vicinal("export", new, "--all", "--out", tmp_path / "again", "--format", written)
    assert changed_files(out, tmp_path / "again") == {"pool.json"}
    assert next_picks(vicinal, new) == next_picks(vicinal, fruits)


def changed_files(left, right):
    names = {path.name for folder in (left, right) for path in folder.iterdir()}
    return {name for name in names if (left / name).read_bytes() != (right / name).read_bytes()}


def test_what_cannot_be_exported_or_imported(vicinal, fruits, tmp_path):
    out = tmp_path / "out"
    vicinal("export", fruits, "--all", code=1, stderr="name it with --out")
    vicinal("export", fruits, "--all", "--out", out, "--format", "csv", code=1, stderr="jsonl or parquet")
    vicinal("export", fruits, "--format", "parquet", code=1, stderr="parquet goes with --all")
    vicinal("export", "nowhere", "--all", "--out", out, code=1, stderr="no pool 'nowhere'")
    assert not out.exists()
    vicinal("export", fruits, "--all", "--out", out)
    vicinal("export", fruits, "--all", "--out", out, code=1, stderr="is there already")
    vicinal("import", tmp_path, code=1, stderr="there is no")
    for name, content, complaint in (
        ("items.jsonl", '{"item_id": "i0"}\n', "items.jsonl, record 1 makes no sense"),
        ("items.jsonl", "{\n", "items.jsonl, line 1 is not JSON"),
        ("labels.jsonl", None, "there is no"),
        ("pool.json", "{}", "pool.json makes no sense"),
        ("vectors.npy", "x", "vectors.npy is no NPY file"),
    ):
        whole = (out / name).read_bytes()
        (out / name).unlink() if content is None else (out / name).write_text(content)
        vicinal("import", out, "--pool", "other", code=1, stderr=complaint)
        (out / name).write_bytes(whole)
    assert "other" not in vicinal("pool", "list")
    vicinal("import", out, "--pool", "other")
