"""Examples, labelled vectors that are not in the pool: against brute force, and gone without a trace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.spread_votes import ITEMS, blended_with, clustered, dense_spread, diffused_with, graph_of
from vicinal.core.graph import MASS_UNIT, RESIDUAL_CUT, Spread, Spreader, pool_graph
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.core.similarity import prepare, similarity_to
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector, Vote
from vicinal.core.votes.mass import VoteMass
from vicinal.core.votes.ridge_head import LinearHead, fit_reduction
from vicinal.core.votes.uncertainty_pass import PoolFeatures
from vicinal.records.pool_options import Metric

VECTORS = clustered(8, seed=7)
LABELS = {3: "b", 17: "a", 40: "c", 41: "a", 5: "b", 20: "c"}


def example(row: int, label: str) -> LabelledVector:
    return LabelledVector(f"x{row}", VECTORS[row], label)


def direct_with(pool: np.ndarray, labels: dict[int, str]) -> DirectVotes:
    votes = DirectVotes(Metric.COSINE, neighbours=4)
    votes.grow(pool)
    votes.extend(labels)
    return votes


def grown(votes, pool: np.ndarray):
    votes.grow(*([pool] if isinstance(votes, DirectVotes) else [pool, Spreader(graph_of(pool))]))
    return votes


every_model = pytest.mark.parametrize("make", [direct_with, diffused_with, blended_with])


@pytest.mark.parametrize("at_once", [1, 12])
@pytest.mark.parametrize("grid", [False, True])
def test_direct_examples_are_neighbours_behind_all_items_as_near(cloud, metric, grid, at_once):
    """The same as a pool whose last rows are the examples, in the order of their keys."""
    pool, vectors = cloud(50, 3, grid=grid), cloud(12, 3, seed=4, grid=grid)
    keys = [f"key {(7 * row) % 12:02d}" for row in range(12)]
    votes = DirectVotes(metric, neighbours=4)
    votes.grow(pool)
    labels = {position: "abc"[position % 3] for position in range(0, 50, 7)}
    votes.extend(labels)
    examples = [LabelledVector(key, vectors[row], "bcd"[row % 3]) for row, key in enumerate(keys)]
    for start in range(0, 12, at_once):
        votes.append_examples(examples[start : start + at_once])
    ordered = sorted(examples, key=lambda each: each.key)
    whole = DirectVotes(metric, neighbours=4)
    whole.grow(np.concatenate([pool, np.stack([each.vector for each in ordered])]))
    whole.extend(labels | {50 + row: each.label for row, each in enumerate(ordered)})
    assert votes.classes == whole.classes == ("a", "b", "c", "d")
    np.testing.assert_array_equal(votes.probabilities(), whole.probabilities(np.arange(50)))
    queries = cloud(20, 3, seed=9, grid=grid)
    np.testing.assert_array_equal(votes.predict(queries), whole.predict(queries))
    for query in queries:
        named = [(vote.position, vote.example, vote.label, vote.weight) for vote in votes.voters(query)]
        expected = [
            (vote.position, "", vote.label, vote.weight)
            if vote.position < 50
            else (None, ordered[vote.position - 50].key, vote.label, vote.weight)
            for vote in whole.voters(query)
        ]
        assert named == expected


def test_a_diffused_example_votes_as_its_nearest_items_in_parts_of_their_weights():
    """As far as the cut allows, which is the same as for a vote at one item."""
    pool = clustered()
    votes, whole = diffused_with(pool, LABELS), dense_spread(pool)
    votes.append_examples([example(0, "d")])
    similar = similarity_to(pool, VECTORS[0], Metric.COSINE).astype(np.float64)
    near = sorted(range(ITEMS), key=lambda position: (-similar[position], position))[:10]
    weights = np.exp(similar[near] / 0.1)
    expected = whole[:, near] @ (weights / weights.sum())
    slot = votes.labels.slot("x0")
    found = votes.mass.at(np.array([slot]), np.arange(ITEMS))[0] / MASS_UNIT
    allowance = whole.sum(axis=1) * RESIDUAL_CUT
    assert (found <= expected + 1e-5).all()
    assert (found >= expected - allowance - 1e-5).all()
    assert found.sum() > 0.3


def test_a_vote_that_begins_at_one_item_is_that_items():
    spreader = Spreader(graph_of(clustered()))
    one, other = spreader.spread(7), spreader.spread_from(np.array([7]), np.ones(1))
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.mass, other.mass)


def test_the_blend_weighs_examples_as_labels_that_were_left_out():
    """The same weight as by models that never saw the one to be predicted."""
    pool, examples = clustered(), [example(0, "b"), example(1, "a"), example(2, "d")]
    votes = blended_with(pool, LABELS)
    votes.append_examples(examples)
    classes = votes.classes
    features, errors = PoolFeatures(fit_reduction(pool)), np.zeros(2)
    for left_out in [*LABELS, *examples]:
        labels = {at: label for at, label in LABELS.items() if at != left_out}
        others = [each for each in examples if each is not left_out]
        rest = diffused_with(pool, labels)
        rest.append_examples(others)
        is_item = isinstance(left_out, int)
        query = pool[left_out] if is_item else left_out.vector
        target = np.array([name == (LABELS[left_out] if is_item else left_out.label) for name in classes])
        spread = rest.probabilities(np.array([left_out])) if is_item else rest.predict(query[np.newaxis])
        # The head and unreached items must know all classes, those whose only label is left out too.
        if len(rest.classes) < len(classes):
            wide = np.zeros(len(classes))
            wide[[classes.index(name) for name in rest.classes]] = spread[0]
            spread = wide[np.newaxis]
        voters = [(pool[at], label) for at, label in labels.items()]
        voters += [(each.vector, each.label) for each in others]
        fit = _head_of(voters, features, classes).fit(np.arange(len(classes)))
        head = fit.probabilities(features.of_vectors(query[np.newaxis]))
        errors += ((head[:, 0] - target) ** 2).sum(), ((spread[0] - target) ** 2).sum()
    head_error, spread_error = errors
    weight = (1 + spread_error) ** 4 / ((1 + spread_error) ** 4 + (1 + head_error) ** 4)
    assert votes.head_weight == pytest.approx(weight, rel=1e-3)


def _head_of(voters, features: PoolFeatures, classes) -> LinearHead:
    """A head that has taken in vectors with their labels, with a slot for each class."""
    head = LinearHead(features.width)
    for vector, label in voters:
        head.append(features.of_vectors(vector[np.newaxis])[0], classes.index(label))
    return head


@every_model
def test_an_example_moves_what_is_near_it_to_its_class(make):
    pool = clustered()
    votes, before = make(pool, LABELS), make(pool, LABELS)
    near = int(similarity_to(pool, VECTORS[0], Metric.COSINE).argmax())
    votes.append_examples([example(0, "a")])
    assert votes.probabilities(np.array([near]))[0, 0] > before.probabilities(np.array([near]))[0, 0]
    assert votes.predict(VECTORS[:1])[0, 0] > before.predict(VECTORS[:1])[0, 0]
    told = [vote for vote in votes.voters(VECTORS[0]) if vote.example]
    similarity = float(similarity_to(VECTORS[:1], VECTORS[0], Metric.COSINE)[0])
    assert told == [Vote(None, "a", similarity, told[0].weight, "x0")]
    assert sum(vote.weight for vote in votes.voters(VECTORS[0])) == pytest.approx(1)


@every_model
@pytest.mark.parametrize("measure", Uncertainty)
def test_uncertainty_knows_examples(make, measure):
    votes = make(clustered(), {3: "b"})
    votes.append_examples([example(0, "a"), example(1, "c")])
    expected = uncertainty(votes.probabilities(), measure)
    np.testing.assert_allclose(votes.uncertainty(measure), expected, atol=1e-6)
    assert expected.any()


changes = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", "c", ""])),
        st.tuples(st.integers(0, 7).map("x{}".format), st.sampled_from(["a", "b", "d", ""])),
        st.just("grow"),
    ),
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(changes)
@every_model
def test_votes_are_as_if_examples_taken_back_had_never_been(make, history):
    whole = clustered(40, seed=3)
    rows, worn, stand = 20, make(whole[:20], {}), {}
    for change in history:
        if change == "grow":
            rows = min(rows + 9, 40)
            grown(worn, whole[:rows])
            continue
        voter, label = change
        if voter in stand:
            worn.remove(voter) if isinstance(voter, int) else worn.remove_example(voter)
            del stand[voter]
        if label:
            stand[voter] = label
            is_item = isinstance(voter, int)
            worn.append(voter, label) if is_item else worn.append_examples([example(int(voter[1]), label)])
    fresh = make(whole[:rows], {voter: label for voter, label in stand.items() if isinstance(voter, int)})
    kept = {voter: label for voter, label in stand.items() if isinstance(voter, str)}
    fresh.append_examples([example(int(key[1]), kept[key]) for key in sorted(kept, reverse=True)])
    outside = clustered(4, seed=5)
    assert worn.classes == fresh.classes
    assert worn.examples == kept
    assert worn.probabilities().tobytes() == fresh.probabilities().tobytes()
    assert worn.predict(outside).tobytes() == fresh.predict(outside).tobytes()
    assert worn.uncertainty(Uncertainty.MARGIN).tobytes() == fresh.uncertainty(Uncertainty.MARGIN).tobytes()
    assert worn.voters(outside[0]) == fresh.voters(outside[0])


def test_the_head_is_made_anew_as_the_last_block_of_features_fills_up():
    """With more than 64 dimensions, features of a few rows at a time differ in their last bits."""
    pool = np.random.default_rng(1).normal(size=(1064, 512))
    pool = prepare(pool, 512, Metric.COSINE)
    vector = prepare(pool[:1] + pool[1:2], 512, Metric.COSINE)[0]

    def no_graph(rows: int) -> Spreader:
        return Spreader(pool_graph(np.full((rows, 1), -1), np.full((rows, 1), -np.inf, dtype=np.float32)))

    def label(votes: BlendedVotes) -> BlendedVotes:
        for position in range(1016, 1028):
            votes.append(position, "ab"[position % 2])
        votes.append_examples([LabelledVector("x", vector, "b")])
        return votes

    worn, fresh = BlendedVotes(Metric.COSINE), BlendedVotes(Metric.COSINE)
    worn.grow(pool[:1028], no_graph(1028))
    label(worn).grow(pool, no_graph(1064))
    fresh.grow(pool, no_graph(1064))
    label(fresh)
    assert worn.predict(pool[:9]).tobytes() == fresh.predict(pool[:9]).tobytes()
    for votes in (worn, fresh):
        votes.remove_example("x")
        for position in range(1016, 1027):
            votes.remove(position)
    assert worn.predict(pool[:9]).tobytes() == fresh.predict(pool[:9]).tobytes()


@every_model
def test_a_taken_key_is_refused_and_nothing_added(make):
    votes = make(clustered(), {3: "a"})
    votes.append_examples([example(0, "b")])
    before = votes.probabilities()
    for wrong in ([example(1, "c"), example(0, "b")], [example(1, "c"), example(1, "c")]):
        with pytest.raises(ValueError, match="votes already"):
            votes.append_examples(wrong)
    with pytest.raises(ValueError, match="no example 'x1'"):
        votes.remove_example("x1")
    assert votes.examples == {"x0": "b"}
    np.testing.assert_array_equal(votes.probabilities(), before)


@pytest.mark.parametrize("model", [DirectVotes, DiffusedVotes, BlendedVotes])
def test_examples_may_come_before_the_pool(model):
    pool, early = clustered(), model(Metric.COSINE)
    early.append_examples([example(0, "a"), example(1, "b")])
    grown(early, pool)
    late = grown(model(Metric.COSINE), pool)
    late.append_examples([example(1, "b"), example(0, "a")])
    assert early.probabilities().tobytes() == late.probabilities().tobytes()
    early.remove_example("x0")
    assert early.classes == ("b",)
    assert early.probabilities().tolist() == [[1.0]] * ITEMS


@pytest.mark.slow
def test_any_number_of_examples_may_crowd_around_a_few_items():
    """Two items that know only each other keep half of each vote: 32 bits hold some thousand."""
    pool = prepare([[1.0, 0.0], [1.0, 0.001]], 2, Metric.COSINE)
    votes = DiffusedVotes(Metric.COSINE)
    votes.grow(pool, Spreader(pool_graph(np.array([[1], [0]]), np.ones((2, 1), dtype=np.float32))))
    votes.append(0, "item")
    alone = votes.probabilities()
    crowd = [LabelledVector(f"{row:04d}", pool[row % 2], "ab"[row % 3 == 0]) for row in range(1500)]
    votes.append_examples(crowd)
    by_class = votes.mass.at(votes.labels.slots, np.arange(2))
    assert votes.mass.total.min() > np.iinfo(np.int32).max
    np.testing.assert_array_equal(votes.mass.total, by_class.sum(axis=0))
    np.testing.assert_allclose(votes.probabilities().sum(axis=1), 1)
    margin = uncertainty(votes.probabilities(), Uncertainty.MARGIN)
    np.testing.assert_allclose(votes.uncertainty(Uncertainty.MARGIN), margin, atol=1e-6)
    for each in crowd:
        votes.remove_example(each.key)
    np.testing.assert_array_equal(votes.probabilities(), alone)


@pytest.mark.parametrize("dense_entries", [0, 100])
def test_wide_mass_without_a_matrix(dense_entries):
    mass = VoteMass(2, dense_entries)
    spread = Spread(np.array([0, 1]), np.array([MASS_UNIT, MASS_UNIT // 2]))
    for row in range(600):
        mass.add(f"x{row}", row % 2, spread)
    assert mass.at(np.array([0, 1]), np.array([0, 1])).tolist() == [[300 * MASS_UNIT, 150 * MASS_UNIT]] * 2
    by_class = mass.by_class(np.array([0, 1]))
    assert by_class.total.tolist() == [600 * MASS_UNIT, 300 * MASS_UNIT]
    assert (
        by_class.dense.size or by_class.entries[2].tolist() == [300 * MASS_UNIT] * 2 + [150 * MASS_UNIT] * 2
    )
