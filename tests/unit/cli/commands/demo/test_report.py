import json

import numpy as np
import pytest

from vicinal.cli.commands.demo.labelling import DemoRun, DemoSettings
from vicinal.cli.commands.demo.pictures import DemoPicture, EmbeddedPictures
from vicinal.cli.commands.demo.report import DemoResult, print_result, summary, write_files
from vicinal.client import Fingerprint
from vicinal.evaluation.labelling import Run
from vicinal.records.pools import Medium


def outcome(accuracies, waits=(0.01, 0.03)):
    return DemoRun(Run(np.arange(1, len(accuracies) + 1) * 10, np.array(accuracies)), list(waits))


@pytest.fixture
def result():
    pictures = [DemoPicture(f"{name}.jpg", name, f"group {name}", bytes) for name in "abab"]
    embedded = EmbeddedPictures(pictures, np.eye(4), Fingerprint("f", "1", "p", 4, Medium.IMAGE), 1.5)
    outcomes = {
        "default": [outcome([0.5, 0.85, 0.9]), outcome([0.8, 0.85, 0.9])],
        "random": [outcome([0.1, 0.2, 0.9]), outcome([0.1, 0.2, 0.84])],
    }
    return DemoResult("fruits", DemoSettings(30, 10, 2, 0), embedded, outcomes, 9.0)


def test_labels_to_a_target_are_the_mean_over_repeats_or_null(result):
    written = summary(result)
    assert written["labels_to"] == {
        "default": {"0.8": 15.0, "0.85": 20.0, "0.9": 30.0},
        "random": {"0.8": 30.0, "0.85": None, "0.9": None},
    }
    assert written["labels_to_by_repeat"]["random"]["0.9"] == [30, None]


def test_curves_and_waits(result):
    written = summary(result)
    assert written["curves"]["default"]["label_counts"] == [10, 20, 30]
    assert written["curves"]["default"]["mean"] == [0.65, 0.85, 0.9]
    assert written["curves"]["default"]["standard_error"] == [0.15, 0.0, 0.0]
    assert written["milliseconds_to_suggestion"]["default"] == {"p50": 20.0, "p95": 30.0}


def test_one_run_has_no_error_and_one_batch_no_wait(result):
    alone = DemoResult(
        "x", DemoSettings(10, 10, 1, 0), result.embedded, {"default": [outcome([0.5], [])]}, 1.0
    )
    written = summary(alone)
    assert written["curves"]["default"]["standard_error"] == [None]
    assert written["milliseconds_to_suggestion"]["default"] == {"p50": None, "p95": None}


def test_the_files_are_the_summary_and_a_picture(result, tmp_path):
    write_files(result, tmp_path)
    assert json.loads((tmp_path / "summary.json").read_text()) == summary(result)
    assert (tmp_path / "learning-curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_shows_targets_that_were_not_reached(result, capsys):
    print_result(result)
    shown = capsys.readouterr().out.splitlines()
    assert any(line.split()[:4] == ["default", "15", "20", "30"] for line in shown)
    assert any("random" in line and line.count("over 30") == 2 for line in shown)
    assert "80% takes 2.0 times as many labels at random as suggested" in shown
    assert not any(line.startswith("85%") for line in shown)
