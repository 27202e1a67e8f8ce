"""Several annotators on the command line, against a real server."""

import json

import pytest


@pytest.fixture
def scans(vicinal, photos):
    made = ("--featurizer", "image-statistics", "--overlap", 2, "--gold-share", 0.2)
    vicinal("pool", "create", "scans", *made)
    vicinal("add", "scans", photos / "blue")
    vicinal("add", "scans", photos, "--gold-column", "class", code=1)
    yield "scans"
    vicinal("pool", "delete", "scans", "--yes")


def test_disputes_are_seen_and_settled(vicinal, scans):
    for name, label in (("ana", "blue"), ("bo", "red")):
        vicinal("label", scans, "0.png", label, "--annotator", name)
        vicinal("label", scans, "1.png", "blue", "--annotator", name)
        vicinal("label", scans, "red/0.png", label, "--annotator", name)
    assert "ana: blue, bo: red" in vicinal("annotators", "disputed", scans)
    (item,) = vicinal("annotators", "disputed", scans, "--json")
    assert item["item_id"] == "0.png"
    table = vicinal("annotators", "list", scans)
    assert "100.0%" in table
    assert "0.0%" in table
    ana, bo = vicinal("annotators", "list", scans, "--json")
    assert (ana["gold"]["value"], bo["gold"]["value"]) == (0.0, 1.0)
    got = vicinal("suggest", scans, "--review", "--annotator", "cy", "--json")
    assert [each["item_id"] for each in got["items"]] == ["0.png"]
    assert "disagree" in vicinal("suggest", scans, "--review", "--annotator", "cy")
    assert vicinal("annotators", "resolve", scans, "0.png", "blue", "--annotator", "eve") == "resolved 1\n"
    assert vicinal("annotators", "disputed", scans, "--json") == []
    assert "2 for each item, by majority; 20.0% gold items" in vicinal("pool", "show", scans)


def test_the_consensus_is_made_on_demand(vicinal, scans):
    pytest.importorskip("crowdkit")
    vicinal("label", scans, "0.png", "blue", "--annotator", "ana")
    assert json.loads(json.dumps(vicinal("annotators", "settle", scans, "--json"))) == {"changed": 0}


def test_true_labels_have_to_be_there(vicinal, scans, photos):
    vicinal(
        "add",
        scans,
        photos / "red",
        "--gold-column",
        "colour",
        code=1,
        stderr="no true label in column 'colour'",
    )
