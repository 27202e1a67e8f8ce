"""`vicinal dedupe` and `vicinal simulate` on what `vicinal embed` wrote."""

import array
import csv
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import termios
import time

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from tests.support.scored_pools import read_scores, write_pool, write_shard
from vicinal.cli.main import app
from vicinal.core.errors import InvalidInput
from vicinal.jobs import open_vectors


def run(*arguments, code=0):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def pool(tmp_path):
    made = write_pool(tmp_path, 90, labels=60)
    made.vectors[80] = made.vectors[3]
    write_shard(made.folder / "part-00002.parquet", made.ids[60:], made.vectors[60:])
    return made


@pytest.mark.parametrize("source", ["{folder}", "{folder}/*.parquet"])
def test_duplicates_among_shards_go_by_their_ids(pool, tmp_path, source):
    out = tmp_path / "groups.csv"
    told = run("dedupe", source.format(folder=pool.folder), "--out", out, "--json").stdout
    assert (json.loads(told)["items"], json.loads(told)["duplicates"]) == (90, 1)
    with out.open(newline="") as file:
        assert {row["item_id"] for row in csv.DictReader(file)} == {pool.ids[3], pool.ids[80]}


def test_shards_are_held_against_others(pool, tmp_path):
    np.savez(tmp_path / "new.npz", vectors=pool.vectors[10:12], ids=np.array(["new", "newer"]))
    given = "dedupe", tmp_path / "new.npz", "--against", pool.folder
    assert "2 of them are in" in run(*given, "--out", tmp_path / "g.csv").stdout


def test_rows_whose_id_is_there_already_are_left_out_and_summed_up(pool, tmp_path):
    shard = pool.folder / "part-00002.parquet"
    write_shard(shard, [*pool.ids[:5], *pool.ids[65:]], pool.vectors[60:])
    done = run("dedupe", pool.folder, "--out", tmp_path / "g.csv", "--json", code=1)
    told = json.loads(done.stdout)
    assert (told["items"], told["left_out_counts"][0]["count"]) == (85, 5)
    (said,) = [line for line in done.stderr.splitlines() if "left out" in line]
    assert said.startswith("left out 5 items: row 1 of '")
    assert said.endswith(f"(first: row 1 '{pool.ids[0]}' of {shard})")


def test_labels_beside_shards_are_simulated_on(pool, tmp_path):
    out, few = tmp_path / "out", ["--budget", 6, "--repeats", 1, "--strategy", "classic"]
    told = json.loads(
        run("simulate", pool.folder, "--labels", pool.labels, "--out", out, *few, "--json").stdout
    )
    assert told["data"]["items"] == 60
    assert set(told["runs"]["classic"][0]["picks"]) <= set(pool.label_of)


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ("", "give --labels"),
        ('{"id": "nobody", "label": "x"}', "labels items that"),
        ("\n", "there is no label in it"),
    ],
)
def test_labels_that_are_none_are_named(pool, tmp_path, labels, told):
    (tmp_path / "given.jsonl").write_text(labels)
    given = ["--labels", tmp_path / "given.jsonl"] if labels else []
    assert told in run("simulate", pool.folder, *given, "--out", tmp_path / "out", code=1).stderr


def command(*words, **more):
    return subprocess.Popen(
        [sys.executable, "-m", "vicinal.cli.main", *map(str, words)],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more},
    )


def test_a_disk_that_takes_no_more_is_told_and_the_same_command_finishes(pool, tmp_path):
    words = "score", pool.folder, "--labels", pool.labels, "--out", tmp_path / "out", "--strategy", "classic"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))

    _, told = (process := command(*words, preexec_fn=limit)).communicate(timeout=120)
    assert process.returncode == 1
    assert "File too large" in told
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
    run(*words)
    assert len(read_scores(tmp_path / "out")) == 90


def test_an_interrupt_is_no_traceback_and_the_same_command_finishes(pool, tmp_path):
    # The labels come through a pipe that is still open, so that the job waits for them when it is stopped.
    words = "score", pool.folder, "--labels", "-", "--out", tmp_path / "out", "--strategy", "classic"
    process = command(*words, stdin=subprocess.PIPE, start_new_session=True)
    process.stdin.write("id,label\n")
    process.stdin.flush()
    wait_until_reading(process)
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "the same command goes on" in told
    assert "Traceback" not in told
    assert not (tmp_path / "out").exists()
    run("score", pool.folder, "--labels", pool.labels, "--out", tmp_path / "out", "--strategy", "classic")


def wait_until_reading(process):
    """Waits until the process has emptied the pipe of its labels."""
    left = array.array("i", [1])
    while left[0] and process.poll() is None:
        fcntl.ioctl(process.stdin, termios.FIONREAD, left)
        time.sleep(0.05)


@pytest.mark.parametrize("wrong", ["--workers", "--shard-size", "--threads"])
def test_numbers_that_are_none_are_refused_before_the_work(pool, tmp_path, wrong):
    out = tmp_path / "out"
    told = run("embed", pool.folder, out, wrong, "-1", code=2).stderr
    assert wrong in told
    assert not out.exists()


def test_an_input_without_a_single_vector_fails(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"no picture")
    given = "embed", tmp_path / "in", tmp_path / "out", "--featurizer", "image-statistics"
    assert "none of 1 rows has a vector: see" in run(*given, code=1).stderr
    assert "a.png" in (tmp_path / "out" / "failures.jsonl").read_text()


@pytest.mark.parametrize("size", [2, -1])
def test_a_row_without_an_id_or_a_vector_is_left_out_alone(tmp_path, size):
    folder = tmp_path / "shards"
    folder.mkdir()
    ids, vectors = ["a", None, "c", "d", "e"], [None, [1, 0], [0, 1], None, [1, 0]]
    kind = pyarrow.list_(pyarrow.float32(), size)
    table = pyarrow.table({"id": ids, "vector": pyarrow.array(vectors, kind)})
    parquet.write_table(table, folder / "a.parquet")
    told = run("dedupe", folder, "--out", tmp_path / "groups.csv", "--json", code=1)
    assert all(f"row {row} of " in told.stderr for row in (1, 2, 4))
    shards = open_vectors(folder)
    left = []
    ((named, rows),) = shards.read_batches(leave_out=lambda _shard, row, why: left.append((row, why)))
    assert named == ["c", "e"]
    assert rows.tolist() == [[0, 1], [1, 0]]
    assert "has no vector in 'vector'" in dict(left)[4]
    with pytest.raises(InvalidInput, match=r"a\.parquet: row 2 has no id"):
        list(shards.read_batches())
