import csv

import numpy as np
import pytest

pytest.importorskip("cv2")

from benchmarks.dedupe import pairs_of, precision_and_recall, share
from benchmarks.dedupe_data import KnownDuplicates, fruits, near_duplicates
from benchmarks.dedupe_texts import EDITS, made_up


def written(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_precision_and_recall_over_pairs(tmp_path):
    families = {"a1": "a", "a2": "a", "a3": "a", "b1": "b", "b2": "b", "v1": "v", "v2": "v"}
    known = KnownDuplicates(tmp_path, families, aside=frozenset({"v1", "v2"}))
    pairs = pairs_of([("a1", "a2", "b1"), ("v1", "v2")])
    assert ("a1", "b1") in pairs
    assert precision_and_recall(pairs, known) == {"precision": 1 / 3, "recall": 1 / 4}
    assert precision_and_recall(set(), known) == {"precision": 0, "recall": 0}


def test_the_share_of_none_is_all():
    assert (share([]), share([True, False])) == (1, 0.5)


def test_views_are_put_aside_and_pairs_known_either_way(tmp_path):
    folder = tmp_path / "data/near_duplicates"
    written(folder / "images.csv", [("file", "group", "part"), ("x", "g", "pdq"), ("y", "h", "views")])
    written(folder / "pairs.csv", [("a", "b", "relation"), ("y", "x", "different")])
    known = near_duplicates(tmp_path)
    assert known.family_of == {"x": "g", "y": "h"}
    assert known.relations == {("x", "y"): "different"}
    assert known.aside == {"y"}


def test_whole_families_are_drawn(tmp_path):
    rows = [(f"apple/{stem}_{copy}", "apple", stem) for stem in "abcdefgh" for copy in range(3)]
    written(tmp_path / "data/fruits/manifest.csv", [("file", "class", "original_stem"), *rows])
    known = fruits(tmp_path, 10, seed=0)
    assert len(known.family_of) == 12
    assert all(list(known.family_of.values()).count(family) == 3 for family in known.family_of.values())
    assert fruits(tmp_path, 10, seed=0) == known
    assert len(fruits(tmp_path, 1000, seed=0).family_of) == 24


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_little(name):
    text = "@ana what a lovely evening it was"
    edited = EDITS[name](text, np.random.default_rng(0))
    assert edited != text
    assert abs(len(edited) - len(text)) <= 25


def test_tweets_that_are_the_same_already_are_taken_once(tmp_path, monkeypatch):
    import gzip

    from benchmarks import dedupe_texts

    folder = tmp_path / "data/sentiment140"
    folder.mkdir(parents=True)
    with gzip.open(folder / "train.csv.gz", "wt", newline="") as file:
        csv.writer(file).writerows([("text",), ("@ana thanks!",), ("@bob Thanks",), ("good night",)])
    monkeypatch.setattr(dedupe_texts, "COPIED", 1)
    texts, family_of, edit_of = made_up(tmp_path, seed=0)
    assert len(texts) == 2 + len(EDITS)
    assert set(edit_of.values()) == set(EDITS)
    assert all(family_of[copy] == copy.split("_")[0] for copy in texts)
