"""`vicinal score`, and `vicinal classify` of a pool on disk."""

import csv
import json

import pytest
from typer.testing import CliRunner

from tests.support.scored_pools import read_batch, read_scores, write_pool
from vicinal.cli.main import app


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def pool(tmp_path):
    return write_pool(tmp_path, 120, shards=1)


def test_scores_and_the_batch(pool, tmp_path):
    out = tmp_path / "out"
    given = "--labels", pool.labels, "--out", out
    result = run("score", pool.folder, *given, "--strategy", "classic", "--batch", 3, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["batch"] == read_batch(out)
    assert len(read_scores(out)) == 120


@pytest.mark.parametrize("command", ["score", "classify"])
def test_a_row_of_labels_that_cannot_be_read_is_left_out_and_named(pool, tmp_path, command):
    given = tmp_path / "labels.jsonl"
    rows = [json.dumps({"id": name, "label": label}) for name, label in pool.label_of.items()]
    given.write_text("\n".join([*rows, '{"id": "z", "label": "\\ud83d"}']))
    whole = tmp_path / "whole.jsonl"
    whole.write_text("\n".join(rows))
    done = run(command, pool.folder, "--labels", given, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 1
    (left_out,) = (told := json.loads(done.stdout))["errors"]
    assert (left_out["name"], left_out["row"], left_out["file"]) == ("z", len(rows) + 1, str(given))
    assert (told["labels"], told["left_out_counts"][0]["count"]) == (len(rows), 1)
    assert done.stderr.splitlines()[-1].startswith("left out z: its text holds half of a surrogate pair")
    assert run(command, pool.folder, "--labels", whole, "--out", tmp_path / "other").exit_code == 0
    assert read_scores(tmp_path / "out") == read_scores(tmp_path / "other")


def test_the_batch_as_a_table(pool, tmp_path):
    result = run("score", pool.folder, "--labels", pool.labels, "--out", tmp_path / "out", "--batch", 2)
    assert "120 items scored by default with 40 labels" in result.stdout
    assert all(item in result.stdout for item in read_batch(tmp_path / "out"))


@pytest.mark.parametrize("strategy", ["default", "classic"])
def test_the_batch_says_what_its_items_look_like_and_why_they_were_chosen(pool, tmp_path, strategy):
    out = tmp_path / "out"
    given = "--labels", pool.labels, "--out", out, "--strategy", strategy, "--batch", 3
    told = run("score", pool.folder, *given).stdout
    with (out / "batch.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    scores = read_scores(out)
    for row in rows:
        scored = scores[row["id"]]
        assert (row["predicted"], float(row["probability"])) == (
            scored["predicted"],
            scored["probabilities"][0],
        )
        assert float(row["uncertainty"]) == pytest.approx(scored["uncertainty"])
        line = next(line for line in told.splitlines() if row["id"] in line)
        assert f"{scored['predicted']} ({scored['probabilities'][0]:.1%})" in line
        assert f"{float(row['score']):.3f}" in line


def test_a_batch_without_labels_looks_like_nothing(pool, tmp_path):
    pool.labels.write_text("")
    result = run("score", pool.folder, "--labels", pool.labels, "--out", tmp_path / "out", "--batch", 2)
    assert result.exit_code == 0, result.stderr
    batch = json.loads((tmp_path / "out" / "batch.json").read_text())
    assert [(item["predicted"], item["probability"]) for item in batch["items"]] == [(None, None)] * 2


@pytest.mark.parametrize("command", ["score", "classify"])
def test_every_stage_that_is_shown_ends(pool, tmp_path, command):
    given = "--labels", pool.labels, "--out", tmp_path / "out", "--strategy", "classic"
    told = run(command, pool.folder, *given).stderr
    assert "120/120" in told
    assert "0/120 " not in told.replace("120/120", "")
    assert ("ranking" in told) == (command == "score")


def test_a_pool_on_disk_is_classified_where_labels_are_given(pool, tmp_path):
    out = tmp_path / "out"
    result = run("classify", pool.folder, "--labels", pool.labels, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert "120 items classified with 40 labels" in result.stdout
    assert {row["predicted"] for row in read_scores(out).values()} <= set(pool.label_of.values())


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json"])
def test_labels_from_stdin(pool, tmp_path, kind):
    rows = [{"id": item, "label": label} for item, label in pool.label_of.items()]
    lines = {
        "csv": "\n".join(["id,label", *(f"{row['id']},{row['label']}" for row in rows)]),
        "jsonl": "\n".join(map(json.dumps, rows)),
        "json": json.dumps(rows, indent=2),
    }
    for number, given in enumerate((pool.labels, "-")):
        words = "score", pool.folder, "--labels", given, "--out", tmp_path / f"out-{number}"
        result = CliRunner().invoke(app, [*map(str, words), "--strategy", "classic"], input=lines[kind])
        assert result.exit_code == 0, result.stderr
    assert read_scores(tmp_path / "out-0") == read_scores(tmp_path / "out-1")


def test_a_pipe_that_brought_nothing_is_told(pool, tmp_path):
    words = "score", pool.folder, "--labels", "-", "--out", tmp_path / "out"
    result = CliRunner().invoke(app, list(map(str, words)), input="")
    assert result.exit_code == 1
    assert "nothing came from stdin" in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_votes_and_what_does_not_is_told(pool, tmp_path):
    vector = pool.vectors[0].tolist()
    with pool.labels.open("a") as file:
        file.write(json.dumps({"example_id": "x", "label": "class 1", "vector": vector}) + "\n")
        file.write(json.dumps({"example_id": "y", "label": "class 1"}) + "\n")
    for command in ("score", "classify"):
        given = "--labels", pool.labels, "--out", tmp_path / command, "--strategy", "classic"
        told = run(command, pool.folder, *given).stdout
        assert "with 40 labels and 1 examples" in told
        assert "passed over 1 example that has no vector" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "{pool}"], "give --labels"),
        (["score", "{pool}", "--labels", "{pool}", "--out", "{out}"], "is a folder, and none that"),
        (["score", "{pool}", "--labels", "nowhere.csv", "--out", "{out}"], "no such file of labels"),
        (
            ["score", "nowhere", "--labels", "{labels}", "--out", "{out}"],
            "nowhere: there is no file of vectors",
        ),
        (["score", "{pool}", "--labels", "{labels}", "--out", "{out}", "--batch", "121"], "has 120 items"),
        (["score", "{pool}", "--labels", "{labels}", "--out", "{out}", "--workers", "0"], "workers: is 0"),
        (["score", "{pool}", "--labels", "{labels}", "--out", "{pool}"], "is there already"),
        (["score", "{pool}", "--labels", "{labels}"], "give --out"),
        (["score", "{pool}", "--labels", "{labels}", "--out", "{out}", "--metric", "taxi"], "metric: 'taxi'"),
        (["classify", "{pool}", "x.png", "--labels", "{labels}", "--out", "{out}"], "leave inputs out"),
        (["classify", "{pool}"], "needs --labels and --out"),
    ],
)
def test_what_is_missing_or_wrong_is_named(pool, tmp_path, arguments, told):
    names = {"pool": pool.folder, "labels": pool.labels, "out": tmp_path / "out"}
    result = run(*(word.format(**names) for word in arguments))
    assert result.exit_code == 1
    assert told in result.stderr
    assert not (tmp_path / "out").exists()
