import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from vicinal.core.similarity import prepare, similarity_to
from vicinal.core.votes import DirectVotes, Vote
from vicinal.records.pool_options import Metric, Weighting


def brute_force(pool, labels, queries, *, metric, neighbours, weighting):
    """Shares of each query, one neighbour at a time: {class: share}."""
    rows = []
    for query in queries:
        similarity = similarity_to(pool, query, metric)
        nearest = sorted(labels, key=lambda position: (-similarity[position], position))[:neighbours]
        weights = [
            1.0 if weighting is Weighting.UNIFORM else max(float(similarity[position]), 0.0) + 1e-6
            for position in nearest
        ]
        mass = dict.fromkeys(sorted(set(labels.values())), 0.0)
        for position, weight in zip(nearest, weights, strict=True):
            mass[labels[position]] += weight
        rows.append([share / sum(weights) for share in mass.values()])
    return np.array(rows).reshape(len(queries), len(set(labels.values())))


@pytest.mark.slow
@pytest.mark.parametrize("weighting", Weighting)
@pytest.mark.parametrize("neighbours", [1, 3, 10, 50])
@pytest.mark.parametrize("grid", [False, True])
def test_probabilities_are_those_of_comparing_every_pair(cloud, metric, weighting, neighbours, grid):
    pool, queries = cloud(120, 3, grid=grid), cloud(40, 3, seed=9, grid=grid)
    random = np.random.default_rng(2)
    votes = DirectVotes(metric, neighbours, weighting)
    votes.grow(pool)
    labels = {}
    for position in random.permutation(120)[:30].tolist():
        labels[position] = random.choice(["apple", "banana", "cherry"])
        votes.append(position, labels[position])
    assert votes.labelled == labels
    assert votes.classes == ("apple", "banana", "cherry")
    expected = brute_force(pool, labels, pool, metric=metric, neighbours=neighbours, weighting=weighting)
    np.testing.assert_allclose(votes.probabilities(), expected, atol=1e-12)
    some = np.array([7, 3, 3, 119])
    assert np.array_equal(votes.probabilities(some), votes.probabilities()[some])
    expected = brute_force(pool, labels, queries, metric=metric, neighbours=neighbours, weighting=weighting)
    np.testing.assert_allclose(votes.predict(queries), expected, atol=1e-12)


class ComingAndGoing(RuleBasedStateMachine):
    """Whatever happened, the state is that of the labels that stand, to the last bit."""

    @initialize(
        metric=st.sampled_from(Metric),
        neighbours=st.integers(1, 5),
        weighting=st.sampled_from(Weighting),
        seed=st.integers(0, 1000),
        rows=st.integers(0, 25),
    )
    def begin(self, metric, neighbours, weighting, seed, rows):
        random = np.random.default_rng(seed)
        self.whole = prepare(random.integers(-2, 3, (50, 2)) + np.array([0.5, 0.25]), 2, metric)
        self.settings = {"metric": metric, "neighbours": neighbours, "weighting": weighting}
        self.rows = rows
        self.labels = {}
        self.votes = DirectVotes(**self.settings)
        self.votes.grow(self.whole[:rows])

    @property
    def pool(self):
        return self.whole[: self.rows]

    @rule(by=st.integers(0, 8))
    def grow(self, by):
        self.rows = min(self.rows + by, len(self.whole))
        self.votes.grow(self.pool.copy())

    @precondition(lambda self: len(self.labels) < self.rows)
    @rule(data=st.data(), label=st.sampled_from("abcd"))
    def append(self, data, label):
        free = [position for position in range(self.rows) if position not in self.labels]
        position = data.draw(st.sampled_from(free))
        self.labels[position] = label
        self.votes.append(position, label)

    @precondition(lambda self: len(self.labels) < self.rows)
    @rule(data=st.data(), label=st.sampled_from("abcd"))
    def extend(self, data, label):
        free = [position for position in range(self.rows) if position not in self.labels]
        new = dict.fromkeys(data.draw(st.lists(st.sampled_from(free), unique=True)), label)
        self.labels |= new
        self.votes.extend(new)

    @precondition(lambda self: self.labels)
    @rule(data=st.data(), label=st.sampled_from("abcd"))
    def relabel(self, data, label):
        position = data.draw(st.sampled_from(sorted(self.labels)))
        self.labels[position] = label
        self.votes.relabel(position, label)

    @precondition(lambda self: self.labels)
    @rule(data=st.data())
    def remove(self, data):
        position = data.draw(st.sampled_from(sorted(self.labels)))
        del self.labels[position]
        self.votes.remove(position)

    @invariant()
    def it_is_as_if_only_the_standing_labels_had_come(self):
        fresh = DirectVotes(**self.settings)
        fresh.grow(self.pool)
        for position in sorted(self.labels, reverse=True):
            fresh.append(position, self.labels[position])
        assert self.votes.labelled == self.labels
        assert self.votes.classes == fresh.classes == tuple(sorted(set(self.labels.values())))
        assert self.votes.probabilities().tobytes() == fresh.probabilities().tobytes()
        assert self.votes.predict(self.pool).tobytes() == fresh.probabilities().tobytes()
        np.testing.assert_allclose(
            self.votes.probabilities(),
            brute_force(self.pool, self.labels, self.pool, **self.settings),
            atol=1e-12,
        )


ComingAndGoing.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_coming_and_going = pytest.mark.slow(ComingAndGoing.TestCase)


@pytest.mark.slow
def test_a_removal_among_many_is_exact(cloud, metric):
    """Enough labels and dimensions for the search by a matrix product."""
    pool = cloud(1000, 65)
    kept, gone = np.split(np.random.default_rng(0).permutation(1000)[:300], [200])
    votes, fresh = DirectVotes(metric), DirectVotes(metric)
    votes.grow(pool)
    fresh.grow(pool)
    votes.extend({position: str(position % 7) for position in [*gone.tolist(), *kept.tolist()]})
    for position in gone.tolist():
        votes.remove(position)
    for position in kept.tolist():
        fresh.append(position, str(position % 7))
    assert votes.probabilities().tobytes() == fresh.probabilities().tobytes()


def test_a_duplicate_of_a_labelled_item_goes_with_it(metric):
    pool = prepare([[1.0, 0.1], [0.9, 0.4], [1.0, 0.1], [1.0, 0.1]], 2, metric)
    votes = DirectVotes(metric, neighbours=1)
    votes.grow(pool)
    votes.append(1, "far")
    votes.append(2, "copy")
    assert votes.probabilities(np.array([0, 3])).tolist() == [[1.0, 0.0]] * 2
    votes.append(0, "of equals, the smaller position")
    assert votes.classes[2] == "of equals, the smaller position"
    assert votes.probabilities(np.array([2, 3])).tolist() == [[0.0, 0.0, 1.0]] * 2


def test_opposite_vectors_still_vote_a_little():
    votes = DirectVotes(Metric.COSINE)
    votes.grow(prepare([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], 2, Metric.COSINE))
    votes.append(1, "opposite")
    assert votes.probabilities(np.array([0])).tolist() == [[1.0]]
    votes.append(2, "right angle")
    assert votes.probabilities(np.array([0])).tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize("weighting", Weighting)
def test_voters_explain_the_prediction(cloud, metric, weighting):
    votes = DirectVotes(metric, 4, weighting)
    votes.grow(cloud(30, 5))
    for position in range(20):
        votes.append(position, "ab"[position % 2])
    query = cloud(1, 5, seed=3)
    voters = votes.voters(query[0])
    assert len(voters) == 4
    assert [vote.weight for vote in voters] == sorted((vote.weight for vote in voters), reverse=True)
    assert sum(vote.weight for vote in voters) == pytest.approx(1)
    for_a = sum(vote.weight for vote in voters if vote.label == "a")
    assert votes.predict(query)[0, 0] == pytest.approx(for_a)
    similarity = similarity_to(cloud(30, 5), query[0], metric)
    first = voters[0]
    assert first == Vote(first.position, "ab"[first.position % 2], similarity[first.position], first.weight)
    assert first.similarity == similarity[:20].max()


def test_many_at_once_are_taken_all_or_none(cloud, metric):
    votes = DirectVotes(metric)
    votes.grow(cloud(12, 4))
    votes.append(3, "cat")
    for wrong in ({4: "dog", 3: "dog"}, {4: "dog", 12: "dog"}):
        with pytest.raises(ValueError, match="position"):
            votes.extend(wrong)
    assert votes.labelled == {3: "cat"}
    assert votes.probabilities().tolist() == [[1.0]] * 12


def test_at_least_one_must_vote(metric):
    with pytest.raises(ValueError, match="at least 1"):
        DirectVotes(metric, neighbours=0)
