"""Measuring from the command line: holdout, control arm, curve and advice."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

COUNT = 150
TRUTH = np.random.default_rng(0).integers(0, 2, COUNT)


@pytest.fixture
def vectors(tmp_path):
    """Two clouds of vectors; item ids are row numbers."""
    noise = np.random.default_rng(1).normal(size=(COUNT, 4))
    np.savez(
        tmp_path / "v.npz",
        vectors=noise + 3 * np.outer(2 * TRUTH - 1, np.ones(4)),
        ids=np.array([f"v{row}" for row in range(COUNT)]),
    )
    return tmp_path / "v.npz"


def label_batch(vicinal, tmp_path, pool, *options):
    batch = vicinal("suggest", pool, *options, "--json")
    rows = [{"item_id": i["item_id"], "label": f"c{TRUTH[int(i['item_id'][1:])]}"} for i in batch["items"]]
    (tmp_path / "given.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    vicinal("label", pool, "--file", tmp_path / "given.jsonl")
    return batch["items"]


def test_from_a_holdout_to_advice(vicinal, vectors, tmp_path):
    vicinal("pool", "create", "clouds", "--dimension", 4, "--holdout-share", 0.4, "--control-share", 0.25)
    vicinal("add", "clouds", vectors)
    assert "Nothing measures the accuracy yet" in vicinal("curve", "clouds")
    vicinal("curve", "clouds", "--out", tmp_path / "c.png", code=1, stderr="there is no curve to draw")

    held = label_batch(vicinal, tmp_path, "clouds", "--holdout", "--size", 50)
    assert {item["arm"] for item in held} == {"holdout"}
    assert {tuple(item["probabilities"]) for item in held} == {()}
    told = [item["arm"] for _ in range(5) for item in label_batch(vicinal, tmp_path, "clouds", "--size", 8)]
    assert told.count("control") == 10
    assert "arm" in vicinal("suggest", "clouds")

    status = vicinal("status", "clouds")
    assert "50 labelled" in status
    assert "31 chosen, 10 drawn at random (25.0% wanted)" in status
    assert vicinal("pool", "show", "clouds", "--json")["holdout"]["labelled"] == 50

    curve = vicinal("curve", "clouds", "--json", "--out", tmp_path / "c.png", stderr="wrote ")
    assert (curve["source"], curve["now"]["label_count"], curve["now"]["items"]) == ("holdout", 40, 50)
    with Image.open(tmp_path / "c.png") as picture:
        assert picture.size == (1280, 800)
    shown = vicinal("curve", "clouds")
    assert "Accuracy in clouds, by holdout items" in shown
    assert "is not clear yet" in shown

    advice = vicinal("advise", "clouds", "--budget", 40, "--target-accuracy", 0.8, "--json")
    assert advice["stop"]
    assert [sign["reason"] for sign in advice["reasons"]][:2] == ["budget_spent", "target_reached"]
    shown = vicinal("advise", "clouds", "--budget", 500)
    assert "for going on: The budget is not spent: 40 of 500 labels are given." in shown

    rows = list(csv.DictReader(io.StringIO(vicinal("export", "clouds"))))
    arms = [row["arm"] for row in rows]
    assert (arms.count("holdout"), arms.count("control"), arms.count("active")) == (50, 10, 30)
    assert {row["predicted_label"] for row in rows[60:]} == {"c0", "c1"}


def test_items_added_for_the_holdout(vicinal, vectors):
    vicinal("pool", "create", "kept", "--dimension", 4)
    assert "added 150" in vicinal("add", "kept", vectors, "--holdout")
    assert "nothing is left to suggest in kept" in vicinal("suggest", "kept")
    assert vicinal("suggest", "kept", "--holdout", "--json")["items"][0]["arm"] == "holdout"
    assert "150 items" in vicinal("status", "kept")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["curve", "absent"], "absent"),
        (["advise", "absent"], "absent"),
        (["advise", "absent", "--target-accuracy", "2"], "target_accuracy"),
        (["pool", "create", "p", "--dimension", "2", "--holdout-share", "1"], "holdout_share"),
        (["pool", "create", "p", "--dimension", "2", "--control-share", "-0.5"], "control_share"),
    ],
)
def test_mistakes_are_reported_in_one_line(vicinal, arguments, complaint):
    vicinal(*arguments, code=1, stderr=complaint)


def test_an_accuracy_is_not_taken_for_a_server(vicinal):
    vicinal("advise", "any", "--target", "0.9", code=2, stderr="--target-accuracy 0.9")
