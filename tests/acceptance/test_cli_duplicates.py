"""Duplicates on the command line, against a real server."""

import json

import pytest
from PIL import Image, ImageOps

from tests.support.scenes import encoded, scene


@pytest.fixture
def scenes(tmp_path):
    """Three scenes, one of them twice, and one of them mirrored."""
    folder = tmp_path / "scenes"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(encoded(scene(number)))
    (folder / "again.png").write_bytes(encoded(scene(0)))
    (folder / "mirrored.png").write_bytes(encoded(ImageOps.mirror(scene(1))))
    return folder


@pytest.fixture
def pool(vicinal, scenes):
    vicinal(
        "pool",
        "create",
        "alike",
        "--featurizer",
        "image-statistics",
        "--duplicates",
        "near",
        "--carry-labels",
    )
    assert vicinal("add", "alike", scenes) == "added 5 (2 of them duplicates), there already 0, left out 0\n"
    yield "alike"
    vicinal("pool", "delete", "alike", "--yes")


def test_one_of_each_group_is_shown(vicinal, pool):
    groups = vicinal("duplicates", "list", pool, "--json")
    assert [(each["representative"]["item_id"], len(each["duplicates"])) for each in groups] == [
        ("0.png", 1),
        ("1.png", 1),
    ]
    assert groups[1]["duplicates"][0]["duplicate_of"]["evidence"]["transform"]["mirrored"]
    shown = vicinal("duplicates", "list", pool)
    assert "augmentation" in shown
    assert "mirrored" in shown
    suggested = vicinal("suggest", pool, "--size", 9, "--json")["items"]
    assert sorted(each["item_id"] for each in suggested) == ["0.png", "1.png", "2.png"]
    assert "near: 2 duplicates of 2 items, which carry its label" in vicinal("status", pool)


def test_labels_are_carried_and_exported(vicinal, pool, tmp_path):
    vicinal("label", pool, "again.png", "red", code=1, stderr="is a duplicate of '0.png'; label that one")
    vicinal("label", pool, "0.png", "red")
    out = tmp_path / "labels.jsonl"
    vicinal("export", pool, "--with-duplicates", "--out", out)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(line["item_id"], line["label"], line["carried_from"]) for line in lines] == [
        ("0.png", "red", ""),
        ("again.png", "red", "0.png"),
    ]
    vicinal("export", pool, "--history", "--with-duplicates", code=1, stderr="with_duplicates")


def test_split_and_found_again(vicinal, pool):
    assert vicinal("duplicates", "split", pool, "0.png") == "restored 1\n"
    vicinal("duplicates", "split", pool, "0.png", code=1, stderr="stands for no other item")
    assert vicinal("restore", pool, "mirrored.png") == "restored 1\n"
    done = vicinal("duplicates", "find", pool, "--json")
    assert done == {"groups": 0, "duplicates": 0, "new": 0, "gone": 0}
    assert "0 duplicates in 0 groups: 0 new, 0 no longer duplicates" in vicinal("duplicates", "find", pool)


def test_a_content_is_compared_with_the_pool(vicinal, pool, tmp_path):
    turned, other = tmp_path / "turned.png", tmp_path / "other.png"
    turned.write_bytes(encoded(scene(2).transpose(Image.Transpose.ROTATE_90)))
    other.write_bytes(encoded(scene(9)))
    (match,) = vicinal("duplicates", "check", pool, turned, "--json")["inputs"][0]["matches"]
    assert (match["item_id"], match["kind"]) == ("2.png", "augmentation")
    shown = vicinal("duplicates", "check", pool, turned, other)
    assert "2.png" in shown
    assert "nothing" in shown


def test_a_folder_is_compared_with_the_pool(vicinal, pool, tmp_path):
    new = tmp_path / "new"
    new.mkdir()
    (new / "a.png").write_bytes(encoded(scene(2).transpose(Image.Transpose.ROTATE_90)))
    (new / "b.png").write_bytes(encoded(scene(1)))
    (new / "c.png").write_bytes(encoded(scene(8)))
    (new / "d.png").write_bytes(encoded(ImageOps.mirror(scene(8))))
    out, page = tmp_path / "groups.csv", tmp_path / "groups.html"
    answer = vicinal("dedupe", new, "--against", pool, "--out", out, "--gallery", page, "--json")
    assert (answer["items"], answer["duplicates"], answer["errors"]) == (4, 3, [])
    groups = {group["representative_id"]: group for group in answer["groups"]}
    assert [group["representative_elsewhere"] for group in answer["groups"]] == [True, True, False]
    (turned,) = groups["alike:2.png"]["duplicates"]
    assert (turned["item_id"], turned["reason"]) == ("a.png", "augmentation")
    assert turned["evidence"]["transform"]["rotation_degrees"] == pytest.approx(-90, abs=2)
    assert groups["alike:1.png"]["duplicates"][0]["item_id"] == "b.png"
    assert page.read_text().count("<img") == 6
    assert out.read_text().count("\n") == 7
    (new / "e.png").write_bytes(b"no picture")
    told = vicinal("dedupe", new, "--against", pool, "--out", out, code=1, stderr="left out e.png")
    assert "2 of them are in alike already" in told
    vicinal("status", pool)


def test_a_comparison_with_a_pool_that_cannot_be_made_is_refused(vicinal, pool, scenes, tmp_path):
    texts = tmp_path / "texts.csv"
    texts.write_text("text\none\n")
    out = ("--out", tmp_path / "groups.csv")
    vicinal("dedupe", scenes, "--against", "nothing", *out, code=1, stderr="no such pool")
    vicinal("dedupe", texts, "--against", pool, *out, code=1, stderr="is of images")
    nowhere = ("--target", "127.0.0.1:1")
    vicinal("dedupe", scenes, "--against", "nothing", *out, *nowhere, code=1, stderr="no server answers")
    vicinal("pool", "create", "without-near", "--featurizer", "image-statistics", "--duplicates", "off")
    vicinal("dedupe", scenes, "--against", "without-near", *out, code=1, stderr="--duplicates near")


def test_views_are_named_as_in_dedupe(vicinal):
    vicinal(
        *("pool", "create", "viewed", "--featurizer", "image-statistics", "--duplicates", "near"),
        *("--augmentations", "turns", "--augmentations", "blur"),
    )
    assert vicinal("status", "viewed", "--json")["pools"][0]["augmentations"] == ["turns", "blur"]
    vicinal("pool", "delete", "viewed", "--yes")


def test_an_empty_input_is_not_the_current_folder(vicinal, pool):
    vicinal("duplicates", "check", pool, "", code=1, stderr="an input is empty")
