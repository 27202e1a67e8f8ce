import numpy as np
import pytest
from scipy.special import softmax

from vicinal.evaluation.baselines.candidates import random_order
from vicinal.evaluation.baselines.logistic_margin import LogisticMargin


def probabilities(vectors, rows, codes):
    """Multinomial logistic regression with penalty 1/2 |w|^2, by plain gradient descent."""
    features = np.hstack([vectors[rows].astype(np.float64), np.ones((len(rows), 1))])
    target = np.eye(3)[codes[rows]]
    weights = np.zeros((features.shape[1], 3))
    for _ in range(20_000):
        gradient = features.T @ (softmax(features @ weights, axis=1) - target)
        gradient[:-1] += weights[:-1]
        weights -= 0.02 * gradient
    return softmax(np.hstack([vectors, np.ones((len(vectors), 1))]) @ weights, axis=1)


def test_the_pick_has_the_smallest_margin(world):
    pool = world(60)
    pool.label(range(15))
    assert len(set(pool.labelled.values())) == 3
    shares = np.sort(probabilities(pool.vectors, np.arange(15), pool.codes), axis=1)
    margins = shares[:, -1] - shares[:, -2]
    margins[:15] = np.inf
    pick = LogisticMargin(pool.vectors, 0, pool.shares).pick(pool.labelled, 1)
    assert margins[pick[0]] == pytest.approx(margins.min(), abs=1e-3)


def test_it_predicts_the_classes(world):
    pool, others = world(200), world(200)
    pool.label(range(100))
    baseline = LogisticMargin(pool.vectors, 0, pool.shares)
    predicted = baseline.predict(pool.labelled, others.vectors[100:])
    assert np.mean([a == b for a, b in zip(predicted, others.classes[100:], strict=True)]) > 0.8
    assert set(baseline.predict({3: "cat", 4: "cat"}, others.vectors)) == {"cat"}
    with pytest.raises(ValueError, match="nothing is labelled"):
        baseline.predict({}, others.vectors)


def test_a_label_that_changes_changes_the_predictions(world):
    pool = world(60)
    pool.label(range(20))
    baseline = LogisticMargin(pool.vectors, 0, pool.shares)
    before = baseline.predict(pool.labelled, pool.vectors)
    pool.labelled.update(
        {row: {"cat": "dog", "dog": "cat"}.get(pool.classes[row], "owl") for row in range(20)}
    )
    swapped = [{"cat": "dog", "dog": "cat"}.get(name, "owl") for name in before]
    assert baseline.predict(pool.labelled, pool.vectors) == swapped


def test_without_two_classes_rows_come_in_the_order_of_the_seed(world):
    pool = world(30)
    order = np.argsort(random_order(30, 5)).tolist()
    baseline = LogisticMargin(pool.vectors, 5, pool.shares)
    assert baseline.pick({}, 30) == order
    assert baseline.pick({order[0]: "cat"}, 3) == order[1:4]
