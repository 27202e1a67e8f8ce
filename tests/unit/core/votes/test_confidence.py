"""What is known, in every vote model, against the rule spelt out item by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.graph import MASS_UNIT, Spreader, pool_graph
from vicinal.core.scoring.filters import (
    LEAST_EVIDENCE,
    LEAST_NEAR,
    confidence_limits,
    mark_confident,
    mark_confident_by_neighbours,
)
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.core.similarity import prepare
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector
from vicinal.records.pool_options import Metric

ITEMS, DIMENSION = 120, 4
PROBABILITIES = (0.5, 0.7, 0.9, 1.0)


def clusters(seed, metric=Metric.COSINE):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(3, DIMENSION))
    of = np.arange(ITEMS) % 3
    return prepare(centres[of] + 0.4 * random.normal(size=(ITEMS, DIMENSION)), DIMENSION, metric), of


def spreading(model, pool):
    near = ReferenceNeighbourhoods(Metric.COSINE, 6)
    near.grow(pool)
    votes = model(Metric.COSINE)
    votes.grow(pool, Spreader(pool_graph(near.neighbours.keys, near.neighbours.similarities)))
    return votes


def label(votes, of, positions, with_mistakes):
    for place, position in enumerate(positions):
        votes.append(position, "abc"[(of[position] + (with_mistakes and place % 4 == 0)) % 3])


labelled = st.lists(st.integers(0, ITEMS - 1), unique=True, max_size=25)


@pytest.mark.slow
@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50), labelled, st.sampled_from(PROBABILITIES[:3]), st.booleans())
def test_known_where_votes_spread(model, seed, positions, confidence_filter, with_example):
    (pool, of), with_mistakes = clusters(seed), seed % 2 == 0
    votes = spreading(model, pool)
    label(votes, of, positions, with_mistakes)
    if with_example:
        votes.append_examples([LabelledVector("x", pool[0], "b")])
    assess = votes.assess(Uncertainty.MARGIN, confidence_filter)
    np.testing.assert_array_equal(assess.uncertainty, votes.uncertainty(Uncertainty.MARGIN))
    diffused = votes if model is DiffusedVotes else votes.diffused
    for position in range(ITEMS):
        probabilities = votes.probabilities(np.array([position]))[0]
        mass = np.zeros(len(votes.classes), dtype=np.int64)
        for voter, spread in diffused.mass.spreads.items():
            name = votes.examples[voter] if isinstance(voter, str) else votes.labelled[voter]
            mass[votes.classes.index(name)] += spread.mass[spread.positions == position].sum()
        expected = False
        if len(votes.classes) > 1:
            at = int(probabilities.argmax())
            needed = max(confidence_filter * mass.sum(), LEAST_EVIDENCE * MASS_UNIT)
            first, second = np.sort(probabilities)[[-1, -2]]
            close = min(abs(first - confidence_filter), first - second, abs(mass[at] / needed - 1)) < 1e-5
            expected = probabilities[at] >= confidence_filter and mass[at] >= needed
            told = votes.confidence(position)
            assert told.probability == pytest.approx(probabilities[at])
            if not close:
                assert (told.agreeing, told.evidence) == pytest.approx(
                    (mass[at] / MASS_UNIT, mass.sum() / MASS_UNIT)
                )
                assert assess.confident[position] == expected, position
        else:
            assert not assess.confident[position]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50), labelled, st.booleans(), st.sampled_from(PROBABILITIES), st.floats(0.5, 0.99))
def test_known_where_the_nearest_vote(seed, positions, with_mistakes, confidence_filter, near_from):
    pool, of = clusters(seed)
    votes = DirectVotes(Metric.COSINE, neighbours=5)
    votes.grow(pool)
    label(votes, of, positions, with_mistakes)
    votes.append_examples([LabelledVector("x", pool[7] + np.float32(0.001), "a")])
    near = np.full(ITEMS, near_from)
    confident = votes.assess(Uncertainty.ENTROPY, confidence_filter, near).confident
    for position in range(ITEMS):
        expected = False
        if len(votes.classes) > 1:
            voters = votes.voters(pool[position])
            probabilities = votes.probabilities(np.array([position]))[0]
            likeliest = votes.classes[int(probabilities.argmax())]
            near_ones = [vote.label == likeliest for vote in voters if vote.similarity >= near_from]
            count = sum(near_ones)
            expected = (
                probabilities.max() >= confidence_filter
                and count >= LEAST_NEAR
                and count >= confidence_filter * len(near_ones)
            )
            told = votes.confidence(position, near_from)
            assert (told.label, told.agreeing, told.evidence) == (likeliest, count, len(near_ones))
        assert confident[position] == expected, position


def test_nothing_is_known_without_a_share_a_measure_of_nearness_or_a_second_class():
    pool, of = clusters(1)
    direct, diffused = DirectVotes(Metric.COSINE), spreading(DiffusedVotes, pool)
    for votes in (direct, diffused):
        if votes is direct:
            votes.grow(pool)
        label(votes, of, [0, 3, 6, 9], False)
        assert len(votes.classes) == 1
    assert not diffused.assess(Uncertainty.MARGIN, 0.5).confident.any()
    assert not direct.assess(Uncertainty.MARGIN, 0.5, np.zeros(ITEMS)).confident.any()
    for votes in (direct, diffused):
        label(votes, of, [1, 4, 7, 10], False)
    assert diffused.assess(Uncertainty.MARGIN, 0.5).confident.any()
    assert not diffused.assess(Uncertainty.MARGIN, 0.0).confident.any()
    assert direct.assess(Uncertainty.MARGIN, 0.5, np.zeros(ITEMS)).confident.any()
    assert not direct.assess(Uncertainty.MARGIN, 0.5).confident.any()


def test_the_heads_annotation_alone_makes_nothing_known():
    confident = np.zeros(3, dtype=bool)
    share, of_class = np.full(3, 0.95, dtype=np.float32), np.array([0, 1, 1], dtype=np.float32) * MASS_UNIT
    mark_confident(share, of_class, np.array([0, 2, 1]) * MASS_UNIT, confidence_limits(0.9), confident)
    assert confident.tolist() == [False, False, True]


def test_voters_that_are_not_there_and_ties_count_for_the_first_class():
    confident = np.zeros(2, dtype=bool)
    probabilities = np.array([[0.5, 1.0], [0.5, 0.0]])
    nearest = np.array([[0.9, 0.8], [0.9, -np.inf]], dtype=np.float32)
    mark_confident_by_neighbours(
        probabilities, nearest, np.array([[0, 0], [0, -1]]), np.zeros(2), 0.5, confident
    )
    assert confident.tolist() == [True, False]


def test_removing_labels_leaves_nothing_known():
    pool, of = clusters(2)
    votes = spreading(BlendedVotes, pool)
    before = votes.assess(Uncertainty.MARGIN, 0.6).confident
    label(votes, of, range(24), False)
    assert votes.assess(Uncertainty.MARGIN, 0.6).confident.sum() > 20
    for position in range(24):
        votes.remove(position)
    np.testing.assert_array_equal(votes.assess(Uncertainty.MARGIN, 0.6).confident, before)
