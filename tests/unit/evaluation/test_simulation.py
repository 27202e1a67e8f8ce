from dataclasses import replace

import numpy as np
import pytest

from tests.support.clusters import clusters
from vicinal.core.errors import InvalidInput
from vicinal.evaluation import simulation as module
from vicinal.evaluation.labelled import labelled_vectors
from vicinal.evaluation.simulation import SimulationProgress, SimulationSettings, check_settings, simulate

SMALL = SimulationSettings(budget=6, repeats=2)


@pytest.fixture(scope="module")
def data():
    return clusters()


def test_every_method_runs_on_every_split(data):
    told = simulate(data, replace(SMALL, strategies=("default", "random", "random/blended")))
    assert list(told.runs) == ["default", "random", "random/blended"]
    assert [len(runs) for runs in told.runs.values()] == [2, 2, 2]
    assert [trial.seed for trial in told.trials] == [0, 1]
    assert [(trial.repeat, trial.fold) for trial in told.trials] == [(0, 0), (1, 0)]
    for random, blended in zip(told.runs["random"], told.runs["random/blended"], strict=True):
        assert random.picks == blended.picks
    assert set(told.trials[0].with_all_by_votes) == {"direct", "blended"}
    assert told.outcome("default").with_all == [trial.with_all for trial in told.trials]


def test_the_seed_decides(data):
    first, again, other = (simulate(data, replace(SMALL, seed=seed)).runs["random"] for seed in (7, 7, 8))
    assert [run.picks for run in first] == [run.picks for run in again]
    assert first[0].picks != other[0].picks
    assert first[1].picks == other[0].picks


def test_each_fold_is_tested_on_in_each_repeat(data):
    told = simulate(data, replace(SMALL, folds=3, budget=2, strategies=("random",)))
    assert [(trial.repeat, trial.fold) for trial in told.trials] == [
        (r, f) for r in (0, 1) for f in (0, 1, 2)
    ]
    assert sum(trial.test_items for trial in told.trials) == 2 * len(data.ids)
    assert [trial.seed for trial in told.trials] == list(range(6))


def test_what_is_picked_is_never_of_a_source_that_is_tested_on(data):
    told = simulate(data, replace(SMALL, folds=2, repeats=1, budget=200, strategies=("random",)))
    group_of = dict(zip(data.ids, data.groups, strict=True))
    first, second = ({group_of[pick] for pick in run.picks} for run in told.runs["random"])
    assert first.isdisjoint(second)
    assert first | second == set(data.groups)


def test_the_budget_is_cut_to_the_smallest_pool_and_said(data):
    told = simulate(data, replace(SMALL, budget=50, pool_size=9, repeats=1, strategies=("random",)))
    assert told.budget == 9
    assert told.trials[0].pool_items == 9
    assert told.notes == ["The budget is 9 labels, not 50: pools have no more items."]


def test_a_class_of_one_source_is_said_to_be_never_tested(data):
    groups = [
        "one" if name == "class 0" else group for name, group in zip(data.classes, data.groups, strict=True)
    ]
    told = simulate(replace(data, groups=groups), replace(SMALL, repeats=1, strategies=("random",)))
    assert told.notes == ["Never tested, since all its items are of one group: 'class 0'."]


@pytest.mark.parametrize(
    ("strategies", "is_said"),
    [
        (("default", "random"), True),
        (("default", "random", "random/blended"), False),
        (("classic", "random"), False),
        (("random", "default"), False),
        (("default/direct", "random"), False),
        (("default",), False),
    ],
)
def test_it_is_said_where_votes_differ_besides_the_choice(data, strategies, is_said):
    told = simulate(data, replace(SMALL, repeats=1, budget=1, strategies=strategies))
    said = (
        "default classifies by blended votes, random by direct ones: add --strategy random/blended "
        "to tell what choosing brings from what the votes bring."
    )
    assert told.notes == ([said] if is_said else [])


def test_progress_adds_up(data):
    seen: list[SimulationProgress] = []
    simulate(data, replace(SMALL, batch=4), seen.append)
    assert [step.done for step in seen] == [4, 6, 10, 12, 16, 18, 22, 24]
    assert {step.total for step in seen} == {24}
    assert [(step.method, step.run) for step in seen[::2]] == [
        ("default", 1),
        ("random", 1),
        ("default", 2),
        ("random", 2),
    ]
    assert all(0 <= step.accuracy <= 1 for step in seen)


def test_large_pools_go_without_what_votes_make_of_all_labels(data, monkeypatch):
    monkeypatch.setattr(module, "ALL_LABELS_ROWS", 10)
    assert simulate(data, replace(SMALL, repeats=1)).trials[0].with_all_by_votes == {}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"budget": 0}, "budget: is 0"),
        ({"repeats": 0}, "repeats: is 0"),
        ({"batch": 0}, "batch: is 0"),
        ({"pool_size": -1}, "pool_size: is -1"),
        ({"seed": -1}, "seed: is -1"),
        ({"folds": 1}, "folds: is 1"),
        ({"folds": -2}, "folds: is -2"),
        ({"test_share": 0.0}, "test_share: is 0"),
        ({"test_share": float("nan")}, "test_share"),
        ({"targets": (0.5, 90.0)}, "target: 90"),
        ({"targets": (0.0,)}, "target: 0"),
        ({"strategies": ()}, "strategy: none"),
        ({"strategies": ("random", "random")}, "twice"),
        ({"strategies": ("random", "nonesuch")}, "nonesuch"),
    ],
)
def test_wrong_settings_are_refused_by_name(data, change, complaint):
    assert len(check_settings(SMALL)) == 2
    with pytest.raises(InvalidInput, match=complaint):
        check_settings(replace(SMALL, **change))
    with pytest.raises(InvalidInput, match=complaint):
        simulate(data, replace(SMALL, **change))


def test_more_folds_than_groups_are_refused(data):
    with pytest.raises(InvalidInput, match="folds: 61 folds"):
        simulate(data, replace(SMALL, folds=61))


def test_nothing_to_test_on_is_refused():
    vectors = np.eye(4, dtype=np.float32)
    data = labelled_vectors("few", list("abcd"), list("xxyy"), list("1122"), vectors)
    with pytest.raises(InvalidInput, match="groups: nothing can be kept for testing"):
        simulate(data, SMALL)
