import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from vicinal.evaluation.baselines.coverage import random_order
from vicinal.evaluation.baselines.logistic_margin import LogisticMargin


def probabilities(vectors, rows, codes):
    """Multinomial logistic regression with penalty |w|^2 / 200, from its definition."""
    features = np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))])

    def loss(flat):
        weights = flat.reshape(-1, 3)
        logs = log_softmax(features[rows] @ weights, axis=1)
        return -logs[np.arange(len(rows)), codes[rows]].sum() + (weights[:-1] ** 2).sum() / 200

    found = minimize(loss, np.zeros(3 * features.shape[1]), method="L-BFGS-B", options={"maxfun": 100_000})
    return np.exp(log_softmax(features @ found.x.reshape(-1, 3), axis=1))


def test_the_pick_has_the_smallest_margin(world):
    pool = world(60)
    pool.label(range(15))
    assert len(set(pool.labelled.values())) == 3
    ordered = np.sort(probabilities(pool.vectors, np.arange(15), pool.codes), axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    margins[:15] = np.inf
    pick = LogisticMargin(pool.vectors, 0, pool.probabilities).pick(pool.labelled, 1)
    assert margins[pick[0]] == pytest.approx(margins.min(), abs=2e-3)


def test_it_predicts_the_classes(world):
    pool, others = world(200), world(200)
    pool.label(range(100))
    baseline = LogisticMargin(pool.vectors, 0, pool.probabilities)
    predicted = baseline.predict(pool.labelled, others.vectors[100:])
    assert np.mean([a == b for a, b in zip(predicted, others.classes[100:], strict=True)]) > 0.8
    assert set(baseline.predict({3: "cat", 4: "cat"}, others.vectors)) == {"cat"}
    with pytest.raises(ValueError, match="nothing is labelled"):
        baseline.predict({}, others.vectors)


def test_a_label_that_changes_changes_the_predictions(world):
    pool = world(60)
    pool.label(range(20))
    baseline = LogisticMargin(pool.vectors, 0, pool.probabilities)
    before = baseline.predict(pool.labelled, pool.vectors)
    pool.labelled.update(
        {row: {"cat": "dog", "dog": "cat"}.get(pool.classes[row], "owl") for row in range(20)}
    )
    swapped = [{"cat": "dog", "dog": "cat"}.get(name, "owl") for name in before]
    assert baseline.predict(pool.labelled, pool.vectors) == swapped


def test_without_two_classes_rows_come_in_the_order_of_the_seed(world):
    pool = world(30)
    order = np.argsort(random_order(30, 5)).tolist()
    baseline = LogisticMargin(pool.vectors, 5, pool.probabilities)
    assert baseline.pick({}, 30) == order
    assert baseline.pick({order[0]: "cat"}, 3) == order[1:4]
