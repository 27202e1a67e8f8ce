"""Pools with more classes than a matrix is kept of, against the same numbers spelt out vote by vote."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.graph import MASS_UNIT, Spread, Spreader, pool_graph
from vicinal.core.scoring.filters import LEAST_EVIDENCE, mark_confident_by_neighbours
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.core.similarity import prepare
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector, blended
from vicinal.core.votes.mass import FEW_CLASSES, SparseMass
from vicinal.records.pool_options import Metric, Weighting

ITEMS, DIMENSION = 900, 6
MANY = FEW_CLASSES + 60


@pytest.fixture(scope="module")
def pool():
    """Islands of six items: votes do not leave them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(ITEMS // 6, DIMENSION))[np.arange(ITEMS) % (ITEMS // 6)]
    return prepare(centres + 0.01 * random.normal(size=(ITEMS, DIMENSION)), DIMENSION, Metric.COSINE)


@pytest.fixture(scope="module")
def graph(pool):
    near = ReferenceNeighbourhoods(Metric.COSINE, 5)
    near.grow(pool)
    return pool_graph(near.neighbours.keys, near.neighbours.similarities)


@pytest.fixture
def spreading(pool, graph):
    def make(model, labels):
        votes = model(Metric.COSINE)
        votes.grow(pool, Spreader(graph))
        for position, label in labels.items():
            votes.append(position, label)
        return votes

    return make


def labels_of(classes, count=400):
    order = np.random.default_rng(1).permutation(ITEMS)[:count]
    return {int(position): f"class {place % classes:03d}" for place, position in enumerate(order)}


def mass_by_votes(votes):
    """(N, C) in whole units, one vote after the other."""
    diffused = getattr(votes, "diffused", votes)
    mass = np.zeros((ITEMS, len(votes.classes)), dtype=np.int64)
    for voter, spread in diffused.mass.spreads.items():
        name = votes.examples[voter] if isinstance(voter, str) else votes.labelled[voter]
        mass[spread.positions, votes.classes.index(name)] += spread.mass
    return mass


def probabilities_by_votes(votes):
    mass = mass_by_votes(votes)
    total = mass.sum(axis=1, keepdims=True)
    return np.where(total == 0, 1 / mass.shape[1], mass / np.maximum(total, 1))


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
def test_votes_for_many_classes_are_those_of_all_spreads(model, spreading, pool):
    votes = spreading(model, labels_of(MANY))
    votes.append_examples(
        [LabelledVector("x", pool[5] + np.float32(0.01), "class 007"), LabelledVector("y", pool[9], "new")]
    )
    assert len(votes.classes) == MANY + 1
    expected = probabilities_by_votes(votes)
    assert (expected == 1 / (MANY + 1)).all(axis=1).any(), "some items must be out of reach of all votes"
    np.testing.assert_allclose(votes.probabilities(), expected, atol=1e-12)
    for measure in Uncertainty:
        np.testing.assert_allclose(votes.uncertainty(measure), uncertainty(expected, measure), atol=2e-6)
    queries = prepare(np.random.default_rng(2).normal(size=(20, DIMENSION)), DIMENSION, Metric.COSINE)
    near, weights = getattr(votes, "diffused", votes).outside_neighbours(queries)
    np.testing.assert_allclose(
        votes.predict(queries), np.einsum("nk,nkc->nc", weights, expected[near]), atol=1e-12
    )


def test_what_is_known_among_many_classes(spreading):
    votes = spreading(BlendedVotes, labels_of(MANY))
    mass, probabilities = mass_by_votes(votes), probabilities_by_votes(votes)
    known = votes.assess(Uncertainty.MARGIN, 0.9).confident
    likeliest = probabilities.argmax(axis=1)
    of_likeliest = mass[np.arange(ITEMS), likeliest]
    expected = (probabilities.max(axis=1) >= 0.9) & (of_likeliest >= LEAST_EVIDENCE * MASS_UNIT)
    assert expected.any()
    assert not expected.all()
    np.testing.assert_array_equal(known, expected)


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
def test_many_classes_that_came_and_went_leave_no_trace(model, spreading, pool):
    labels = labels_of(MANY)
    worn = spreading(model, labels)
    queries = pool[:9] + np.float32(0.02)
    some = dict(list(labels.items())[:100])
    for step, position in enumerate(labels):
        if position not in some:
            worn.remove(position)
        if step % 50 == 0:
            worn.assess(Uncertainty.ENTROPY, 0.9)
            worn.relabel(next(iter(some)), f"other {step}")
    worn.relabel(next(iter(some)), labels[next(iter(some))])
    fresh = spreading(model, some)
    assert worn.classes == fresh.classes
    assert len(fresh.classes) < FEW_CLASSES
    assert worn.probabilities().tobytes() == fresh.probabilities().tobytes()
    assert worn.predict(queries).tobytes() == fresh.predict(queries).tobytes()
    for measure in Uncertainty:
        one, other = worn.assess(measure, 0.9), fresh.assess(measure, 0.9)
        assert one.uncertainty.tobytes() == other.uncertainty.tobytes()
        assert one.confident.tobytes() == other.confident.tobytes()


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
def test_the_order_of_many_labels_does_not_matter(model, spreading):
    labels = labels_of(MANY)
    one, other = spreading(model, labels), spreading(model, dict(reversed(labels.items())))
    assert one.probabilities().tobytes() == other.probabilities().tobytes()
    for measure in Uncertainty:
        assert one.uncertainty(measure).tobytes() == other.uncertainty(measure).tobytes()


def test_the_head_speaks_for_few_classes_alone(spreading):
    votes = spreading(BlendedVotes, labels_of(FEW_CLASSES))
    assert 0 < votes.head_weight < 1
    with_head = votes.probabilities()
    free = next(position for position in range(ITEMS) if position not in votes.labelled)
    votes.append(free, "one more")
    assert votes.head_weight == 0
    np.testing.assert_allclose(votes.probabilities(), probabilities_by_votes(votes), atol=1e-12)
    votes.remove(free)
    assert votes.probabilities().tobytes() == with_head.tobytes()


def test_a_part_of_the_labels_weighs_the_head_as_all_would(spreading, monkeypatch):
    order = np.random.default_rng(1).permutation(ITEMS)[:300]
    labels = {int(position): "abc"[int(position) % 3] for position in order}
    votes = spreading(BlendedVotes, labels)
    of_all = votes.head_weight
    monkeypatch.setattr(blended, "_MOST_LEFT_OUT", 3 * 150)
    part = spreading(BlendedVotes, labels)
    assert part.head_weight != of_all
    assert part.head_weight == pytest.approx(of_all, abs=0.15)
    free = next(position for position in range(ITEMS) if position not in labels)
    before = part.head_weight
    part.append(free, "a")
    part.remove(free)
    assert part.head_weight == before


def test_by_parts_the_head_is_weighed_alike(spreading, monkeypatch):
    labels = labels_of(5, 200)
    whole = spreading(BlendedVotes, labels).head_weight
    monkeypatch.setattr(blended, "_LEFT_OUT_AT_ONCE", 37)
    assert spreading(BlendedVotes, labels).head_weight == pytest.approx(whole, rel=1e-9)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sets(st.integers(0, 7)), st.booleans()), max_size=25))
def test_cells_are_the_sums_of_the_votes_that_stand(calls):
    sparse, current = SparseMass(8, []), []
    for slot, positions, takes_one_back in calls:
        places = np.array(sorted(positions), dtype=np.int64)
        vote = (slot, Spread(places, places + 1 + slot), 1)
        change = [vote]
        current.append(vote)
        if takes_one_back:
            gone = current.pop(0)
            change.append((gone[0], gone[1], -1))
        sparse.change(change)
    expected = np.zeros((6, 8), dtype=np.int64)
    for slot, spread, _ in current:
        expected[slot, spread.positions] += spread.mass
    assert sparse.at(np.arange(6), np.arange(8)).tolist() == expected.tolist()
    assert len(sparse) == np.count_nonzero(expected)
    assert sparse.entries[0].tolist() == [0, *np.count_nonzero(expected, axis=0).cumsum()]


@pytest.mark.parametrize("weighting", Weighting)
@pytest.mark.parametrize("neighbours", [1, 4, 10])
@pytest.mark.parametrize("classes", [2, 3, 40, 300])
def test_direct_uncertainty_is_that_of_all_classes_to_the_last_bit(pool, neighbours, weighting, classes):
    votes = DirectVotes(Metric.COSINE, neighbours, weighting)
    votes.grow(pool[:500])
    labels = {place: label for place, label in labels_of(classes).items() if place < 500}
    votes.extend(labels)
    votes.append_examples(
        [LabelledVector("x", pool[5] + np.float32(0.01), "class 001"), LabelledVector("y", pool[9], "a")]
    )
    votes.grow(pool)
    votes.relabel(next(iter(labels)), "zzz")
    votes.remove(list(labels)[1])
    for measure in Uncertainty:
        expected = uncertainty(votes.probabilities(), measure)
        assert votes.uncertainty(measure).tobytes() == expected.tobytes()
    near = np.full(ITEMS, 0.6)
    expected = np.zeros(ITEMS, dtype=bool)
    voters = [votes.voters(vector) for vector in pool]
    nearest = np.array([[vote.similarity for vote in each] for each in voters], dtype=np.float32)
    column = {name: place for place, name in enumerate(votes.classes)}
    voted = np.array([[column[vote.label] for vote in each] for each in voters])
    mark_confident_by_neighbours(
        np.ascontiguousarray(votes.probabilities().T), nearest, voted, near, 0.5, expected
    )
    np.testing.assert_array_equal(votes.assess(Uncertainty.MARGIN, 0.5, near).confident, expected)


def test_direct_votes_keep_no_column_for_each_class(pool):
    def make():
        votes = DirectVotes(Metric.COSINE)
        votes.grow(pool)
        votes.extend({place: f"class {place}" for place in range(ITEMS - 10)})
        return votes

    make()  # what is compiled is not counted
    tracemalloc.start()
    try:
        votes = make()
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(votes.classes) == ITEMS - 10
    assert held_bytes < ITEMS * len(votes.classes) * 8 / 4
