import time

import numpy as np
import pytest

from tests.support.clusters import clusters
from vicinal.evaluation import methods
from vicinal.evaluation import methods as choosers
from vicinal.evaluation.labelling import LabellingPlan, accuracy_of_votes, run_labelling
from vicinal.evaluation.methods import parse_method
from vicinal.evaluation.trials import accuracy_with_all, make_trial, split_by_group
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.scoring import graphs
from vicinal.records.pool_options import VoteModel


def trial_of(data, pool_size=None, seed=0):
    split = split_by_group(data.groups, data.classes, 0.2, seed)
    return make_trial(data, split, pool_size, seed)


@pytest.fixture(scope="module")
def trial():
    return trial_of(clusters())


class InOrder:
    """A baseline that takes the pool's rows from the last to the first, and notes what it is told."""

    def __init__(self, vectors, seed, probabilities):
        self.vectors, self.seed, self.probabilities, self.told = vectors, seed, probabilities, []
        InOrder.made = self

    def pick(self, labelled, size):
        self.told.append((dict(labelled), self.probabilities()))
        return [row for row in range(len(self.vectors) - 1, -1, -1) if row not in labelled][:size]


class Stubborn(InOrder):
    """That classifies by itself, and always alike."""

    def predict(self, labelled, vectors):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
        return [labelled[len(self.vectors) - 1]] * len(vectors)


@pytest.fixture(autouse=True)
def baselines(monkeypatch):
    for module in (methods, choosers):
        monkeypatch.setattr(module, "BASELINES", {"in_order": InOrder, "stubborn": Stubborn})


@pytest.mark.parametrize("name", ["random", "classic", "default", "default/direct", "random/diffused"])
def test_runs_repeat_and_no_item_is_picked_twice(trial, name):
    first, again = (run_labelling(trial, parse_method(name), LabellingPlan(12)) for _ in range(2))
    assert first.picks == again.picks
    np.testing.assert_array_equal(first.curve.accuracies, again.curve.accuracies)
    assert len(set(first.picks)) == 12
    assert set(first.picks) <= set(trial.sources)
    assert len(first.step_seconds) == 11


def test_the_default_learns_clusters_from_a_label_each(trial):
    run = run_labelling(trial, parse_method("default"), LabellingPlan(8))
    assert run.curve.accuracies[3] > 0.95
    assert len({trial.classes[trial.sources.index(pick)] for pick in run.picks[:3]}) == 3


def test_other_votes_do_not_change_random_picks(trial):
    direct, blended = (
        run_labelling(trial, parse_method(at), LabellingPlan(6)) for at in ("random", "random/blended")
    )
    assert direct.picks == blended.picks


def test_accuracy_is_measured_as_planned(trial):
    seen = []
    run = run_labelling(trial, parse_method("random"), LabellingPlan(37), lambda *at: seen.append(at))
    assert run.curve.label_counts.tolist() == [*range(1, 31), 35, 37]
    assert seen == list(zip(run.curve.label_counts, run.curve.accuracies, strict=True))


@pytest.mark.parametrize("name", ["default", "random", "in_order"])
def test_batches_are_measured_each_and_the_last_may_be_short(trial, name):
    run = run_labelling(trial, parse_method(name), LabellingPlan(10, batch=4))
    assert run.curve.label_counts.tolist() == [4, 8, 10]
    assert len(run.picks) == len(set(run.picks)) == 10


@pytest.mark.parametrize("name", ["default", "random", "in_order"])
def test_a_pool_can_be_labelled_to_the_end(name):
    small = trial_of(clusters(items=24), pool_size=9)
    run = run_labelling(small, parse_method(name), LabellingPlan(9))
    assert sorted(run.picks) == sorted(small.sources)
    more = run_labelling(small, parse_method(name), LabellingPlan(11, batch=2))
    assert more.curve.label_counts.tolist() == [2, 4, 6, 8, 9]


def test_a_baseline_picks_and_the_session_classifies(trial):
    run = run_labelling(trial, parse_method("in_order"), LabellingPlan(4, batch=2))
    assert run.picks == trial.sources[:-5:-1]
    made = InOrder.made
    assert made.seed == trial.seed
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1, rtol=1e-5)
    last = len(trial.ids) - 1
    (nothing, no_probabilities), (two, probabilities) = made.told
    assert nothing == {}
    assert no_probabilities.shape == (len(trial.ids), 0)
    assert two == {last: trial.classes[last], last - 1: trial.classes[last - 1]}
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert probabilities.shape == (len(trial.ids), len(set(two.values())))


def test_a_baseline_that_classifies_is_measured_by_its_own_answers(trial):
    run = run_labelling(trial, parse_method("stubborn"), LabellingPlan(5))
    expected = (trial.test_classes == trial.classes[-1]).mean()
    assert run.curve.accuracies.tolist() == [expected] * 5


@pytest.mark.parametrize("model", list(VoteModel))
def test_votes_with_all_labels(trial, model):
    assert accuracy_of_votes(trial, model) > 0.95


def test_direct_votes_with_all_labels_are_those_of_the_nearest():
    noisy = trial_of(clusters(items=300, spread=1.0))
    assert accuracy_of_votes(noisy, VoteModel.DIRECT) == accuracy_with_all(noisy) < 1


@pytest.fixture(params=[0.0, 0.1], ids=["at once", "late"])
def built_beside(request, monkeypatch):
    """Each graph is built in a thread of its own, which ends between other calls or long after them."""
    grow = PoolNeighbourhoods.grow

    def slow(neighbourhoods, pool):
        time.sleep(request.param)
        grow(neighbourhoods, pool)

    def begin():
        monkeypatch.setattr(graphs, "QUICK_WORK", 0)
        monkeypatch.setattr(PoolNeighbourhoods, "grow", slow)

    return begin


@pytest.mark.parametrize("name", ["default", "random/blended", "in_order/blended"])
def test_a_graph_that_is_built_beside_is_waited_for(trial, built_beside, name):
    quick = run_labelling(trial, parse_method(name), LabellingPlan(6))
    built_beside()
    for _ in range(3):
        beside = run_labelling(trial, parse_method(name), LabellingPlan(6))
        assert beside.picks == quick.picks
        assert beside.curve.accuracies.tolist() == quick.curve.accuracies.tolist()


def test_votes_with_all_labels_wait_for_the_graph(built_beside):
    noisy = trial_of(clusters(items=300, spread=1.0))
    quick = accuracy_of_votes(noisy, VoteModel.DIFFUSED)
    built_beside()
    assert accuracy_of_votes(noisy, VoteModel.DIFFUSED) == quick
