import json

import pytest

from benchmarks import batch
from benchmarks.batch_run import run_apart
from benchmarks.batch_scores import make_scored_pool, scoring_figures

NOTHING = {part: [] for part in batch.PARTS}
USED = {"seconds": 1.0, "peak_mb": 100.0, "cpu_s": 1.0, "others_cores": 0.0}


def rate(medium, turn, per_s):
    return {**USED, "medium": medium, "run": turn, "rows": 10, "per_s": per_s}


def job(items, engine, workers, seconds, **told):
    asked = {"items": items, "engine": engine, "workers": workers, "strategy": "classic", "ranks": "sorted"}
    return {**USED, **asked, "seconds": seconds, "items_per_s": items / seconds, **told}


def test_what_was_not_measured_is_told_as_none():
    told = batch.figures(NOTHING)
    assert [told[key] for key in batch.KEYS] == [None] * 5
    assert "not measured" in batch.table(told)


def test_ratios_are_medians_of_rounds_and_not_of_all_runs():
    rounds = [(100, 90, 150), (50, 40, 80), (200, 20, 36)]
    turns = ("bare model", "1 worker", "2 workers")
    runs = [rate("texts", turn, per_s) for each in rounds for turn, per_s in zip(turns, each, strict=True)]
    told = batch.figures({**NOTHING, "embedding": runs})
    assert told["embed_ratio"] == pytest.approx(0.8)
    assert told["embed_2_workers_ratio"] == pytest.approx(1.8)


def test_the_lower_one_of_images_and_texts_counts():
    runs = [
        *(rate(medium, "bare model", 100) for medium in ("images", "texts")),
        *(rate("images", "1 worker", 86), rate("texts", "1 worker", 95), rate("images", "2 workers", 129)),
        rate("images", "1 worker on one core", 80),
    ]
    told = batch.figures({**NOTHING, "embedding": runs})
    assert told["embed_ratio"] == pytest.approx(0.86)
    assert told["embed_2_workers_ratio"] is None
    assert told["ratios"]["images: 2 workers to 1 worker"] == pytest.approx(1.5)
    assert told["ratios"]["images: 2 workers, one core each to 1 worker on one core"] == pytest.approx(
        129 / 80
    )


def test_ray_is_held_against_two_processes_of_the_same_round():
    million = 1_000_000
    runs = [
        *(job(million, "local", 1, 10.0), job(million, "local", 1, 5.0, ranks="summaries")),
        *(job(million, "local", 2, 20.0, peak_mb=500.0), job(million, "ray", 2, 40.0)),
        *(job(million, "local", 2, 30.0), job(million, "ray", 2, 120.0)),
    ]
    assert scoring_figures(runs) == {"score_1m_s": 25.0, "score_1m_peak_mb": 500.0, "ray_ratio": 3.0}


def test_other_sizes_do_not_stand_for_a_million():
    runs = [job(100_000, "local", 2, 3.0), job(100_000, "ray", 2, 9.0)]
    assert set(scoring_figures(runs).values()) == {None}


def test_the_file_is_there_after_each_run(tmp_path, monkeypatch, capsys):
    seen, file = [], tmp_path / "figures.json"

    def runs(*_arguments):
        for items in (10, 20):
            yield job(items, "local", 1, 1.0)
            seen.append(len(json.loads(file.read_text())["scoring"]))

    monkeypatch.setattr(batch, "scoring_runs", runs)
    batch.main(["--json", str(file), "--only", "scoring", "--rounds", "2"])
    assert seen == [1, 2, 3, 4]
    assert "10 items, local" in capsys.readouterr().out


def test_a_job_is_done_and_measured_in_a_process_of_its_own(tmp_path):
    pool = make_scored_pool(tmp_path / "pool", 1_500)
    asked = {"strategy": "classic", "engine": "local", "workers": 1}
    for ranks in ("sorted", "summaries"):
        told = run_apart("benchmarks.batch_scores", "score", pool=str(pool), ranks=ranks, **asked)
        assert list(told["stages"]) == ["reading", "scoring", "ranking", "writing"]
        assert sum(stage["s"] for stage in told["stages"].values()) == pytest.approx(told["seconds"])
        # numpy, scipy and pyarrow alone take as much.
        assert 50 < told["peak_mb"] < 5_000
        assert told["cpu_s"] > 0.1
    assert [path.name for path in tmp_path.iterdir()] == ["pool"]


def test_a_job_that_fails_ends_the_measurement(tmp_path):
    with pytest.raises(SystemExit, match="failed with code"):
        run_apart("benchmarks.batch_scores", "score", pool=str(tmp_path / "none"))
