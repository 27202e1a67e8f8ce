"""A changed label's vote goes where the first one went."""

import numpy as np
import pytest

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.graph import Spreader, pool_graph
from vicinal.core.similarity import prepare
from vicinal.core.votes import BlendedVotes, DiffusedVotes
from vicinal.records.pool_options import Metric


@pytest.fixture
def pool():
    return prepare(np.random.default_rng(3).standard_normal((40, 8)), 8, Metric.COSINE)


@pytest.fixture
def spreader(pool):
    near = ReferenceNeighbourhoods(Metric.COSINE, 5)
    near.grow(pool)
    return Spreader(pool_graph(near.neighbours.keys, near.neighbours.similarities))


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
def test_a_relabel_spreads_nothing_anew_and_equals_a_removal_and_a_label(model, pool, spreader):
    relabelled, labelled_again = model(Metric.COSINE), model(Metric.COSINE)
    for votes in (relabelled, labelled_again):
        votes.grow(pool, spreader)
        for position in range(12):
            votes.append(position, "abc"[position % 3])
    for position, label in {0: "b", 3: "new", 7: "a"}.items():
        labelled_again.remove(position)
        labelled_again.append(position, label)
    asked = spreader.spread.cache_info()
    for position, label in {0: "b", 3: "new", 7: "a"}.items():
        relabelled.relabel(position, label)
    assert spreader.spread.cache_info() == asked
    assert relabelled.labelled == labelled_again.labelled
    assert relabelled.classes == labelled_again.classes
    assert relabelled.probabilities().tobytes() == labelled_again.probabilities().tobytes()
    assert relabelled.evidence().tobytes() == labelled_again.evidence().tobytes()


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
def test_only_what_votes_can_be_relabelled(model, pool, spreader):
    votes = model(Metric.COSINE)
    votes.grow(pool, spreader)
    votes.append(0, "a")
    before = votes.probabilities().tobytes()
    with pytest.raises(ValueError, match="position 5 has no vote"):
        votes.relabel(5, "a")
    assert votes.probabilities().tobytes() == before
