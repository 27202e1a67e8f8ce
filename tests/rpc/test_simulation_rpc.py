"""A simulation does what the service does: the same picks and the same answers, over the wire."""

import pytest

from tests.support.clusters import clusters
from vicinal.client import Client
from vicinal.evaluation.labelling import LabellingPlan, run_labelling
from vicinal.evaluation.methods import parse_method
from vicinal.evaluation.trials import Trial, make_trial, split_by_group

BUDGET = 20


@pytest.fixture(scope="module")
def trial() -> Trial:
    data = clusters(items=160, spread=0.7)
    return make_trial(data, split_by_group(data.groups, data.classes, 0.25, 2), None, seed=2)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("strategy", ["default", "random"])
def test_the_service_picks_and_predicts_the_same(
    client: Client, pool_id: str, trial: Trial, strategy: str, batch: int
) -> None:
    simulated = run_labelling(trial, parse_method(strategy), LabellingPlan(BUDGET, batch))
    client.create_pool(pool_id, dimension=trial.pool.shape[1], strategy=strategy, seed=trial.seed)
    client.add_vectors(pool_id, trial.ids, trial.pool)
    class_of = dict(zip(trial.ids, trial.classes, strict=True))
    picks: list[str] = []
    accuracies: dict[int, float] = {}
    leased = client.lease_batch(pool_id, batch)
    while leased is not None and leased.items:
        chosen = [item.item_id for item in leased.items]
        picks += chosen
        labels = {item_id: class_of[item_id] for item_id in chosen}
        size = min(batch, BUDGET - len(picks)) or None
        leased = client.submit_labels(pool_id, labels, lease_id=leased.lease_id, next_size=size).next
        answers = client.classify(pool_id, trial.test).predictions
        pairs = zip(answers, trial.test_classes, strict=True)
        right = [answer is not None and answer.label == name for answer, name in pairs]
        accuracies[len(picks)] = sum(right) / len(right)
    source_of = dict(zip(trial.ids, trial.sources, strict=True))
    assert [source_of[item_id] for item_id in picks] == simulated.picks
    measured = dict(zip(simulated.curve.label_counts.tolist(), simulated.curve.accuracies, strict=True))
    assert accuracies == pytest.approx(measured)
    assert len(picks) == BUDGET
