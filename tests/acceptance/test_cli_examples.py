"""Examples on the command line, against a real server."""

import json

import numpy as np
import pytest


@pytest.fixture
def colours(vicinal, photos):
    """A pool of the red and blue pictures, without a label."""
    vicinal("pool", "create", "beside", "--featurizer", "image-statistics")
    vicinal("add", "beside", photos, code=1)
    yield "beside"
    vicinal("pool", "delete", "beside", "--yes")


def test_pictures_from_elsewhere_vote(vicinal, colours, photos):
    vicinal("classify", colours, photos / "red/1.png", code=1, stderr="no labels yet")
    done = vicinal("examples", "add", colours, photos, "--label-column", "class", "--json", code=1)
    assert (done["added"], done["relabelled"], done["existing"]) == (12, 0, 0)
    assert [error["name"] for error in done["errors"]] == ["red/broken.png"]
    again = vicinal("examples", "add", colours, photos / "red", "--label", "red", code=1)
    told = "left out 1: 1 could not be read (first: broken.png)"
    assert again == f"added 6, relabelled 0, there already 0, {told}\n"
    guesses = vicinal("classify", colours, photos / "blue/3.png", "--json", "--neighbours")
    assert guesses["predictions"][0]["label"] == "blue"
    assert {each["item_id"] for each in guesses["predictions"][0]["neighbours"]} == {""}
    assert "example blue/" in vicinal("classify", colours, photos / "blue/3.png", "--neighbours")
    assert vicinal("status", colours, "--json")["pools"][0]["examples"] == 18
    listed = vicinal("examples", "list", colours, "--json")
    assert len(listed) == 18
    assert [each["example_id"] for each in listed] == sorted(each["example_id"] for each in listed)
    assert listed[0]["annotator"] == "ana"
    shown = vicinal("examples", "list", colours)
    assert "blue/0.png" in shown
    assert vicinal("examples", "remove", colours, "blue/0.png", "blue/1.png") == "removed 2\n"
    vicinal("examples", "remove", colours, "blue/0.png", code=1, stderr="no example 'blue/0.png'")
    assert len(vicinal("suggest", colours, "--size", 20, "--json")["items"]) == 12


def test_another_label_needs_relabel(vicinal, colours, photos):
    one = photos / "red/0.png"
    vicinal("examples", "add", colours, one, "--label", "red")
    vicinal("examples", "add", colours, one, "--label", "blue", code=1, stderr="left out 0.png: ")
    done = vicinal("examples", "add", colours, one, "--label", "blue", "--relabel", "--json")
    counts = {"added": 0, "relabelled": 1, "existing": 0}
    assert done == {**counts, "errors": [], "left_out_counts": [], "notes": []}


def test_vectors_and_rows_without_a_label(vicinal, tmp_path):
    vicinal("pool", "create", "rows", "--dimension", 2)
    np.save(tmp_path / "v.npy", np.eye(2))
    assert vicinal("examples", "add", "rows", tmp_path / "v.npy", "--label", "x", "--json")["added"] == 2
    complaint = "left out 1: it has no label in column 'verdict'; there are: none"
    columns = ("--label-column", "verdict")
    vicinal("examples", "add", "rows", tmp_path / "v.npy", *columns, code=1, stderr=complaint)
    with (tmp_path / "t.jsonl").open("w") as file:
        file.write(json.dumps({"id": "t", "text": "hello", "verdict": "good"}) + "\n")
    vicinal("examples", "add", "rows", tmp_path / "t.jsonl", *columns, code=1, stderr="no featurizer")
    vicinal("pool", "delete", "rows", "--yes")


@pytest.mark.parametrize("given", [[], ["--label", "x", "--label-column", "y"]])
def test_a_label_or_a_column_of_labels(vicinal, tmp_path, given):
    vicinal("examples", "add", "rows", tmp_path, *given, code=2, stderr="either --label")


@pytest.mark.parametrize("words", [["list"], ["remove", "x"], ["add", ".", "--label", "x"]])
def test_no_such_pool(vicinal, words, photos, monkeypatch):
    monkeypatch.chdir(photos)
    vicinal("examples", words[0], "absent", *words[1:], code=1, stderr="absent")
