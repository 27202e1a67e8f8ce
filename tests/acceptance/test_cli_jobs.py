"""Vectors made without a server, brought to one, and its labels brought back."""

import csv
import json

import numpy as np
from pyarrow import parquet


def test_from_a_folder_of_images_to_a_pool_and_its_labels_back(vicinal, photos, tmp_path):
    out = tmp_path / "vectors"
    words = ["embed", photos, out, "--featurizer", "image-statistics", "--shard-size", 5, "--workers", 2]
    done = vicinal(*words, "--json", stderr="rows without a vector are named in ")
    assert (done["rows"], done["failures"], done["shards"]) == (12, 1, 3)
    assert "12 vectors in 3 shards, 0 of them made now, by image-statistics " in vicinal(*words)
    (left_out,) = [json.loads(line) for line in (out / "failures.jsonl").read_text().splitlines()]
    assert left_out["id"] == "red/broken.png"

    vicinal("pool", "create", "at-rest", "--featurizer", "image-statistics")
    assert "added 12, there already 0, left out 0" in vicinal("push", out, "at-rest")
    again = vicinal("push", out, "at-rest", "--json")
    assert again == {"added": 0, "existing": 12, "errors": [], "left_out_counts": [], "notes": []}

    labels = {f"{colour}/{number}.png": colour for colour in ("red", "blue") for number in range(2)}
    for item_id, label in labels.items():
        vicinal("label", "at-rest", item_id, label)
    for name in ("labels.parquet", "labels.csv", "labels.jsonl"):
        assert vicinal("pull", "at-rest", "--out", tmp_path / name, "--json")["labels"] == 4
    rows = parquet.read_table(tmp_path / "labels.parquet").to_pylist()
    assert {row["id"]: row["label"] for row in rows} == labels
    assert {row["state"] for row in rows} == {"labelled"}
    with (tmp_path / "labels.csv").open(newline="") as file:
        assert {row["id"]: row["label"] for row in csv.DictReader(file)} == labels
    lines = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
    assert {line["id"]: line["label"] for line in lines} == labels
    vicinal("pull", "at-rest", "--out", tmp_path / "labels.txt", code=1, stderr="name a file that ends in")


def test_vectors_of_another_model_do_not_come_into_a_pool(vicinal, photos, tmp_path):
    vicinal("embed", photos, tmp_path / "out", "--featurizer", "image-statistics")
    np.savez(tmp_path / "own.npz", vectors=np.eye(256, dtype=np.float32), ids=np.arange(256).astype(str))
    np.savez(tmp_path / "short.npz", vectors=np.eye(3), ids=np.array(["a", "b", "c"]))
    pool = vicinal("pool", "create", "theirs", "--featurizer", "image-statistics", "--json")
    vicinal(
        "push", tmp_path / "own.npz", "theirs", code=1, stderr="nobody says with what: give --fingerprint"
    )
    vicinal(
        "push", tmp_path / "short.npz", "theirs", code=1, stderr="has dimension 256, these vectors have 3"
    )
    digest = pool["fingerprint"]["digest"]
    assert "added 256" in vicinal("push", tmp_path / "own.npz", "theirs", "--fingerprint", digest)
    vicinal("push", tmp_path / "out", "theirs", "--fingerprint", "00", code=1, stderr="were made with")
    vicinal("pool", "create", "plain", "--dimension", 256)
    assert "added 12" in vicinal("push", tmp_path / "out", "plain")


def test_a_file_that_cannot_be_read_is_an_error_of_push(vicinal, tmp_path):
    folder = tmp_path / "at-rest"
    folder.mkdir()
    np.savez(folder / "a.npz", vectors=np.eye(3), ids=np.array(["a", "b", "c"]))
    (folder / "b.npz").symlink_to(tmp_path / "gone.npz")
    vicinal("pool", "create", "linked", "--dimension", 3)
    told = vicinal("push", folder, "linked", "--json", code=1, stderr="left out b.npz")
    assert (told["added"], [each["name"] for each in told["errors"]]) == (3, ["b.npz"])
    assert [(each["reason"], each["count"]) for each in told["left_out_counts"]] == [("unreadable", 1)]
