import json

import pytest

from tests.support.clusters import clusters
from vicinal.evaluation.results import label_needs, results, write_results
from vicinal.evaluation.simulation import SimulationSettings, simulate
from vicinal.records.pools import Fingerprint, Medium

SETTINGS = SimulationSettings(("default", "random"), budget=8, repeats=2, targets=(0.3, 0.8, 1.0))


@pytest.fixture(scope="module")
def simulation():
    return simulate(clusters(spread=0.5), SETTINGS)


@pytest.fixture(scope="module")
def told(simulation):
    return results(simulation, None, ["a note"])


def first_at(run, accuracy):
    pairs = zip(run["labels"], run["accuracy"], strict=True)
    return next((count for count, reached in pairs if reached >= accuracy), None)


def test_figures_agree_with_the_runs(simulation, told):
    for name in ("default", "random"):
        for run, kept in zip(simulation.runs[name], told["runs"][name], strict=True):
            assert kept["picks"] == list(run.picks)
            assert kept["labels"] == run.curve.label_counts.tolist() == list(range(1, 9))
            assert kept["accuracy"] == pytest.approx(run.curve.accuracies, abs=1e-6)
        means = [sum(pair) / 2 for pair in zip(*(run["accuracy"] for run in told["runs"][name]), strict=True)]
        assert told["curves"][name]["mean"] == pytest.approx(means, abs=2e-6)
        for target, needed in told["labels_to_details"][name].items():
            firsts = [first_at(run, float(target)) for run in told["runs"][name]]
            assert list(needed["each"]) == firsts
            assert (needed["runs"], needed["reached"]) == (2, 2 - firsts.count(None))
            assert told["labels_to"][name][target] == (None if None in firsts else sum(firsts) / 2)


def test_probabilities_are_of_the_accuracy_with_all_labels(simulation, told):
    first = told["runs"]["random"][0]
    goal = 0.8 * told["trials"][0]["with_all"]
    reached = [at for at, got in zip(first["labels"], first["accuracy"], strict=True) if got >= goal]
    assert told["labels_to_share_details"]["random"]["0.8"]["each"][0] == (reached or [None])[0]


def test_efficiency_is_against_random(told):
    ours, theirs = told["labels_to"]["default"]["0.3"], told["labels_to"]["random"]["0.3"]
    assert told["efficiency"]["labels_to"]["default"]["0.3"]["ratio"] == pytest.approx(
        ours / theirs, abs=1e-6
    )
    assert told["efficiency"]["labels_to"]["random"]["0.3"] == {"ratio": 1.0, "is_upper_bound": False}
    alone = simulate(clusters(), SimulationSettings(("default",), budget=2, repeats=1))
    assert results(alone, None, [])["efficiency"] == {"labels_to": None, "labels_to_share": None}


def test_what_was_done_is_told(told):
    assert told["data"]["items"] == 120
    assert told["data"]["groups"] == 60
    assert sum(told["data"]["classes"].values()) == 120
    assert told["settings"]["strategies"] == ["default", "random"]
    assert told["notes"][0] == "a note"
    assert "random/blended" in told["notes"][1]
    assert told["seconds"]["default"]["per_step"]["p50"] <= told["seconds"]["default"]["per_step"]["p95"]
    assert set(told["with_all_labels"]["by_votes"]) == {"blended", "direct"}


def test_the_featurizer_is_told(simulation):
    fingerprint = Fingerprint("f", "1", "p", 8, Medium.IMAGE)
    assert results(simulation, fingerprint, [])["data"]["featurizer"]["digest"] == fingerprint.digest


def test_the_file_is_json_without_extras(told, tmp_path):
    write_results(told, tmp_path / "results.json")
    assert json.loads((tmp_path / "results.json").read_text()) == json.loads(json.dumps(told))


def test_only_times_differ_from_run_to_run(told):
    again = results(simulate(clusters(spread=0.5), SETTINGS), None, ["a note"])
    assert {key: value for key, value in again.items() if key != "seconds"} == {
        key: value for key, value in told.items() if key != "seconds"
    }


def test_needs_to_draw_are_the_absolute_ones(simulation, told):
    needs = label_needs(simulation)
    assert list(needs) == ["30%", "80%", "100%"]
    assert needs["30%"]["default"].mean == told["labels_to"]["default"]["0.3"]
