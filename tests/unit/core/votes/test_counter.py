import numpy as np
import pytest

from vicinal.core.similarity import prepare
from vicinal.core.votes import DirectVotes
from vicinal.core.votes.knn import DirectVoteCounter, NearestLabelled
from vicinal.records.pool_options import Metric, Weighting


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("weighting", list(Weighting))
def test_a_poll_says_what_votes_over_the_pool_say_to_the_last_bit(metric, weighting):
    generator = np.random.default_rng(0)
    # Copies among the labelled items: of equally near ones the smaller position votes.
    pool = prepare(generator.integers(-2, 3, size=(300, 3)) + 0.5, 3, metric)
    rows = np.sort(generator.permutation(300)[:60])
    labels = [f"class {row % 5}" for row in rows]
    votes = DirectVotes(metric, 7, weighting)
    votes.grow(pool)
    votes.extend(dict(zip(rows.tolist(), labels, strict=True)))
    counter = DirectVoteCounter(pool[rows], labels, metric, 7, weighting)
    probabilities, nearest = counter.ask(pool)
    assert counter.classes == votes.classes
    np.testing.assert_array_equal(probabilities, votes.probabilities())
    lists = NearestLabelled(metric, 7)
    lists.grow(pool)
    lists.extend(rows)
    np.testing.assert_array_equal(nearest, lists.similarities[:, 0])


def test_without_labels_there_are_no_classes():
    probabilities, nearest = DirectVoteCounter(np.zeros((0, 2), np.float32), [], Metric.COSINE).ask(
        np.float32([[1, 0]])
    )
    assert probabilities.shape == (1, 0)
    np.testing.assert_array_equal(nearest, [-1.0])
