"""Vectors into a service, labels out of it, and a job's numbers: those that the service has."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from tests.support.scored_pools import read_scores
from vicinal.client import Client
from vicinal.jobs import read_labels

FACTORS = ("uncertainty", "density", "diversity")


@pytest.fixture
def pictures(tmp_path):
    """Thirty pictures of each of three colours, and a copy of one."""
    random = np.random.default_rng(1)
    for channel, name in enumerate(("red", "green", "blue")):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        for number in range(30):
            pixels = random.integers(0, 140, (24, 24, 3), dtype=np.uint8)
            pixels[..., channel] += 60
            Image.fromarray(pixels).save(folder / f"{number:02}.png")
    (tmp_path / "pictures/red/copy.png").write_bytes((tmp_path / "pictures/red/00.png").read_bytes())
    return tmp_path / "pictures"


@pytest.fixture
def vectors(vicinal, pictures, tmp_path):
    vicinal("embed", pictures, tmp_path / "vectors", "--featurizer", "image-statistics", "--shard-size", 40)
    return tmp_path / "vectors"


@dataclass
class Live:
    """A pool of a running service."""

    name: str
    strategy: str
    target: str
    vectors: Path

    def scores(self):
        with Client(self.target) as client:
            return list(client.score_pool(self.name))


@pytest.fixture(params=["classic", "default"])
def live(vicinal, target, vectors, request):
    pool = Live(f"live-{uuid4().hex}", request.param, target, vectors)
    in_use(vicinal, pool.name, vectors, pool.strategy)
    return pool


def in_use(vicinal, pool, vectors, strategy):
    """A pool in which people have done about everything that they can do."""
    settings = ["--strategy", strategy, "--holdout-share", 0.15, "--overlap", 2, "--carry-labels"]
    vicinal("pool", "create", pool, "--featurizer", "image-statistics", *settings)
    vicinal("push", vectors, pool)
    for colour in ("red", "green", "blue"):
        for number in range(7):
            vicinal("label", pool, f"{colour}/{number:02}.png", colour)
    vicinal("label", pool, "red/01.png", "green", "--annotator", "ben")
    vicinal("label", pool, "red/02.png", "blue", "--annotator", "ben")
    vicinal("annotators", "resolve", pool, "red/02.png", "blue", "--annotator", "dora")
    vicinal("label", pool, "green/03.png", "blue", "--relabel")
    vicinal("label", pool, "green/04.png", "--remove")
    vicinal("skip", pool, "blue/13.png", "blue/14.png")
    vicinal("restore", pool, "blue/14.png")


def check_same(scored, out):
    rows = read_scores(out)
    assert {item.item_id for item in scored} == {name for name, row in rows.items() if row["rank"]}
    for item in scored:
        row = rows[item.item_id]
        assert row["rank"] == item.rank
        assert row["score"] == pytest.approx(item.score.score, abs=1e-5)
        for name in FACTORS:
            assert row[name] == pytest.approx(getattr(item.score, name), abs=1e-5)
        told = dict(zip(row["classes"], row["probabilities"], strict=True))
        assert told == pytest.approx(dict(item.probabilities), abs=1e-5)


def test_a_job_scores_as_the_service_that_its_labels_are_from(vicinal, live, tmp_path):
    labels, out = tmp_path / "labels.parquet", tmp_path / "out"
    assert vicinal("pull", live.name, "--out", labels, "--json")["labels"] == 20
    given = ["--strategy", live.strategy, "--batch", 4, "--json"]
    done = vicinal("score", live.vectors, "--labels", labels, "--out", out, *given)
    check_same(live.scores(), out)
    rows = read_scores(out)
    assert all(rows[item]["rank"] for item in done["batch"])
    pulled = read_labels(labels)
    assert pulled.measured
    assert "blue/14.png" in pulled.never_filter
    for name, more in (("stand.csv", ()), ("log.jsonl", ("--history",))):
        vicinal("export", live.name, "--out", tmp_path / name, *more)
        read = read_labels(tmp_path / name)
        assert (read.labels, read.measured) == (pulled.labels, pulled.measured)


@pytest.mark.parametrize("written", ["jsonl", "parquet"])
def test_an_exported_pool_is_pool_and_labels_and_its_examples_vote(
    vicinal, live, pictures, tmp_path, written
):
    (tmp_path / "style").mkdir()
    (tmp_path / "style/one.png").write_bytes((pictures / "blue/29.png").read_bytes())
    vicinal("examples", "add", live.name, tmp_path / "style", "--label", "green")
    whole, outs = tmp_path / "whole", (tmp_path / "out-1", tmp_path / "out-2")
    vicinal("export", live.name, "--all", "--format", written, "--out", whole)
    for source, out in zip((whole, live.vectors), outs, strict=True):
        given = ["--labels", whole, "--out", out, "--strategy", live.strategy]
        done = vicinal("score", source, *given, "--json")
        assert (done["examples"], done["examples_without_vector"]) == (1, 0)
        check_same(live.scores(), out)


def test_examples_without_vectors_are_passed_over_and_told_of(vicinal, vectors, tmp_path):
    labels = [{"id": "red/00.png", "label": "red"}, {"id": "blue/00.png", "label": "blue"}]
    rows = [*labels, {"example_id": "old.png", "label": "green"}]
    (tmp_path / "labels.json").write_text(json.dumps(rows))
    given = "score", vectors, "--labels", tmp_path / "labels.json"
    done = vicinal(*given, "--out", tmp_path / "out", "--strategy", "classic", "--json")
    assert (done["labels"], done["examples"], done["examples_without_vector"]) == (2, 0, 1)
    assert done["classes"] == ["blue", "red"]
    told = vicinal(*given, "--out", tmp_path / "again", "--strategy", "classic")
    assert "passed over 1 example that has no vector" in told
