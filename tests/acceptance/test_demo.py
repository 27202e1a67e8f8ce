"""The demo, whole, on pictures that the weightless featurizer can tell apart."""

import json

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from vicinal.cli.main import app

COLOURS = {"red": (200, 40, 40), "green": (40, 200, 40), "blue": (40, 40, 200)}
PHOTOS = 20


@pytest.fixture
def pictures(tmp_path):
    """Three colours, twenty photos each, each photo with a brighter copy; one file is broken."""
    random = np.random.default_rng(0)
    rows = ["file,original_stem"]
    for name, colour in COLOURS.items():
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(PHOTOS):
            pixels = random.integers(0, 40, (24, 24, 3)) + np.array(colour)
            for copy, brighter in (("", 0), ("_bright", 10)):
                file = f"{name}/{number}{copy}.png"
                Image.fromarray((pixels + brighter).astype(np.uint8)).save(tmp_path / "data" / file)
                rows.append(f"{file},{number}")
    (tmp_path / "data/red/broken.png").write_bytes(b"no picture")
    (tmp_path / "data/manifest.csv").write_text("\n".join(rows))
    return tmp_path / "data"


def run(*arguments):
    return CliRunner().invoke(app, ["demo", "--featurizer", "image-statistics", *map(str, arguments)])


def test_the_demo_measures_both_strategies(pictures, tmp_path):
    out = tmp_path / "made/out"
    result = run("--data", pictures, "--out", out, "--budget", 24, "--batch", 4, "--repeats", 2)
    assert result.exit_code == 0, result.output
    assert "left out red/broken.png" in result.stderr
    lines = result.stdout.splitlines()
    assert ["labels", "8", "12", "20", "24"] in [line.split() for line in lines]
    for name in ("default 1/2", "random 1/2", "default 2/2", "random 2/2"):
        assert any(line.startswith(name) and line.rstrip().endswith("%") for line in lines), name
    assert "labels to 85%" in result.stdout

    summary = json.loads((out / "summary.json").read_text())
    assert summary["data"]["pictures"] == 2 * PHOTOS * len(COLOURS)
    assert summary["data"]["source_photos"] == PHOTOS * len(COLOURS)
    assert summary["featurizer"]["name"] == "image-statistics"
    assert set(summary["labels_to"]) == {"default", "random"}
    assert set(summary["labels_to"]["default"]) == {"0.8", "0.85", "0.9"}
    curve = summary["curves"]["default"]
    assert curve["label_counts"] == [4, 8, 12, 16, 20, 24]
    assert curve["mean"][-1] > 0.9
    assert summary["milliseconds_to_suggestion"]["random"]["p50"] > 0
    with Image.open(out / "learning-curve.png") as picture:
        assert picture.width > 1000


def test_the_same_seed_gives_the_same_curves(pictures, tmp_path):
    settings = ["--data", pictures, "--budget", 9, "--batch", 3, "--repeats", 1, "--seed", 7, "--json"]
    first, again = (run(*settings, "--out", tmp_path / name) for name in ("first", "again"))
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert json.loads(first.stdout)["curves"] == json.loads(again.stdout)["curves"]
    assert json.loads(first.stdout) == json.loads((tmp_path / "first/summary.json").read_text())


def test_a_budget_beyond_the_pool_ends_with_the_pool(pictures, tmp_path):
    for picture in pictures.rglob("*.png"):
        if picture.stem.split("_")[0] not in {"0", "1", "2", "3"}:
            picture.unlink()
    out = tmp_path / "out"
    result = run("--data", pictures, "--out", out, "--budget", 1000, "--batch", 10, "--repeats", 1)
    assert result.exit_code == 0, result.output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["curves"]["random"]["label_counts"] == [10, 18]


def test_a_featurizer_that_is_not_known_is_told(pictures, tmp_path):
    result = CliRunner().invoke(
        app, ["demo", "--data", str(pictures), "--out", str(tmp_path / "out"), "--featurizer", "absent"]
    )
    assert result.exit_code == 1
    assert "absent" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.output
