"""Label efficiency is measured on the running code, in pairs, and told without flattery."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import data_sets, embeddings, label_efficiency
from benchmarks.data_sets import DataSet
from benchmarks.label_efficiency import TARGETS, summary
from benchmarks.labelling_runs import make_trial, run_labelling
from benchmarks.methods import in_force, parse_method
from vicinal.core import graph
from vicinal.core.errors import InvalidInput
from vicinal.core.graph import Spreader, pool_graph
from vicinal.core.scoring import strategies
from vicinal.core.votes import blended, ridge_head
from vicinal.evaluation.labelling import Run
from vicinal.evaluation.simulation import MethodOutcome
from vicinal.evaluation.trials import Trial, accuracy_with_all

ROWS, DIMENSION, CLASSES = 300, 16, 3


def _clustered() -> tuple[np.ndarray, list[str]]:
    generator = np.random.default_rng(5)
    labels = generator.integers(CLASSES, size=ROWS)
    centres = np.eye(CLASSES, DIMENSION) * 4
    vectors = centres[labels] + generator.normal(scale=0.3, size=(ROWS, DIMENSION))
    return vectors.astype(np.float32), [f"class {label}" for label in labels]


def _trial(seed: int = 0) -> Trial:
    vectors, classes = _clustered()
    groups = [str(row // 2) for row in range(ROWS)]
    return make_trial(vectors, classes, groups, test_share=0.2, pool_size=150, seed=seed)


def _picked(trial: Trial, method: str, labels: int) -> list[float]:
    run = run_labelling(trial, parse_method(method), labels)
    return [float(accuracy) for accuracy in run.accuracies]


def test_a_trial_hangs_on_its_seed_alone() -> None:
    first, again, other = _trial(0), _trial(0), _trial(1)
    assert np.array_equal(first.pool, again.pool)
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)
    assert len(first.pool) == 150


def test_no_group_is_in_pool_and_test() -> None:
    numbered = np.arange(ROWS, dtype=np.float32)[:, np.newaxis]
    groups = [str(row // 2) for row in range(ROWS)]
    trial = make_trial(numbered, ["one"] * ROWS, groups, test_share=0.2, pool_size=ROWS, seed=0)
    assert not set(trial.pool[:, 0] // 2) & set(trial.test[:, 0] // 2)


def test_the_default_learns_clusters_from_a_label_each() -> None:
    trial = _trial()
    assert accuracy_with_all(trial) > 0.95
    run = run_labelling(trial, parse_method("default"), 40)
    assert run.label_counts.tolist() == [*range(1, 31), 35, 40]
    assert run.accuracies[5] > 0.95


@pytest.mark.parametrize("method", ["random", "classic", "direct", "diffused", "default"])
def test_runs_repeat(method: str) -> None:
    assert _picked(_trial(), method, 12) == _picked(_trial(), method, 12)


def test_changes_are_in_force_and_then_gone() -> None:
    method = parse_method("default,diversity=distance,density_decay=1,vicinal.core.votes.blended.SHARPNESS=8")
    before = blended.SHARPNESS
    with in_force(method):
        assert blended.SHARPNESS == 8
        assert strategies.strategy_named("default").diversity == "distance"
        assert strategies.strategy_named("default").exponents(100).density == 1.0
    assert before == blended.SHARPNESS
    assert strategies.strategy_named("default").diversity == "evidence"


def test_a_changed_constant_reaches_compiled_code() -> None:
    ring = np.array([[(row + 1) % 9, (row - 1) % 9] for row in range(9)])
    affine = pool_graph(ring, np.full(ring.shape, 0.9, dtype=np.float32))

    def reached() -> int:
        return len(Spreader(affine).spread(0).positions)

    usual = reached()
    with in_force(parse_method("default,vicinal.core.graph.RESIDUAL_CUT=0.3")):
        assert reached() == 3
    with in_force(parse_method("default,vicinal.core.graph.DAMPING=0.1,vicinal.core.graph.RESIDUAL_CUT=0.3")):
        assert reached() == 1
    assert reached() == usual > 3
    assert graph.RESIDUAL_CUT < 0.3


def test_a_constant_is_changed_wherever_it_was_imported() -> None:
    with in_force(parse_method("default,vicinal.core.graph.TEMPERATURE=0.5")):
        assert sys.modules["vicinal.core.votes.base"].TEMPERATURE == 0.5


@pytest.mark.parametrize("wrong", ["nonesuch", "default,nonesuch=1", "default,nonesuch"])
def test_methods_that_are_not_there_are_refused(wrong: str) -> None:
    with pytest.raises((ValueError, InvalidInput), match="nonesuch"):
        parse_method(wrong)


def test_methods_are_read() -> None:
    assert parse_method("direct").vote_model == "direct"
    assert parse_method("default,neighbours=5").neighbours == 5


def test_a_target_that_was_not_reached_counts_with_the_budget() -> None:
    counts = np.array([1, 2, 3, 4])
    runs = [Run(counts, np.array([0.1, 0.5, 0.95, 1.0])), Run(counts, np.array([0.1, 0.2, 0.3, 0.4]))]
    slow = [Run(counts, np.array([0.1, 0.1, 0.1, 0.9]))] * 2
    ours, theirs = (
        MethodOutcome("ours", runs, [1.0, 1.0], [1, 1]),
        MethodOutcome("slow", slow, [1.0, 1.0], [1, 1]),
    )
    told = json.loads(json.dumps(summary(ours, theirs, 4)))
    reached = told["labels_to"]["0.9"]
    assert (reached["mean"], reached["reached"], reached["is_lower_bound"]) == (3.5, 1, True)
    assert told["accuracy_over_baseline"]["mean"] == pytest.approx(0.44375 - 0.3)
    assert told["times_fewer_labels"] is None
    assert set(told["labels_to"]) == set(TARGETS)
    told = summary(theirs, ours, 4)
    assert told["times_fewer_labels"] == {"ratio": 3.5 / 4, "is_lower_bound": True}


def test_means_interpolate_between_measured_counts() -> None:
    run = Run(np.array([1, 3]), np.array([0.0, 1.0]))
    assert MethodOutcome("one", [run], [1.0], [1]).mean_accuracies(3) == [0.5]


def _noise(*more: bytes) -> DataSet:
    generator = np.random.default_rng(0)
    contents = [data_sets.png_of(generator.integers(256, size=(28, 28), dtype=np.uint8)) for _ in range(4)]
    contents += more
    names = [str(row) for row in range(len(contents))]
    return DataSet("noise", contents, names, names, "image-statistics", 4, 0.5)


def test_data_sets_are_embedded(tmp_path: Path) -> None:
    assert embeddings.embedded(_noise(), tmp_path).shape == (4, 256)


def test_an_unreadable_content_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="content 4 of noise"):
        embeddings.embedded(_noise(b"no image"), tmp_path)


def test_the_command_writes_all_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vectors, classes = _clustered()
    groups = [str(row) for row in range(ROWS)]
    data = DataSet("fruits", [b""] * ROWS, classes, groups, "none", 100, 0.2)
    monkeypatch.setattr(label_efficiency, "load_data_set", lambda _name: data)
    monkeypatch.setattr(label_efficiency, "embedded", lambda _data, _cache: vectors)
    report = tmp_path / "report.json"
    options = "--data fruits --strategy random --strategy default --seeds 2 --budget 6 --random-budget 8"
    monkeypatch.setattr(sys, "argv", ["label_efficiency", *options.split(), "--json", str(report)])
    label_efficiency.main()
    told = json.loads(report.read_text())["data"]["fruits"]
    assert told["sizes"]["pool"] == 100
    assert [len(curve["labels"]) for curve in told["methods"]["random"]["curves"]] == [8, 8]
    assert told["methods"]["default"]["accuracy_over_baseline"]["error"] is not None
    assert "| default |" in capsys.readouterr().out


def test_real_data_have_the_groups_that_duplicates_share() -> None:
    if not (data_sets.shared_folder() / "data" / "fruits").is_dir():
        pytest.skip("the shared data are not here; set VICINAL_SHARED to their folder")
    fruits = data_sets.load_data_set("fruits")
    assert len(fruits.contents) == len(fruits.classes) == len(fruits.groups) == 6000
    assert len(set(fruits.groups)) == 1500
    assert len(set(fruits.classes)) == 6


def test_directions_are_a_constant_that_can_be_changed() -> None:
    rows = np.random.default_rng(0).normal(size=(100, 80)).astype(np.float32)
    with in_force(parse_method("default,vicinal.core.votes.ridge_head.DIRECTIONS=8")):
        assert ridge_head.fit_reduction(rows).directions.shape == (80, 8)
