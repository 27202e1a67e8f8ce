"""What is known, in every vote model, against the rule spelt out item by item."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.graph import MASS_UNIT, Spreader, pool_graph
from vicinal.core.known import LEAST_EVIDENCE, LEAST_NEAR, known_limits, mark_known, mark_known_by_neighbours
from vicinal.core.similarity import Metric, prepare
from vicinal.core.uncertainty import Uncertainty
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, Example

ITEMS, DIMENSION = 120, 4
SHARES = (0.5, 0.7, 0.9, 1.0)


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


@pytest.mark.parametrize("model", [DiffusedVotes, BlendedVotes])
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50), labelled, st.sampled_from(SHARES[:3]), st.booleans())
def test_known_where_votes_spread(model, seed, positions, known_share, with_example):
    (pool, of), with_mistakes = clusters(seed), seed % 2 == 0
    votes = spreading(model, pool)
    label(votes, of, positions, with_mistakes)
    if with_example:
        votes.append_examples([Example("x", pool[0], "b")])
    survey = votes.survey(Uncertainty.MARGIN, known_share)
    np.testing.assert_array_equal(survey.uncertainty, votes.uncertainty(Uncertainty.MARGIN))
    diffused = votes if model is DiffusedVotes else votes._diffused
    for position in range(ITEMS):
        shares = votes.shares(np.array([position]))[0]
        mass = np.zeros(len(votes.classes), dtype=np.int64)
        for voter, spread in diffused.mass.spreads.items():
            name = votes.examples[voter] if isinstance(voter, str) else votes.labelled[voter]
            mass[votes.classes.index(name)] += spread.mass[spread.positions == position].sum()
        expected = False
        if len(votes.classes) > 1:
            at = int(shares.argmax())
            needed = max(known_share * mass.sum(), LEAST_EVIDENCE * MASS_UNIT)
            first, second = np.sort(shares)[[-1, -2]]
            close = min(abs(first - known_share), first - second, abs(mass[at] / needed - 1)) < 1e-5
            expected = shares[at] >= known_share and mass[at] >= needed
            told = votes.knowledge(position)
            assert told.share == pytest.approx(shares[at])
            if not close:
                assert (told.agreeing, told.evidence) == pytest.approx(
                    (mass[at] / MASS_UNIT, mass.sum() / MASS_UNIT)
                )
                assert survey.known[position] == expected, position
        else:
            assert not survey.known[position]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 50), labelled, st.booleans(), st.sampled_from(SHARES), st.floats(0.5, 0.99))
def test_known_where_the_nearest_vote(seed, positions, with_mistakes, known_share, near_from):
    pool, of = clusters(seed)
    votes = DirectVotes(Metric.COSINE, neighbours=5)
    votes.grow(pool)
    label(votes, of, positions, with_mistakes)
    votes.append_examples([Example("x", pool[7] + np.float32(0.001), "a")])
    near = np.full(ITEMS, near_from)
    known = votes.survey(Uncertainty.ENTROPY, known_share, near).known
    for position in range(ITEMS):
        expected = False
        if len(votes.classes) > 1:
            voters = votes.voters(pool[position])
            shares = votes.shares(np.array([position]))[0]
            likeliest = votes.classes[int(shares.argmax())]
            near_ones = [vote.label == likeliest for vote in voters if vote.similarity >= near_from]
            count = sum(near_ones)
            expected = (
                shares.max() >= known_share and count >= LEAST_NEAR and count >= known_share * len(near_ones)
            )
            told = votes.knowledge(position, near_from)
            assert (told.label, told.agreeing, told.evidence) == (likeliest, count, len(near_ones))
        assert known[position] == expected, position


def test_nothing_is_known_without_a_share_a_measure_of_nearness_or_a_second_class():
    pool, of = clusters(1)
    direct, diffused = DirectVotes(Metric.COSINE), spreading(DiffusedVotes, pool)
    for votes in (direct, diffused):
        if votes is direct:
            votes.grow(pool)
        label(votes, of, [0, 3, 6, 9], False)
        assert len(votes.classes) == 1
    assert not diffused.survey(Uncertainty.MARGIN, 0.5).known.any()
    assert not direct.survey(Uncertainty.MARGIN, 0.5, np.zeros(ITEMS)).known.any()
    for votes in (direct, diffused):
        label(votes, of, [1, 4, 7, 10], False)
    assert diffused.survey(Uncertainty.MARGIN, 0.5).known.any()
    assert not diffused.survey(Uncertainty.MARGIN, 0.0).known.any()
    assert direct.survey(Uncertainty.MARGIN, 0.5, np.zeros(ITEMS)).known.any()
    assert not direct.survey(Uncertainty.MARGIN, 0.5).known.any()


def test_the_heads_opinion_alone_makes_nothing_known():
    known = np.zeros(3, dtype=bool)
    share, of_class = np.full(3, 0.95, dtype=np.float32), np.array([0, 1, 1], dtype=np.float32) * MASS_UNIT
    mark_known(share, of_class, np.array([0, 2, 1]) * MASS_UNIT, known_limits(0.9), known)
    assert known.tolist() == [False, False, True]


def test_voters_that_are_not_there_and_ties_count_for_the_first_class():
    known = np.zeros(2, dtype=bool)
    shares = np.array([[0.5, 1.0], [0.5, 0.0]])
    nearest = np.array([[0.9, 0.8], [0.9, -np.inf]], dtype=np.float32)
    mark_known_by_neighbours(shares, nearest, np.array([[0, 0], [0, -1]]), np.zeros(2), 0.5, known)
    assert known.tolist() == [True, False]


def test_removing_labels_leaves_nothing_known():
    pool, of = clusters(2)
    votes = spreading(BlendedVotes, pool)
    before = votes.survey(Uncertainty.MARGIN, 0.6).known
    label(votes, of, range(24), False)
    assert votes.survey(Uncertainty.MARGIN, 0.6).known.sum() > 20
    for position in range(24):
        votes.remove(position)
    np.testing.assert_array_equal(votes.survey(Uncertainty.MARGIN, 0.6).known, before)
