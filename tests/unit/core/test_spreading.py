"""The graph, diffused votes, the head and the blend, each against a dense computation of its formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.spread_votes import (
    ITEMS,
    blended_with,
    clustered,
    dense_graph,
    dense_spread,
    diffused_with,
    graph_of,
)
from vicinal.core.graph import DAMPING, MASS_UNIT, RESIDUAL_CUT, PoolGraph, Spreader, pool_graph
from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty
from vicinal.core.votes.mass import VoteMass
from vicinal.core.votes.propagation import DiffusedVotes
from vicinal.core.votes.ridge_head import (
    DIRECTIONS,
    RIDGE,
    LinearHead,
    fit_reduction,
    rounded_features,
    rows_to_fit,
)
from vicinal.records.pool_options import Metric


def test_graph_is_the_formula() -> None:
    pool = clustered()
    graph = graph_of(pool)
    affinity, transition = dense_graph(pool)
    np.testing.assert_allclose(graph.affinity.toarray(), affinity, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(graph.transition.toarray(), transition, rtol=1e-4, atol=1e-6)


def test_items_without_neighbours_keep_their_vote() -> None:
    graph = pool_graph(np.full((3, 2), -1), np.full((3, 2), -np.inf, dtype=np.float32))
    spread = Spreader(graph).spread(1)
    assert spread.positions.tolist() == [1]
    assert spread.mass[0] == round((1 - DAMPING) * MASS_UNIT)


def test_spread_falls_short_of_the_whole_by_no_more_than_the_cut_allows() -> None:
    pool = clustered()
    spreader, whole = Spreader(graph_of(pool)), dense_spread(pool)
    for position in range(0, ITEMS, 7):
        spread = spreader.spread(position)
        found = np.zeros(ITEMS)
        found[spread.positions] = spread.mass / MASS_UNIT
        # What was cut at each node, below RESIDUAL_CUT, would have spread as a vote of that size there.
        allowance = whole.sum(axis=1) * RESIDUAL_CUT
        assert (found <= whole[:, position] + 1e-5).all()
        assert (found >= whole[:, position] - allowance - 1e-5).all()


@pytest.mark.slow
def test_spread_is_that_of_a_plain_queue_to_the_last_bit() -> None:
    graph = graph_of(clustered())
    spreader = Spreader(graph)
    for position in range(0, ITEMS, 3):
        mass = spread_by_a_plain_queue(graph, {position: 1.0, (position + 1) % ITEMS: 0.25})
        both = np.array([position, (position + 1) % ITEMS])
        spread = spreader.spread_from(both, np.array([1.0, 0.25]))
        assert dict(zip(spread.positions.tolist(), spread.mass.tolist(), strict=True)) == mass
        assert (np.diff(spread.positions) > 0).all()


def spread_by_a_plain_queue(graph: PoolGraph, weights: dict[int, float]) -> dict[int, int]:
    """Mass by position, nothing kept from one spread to the next."""
    transition = graph.transition
    residual, settled = dict(weights), dict.fromkeys(range(len(graph)), 0.0)
    queue = list(weights)
    while queue:
        node = queue.pop(0)
        amount, residual[node] = residual[node], 0.0
        settled[node] += (1.0 - DAMPING) * amount
        edges = slice(transition.indptr[node], transition.indptr[node + 1])
        for target, share in zip(transition.indices[edges].tolist(), transition.data[edges], strict=True):
            residual[target] = residual.get(target, 0.0) + DAMPING * amount * float(share)
            if residual[target] >= RESIDUAL_CUT and target not in queue:
                queue.append(target)
    mass = {node: round(of_node * MASS_UNIT) for node, of_node in settled.items()}
    return {node: units for node, units in mass.items() if units > 0}


def test_spread_does_not_depend_on_what_was_spread_before() -> None:
    graph = graph_of(clustered())
    used, fresh = Spreader(graph), Spreader(graph)
    for position in range(10):
        used.spread(position)
    one, other = used.spread(30), fresh.spread(30)
    np.testing.assert_array_equal(one.positions, other.positions)
    np.testing.assert_array_equal(one.mass, other.mass)


def test_diffused_probabilities_are_the_formula_up_to_the_cut() -> None:
    pool = clustered()
    labels = {3: "b", 17: "a", 40: "c", 41: "a"}
    votes, whole = diffused_with(pool, labels), dense_spread(pool)
    mass = np.stack(
        [sum(whole[:, at] for at, label in labels.items() if label == name) for name in "abc"], axis=1
    )
    expected = mass / mass.sum(axis=1, keepdims=True)
    assert votes.classes == ("a", "b", "c")
    reached = votes.evidence() > 0.02
    assert reached.sum() > 10
    np.testing.assert_allclose(votes.probabilities()[reached], expected[reached], atol=0.12)
    np.testing.assert_allclose(votes.probabilities().sum(axis=1), 1)


def test_an_item_no_vote_has_reached_has_equal_probabilities() -> None:
    pool = np.float32([[1, 0], [0.99, 0.14], [0, 1], [0.14, 0.99]])
    keys = np.array([[1], [0], [3], [2]])
    votes = DiffusedVotes(Metric.COSINE)
    votes.grow(pool, Spreader(pool_graph(keys, np.full((4, 1), 0.99, dtype=np.float32))))
    votes.append(0, "a")
    votes.append(1, "b")
    np.testing.assert_array_equal(votes.probabilities(np.array([2])), [[0.5, 0.5]])
    assert votes.evidence(np.array([2])) == 0


def test_outside_vectors_take_the_probabilities_of_their_neighbourhood() -> None:
    pool = clustered()
    votes = diffused_with(pool, {3: "b", 17: "a", 40: "c"})
    outside = clustered(5, seed=1)
    similar = outside @ pool.T
    for row, of_row in enumerate(similar):
        near = np.argsort(-of_row)[:10]
        weights = np.exp(of_row[near] / 0.1)
        expected = weights @ votes.probabilities()[near] / weights.sum()
        np.testing.assert_allclose(votes.predict(outside)[row], expected, rtol=1e-4)


def test_voters_are_those_whose_mass_arrives() -> None:
    pool = clustered()
    votes = diffused_with(pool, {3: "b", 17: "a", 40: "c"})
    told = votes.voters(pool[17])
    assert told[0].position == 17
    assert told[0].label == "a"
    assert sum(vote.weight for vote in told) == pytest.approx(1)


def test_head_is_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20, 5)).astype(np.float32) / 4
    slots = rng.integers(0, 3, 20)
    head = LinearHead(5)
    for row, slot in zip(features, slots, strict=True):
        head.append(row, int(slot))
    exact = rounded_features(features)
    centred = np.eye(3)[slots] - 1 / 3
    expected = np.linalg.solve(RIDGE * np.eye(5) + exact.T @ exact, exact.T @ centred)
    np.testing.assert_allclose(head.fit(np.arange(3)).weights, expected, atol=1e-10)


def test_left_out_probabilities_are_those_of_a_head_that_never_saw_the_item() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(12, 4)).astype(np.float32) / 4
    slots = np.array([0, 1, 2] * 4)
    exact, targets = rounded_features(features), np.eye(3)[slots]
    whole = LinearHead(4)
    for row, slot in zip(features, slots, strict=True):
        whole.append(row, int(slot))
    left_out = whole.fit(np.arange(3)).leave_one_out_probabilities(exact, targets)
    for item in range(12):
        others = LinearHead(4)
        for row in np.delete(np.arange(12), item):
            others.append(features[row], int(slots[row]))
        # The targets' centre stays 1/C: classes are those of the whole.
        expected = others.fit(np.arange(3)).probabilities(exact[item : item + 1].astype(np.float32))
        np.testing.assert_allclose(left_out[:, item], expected[:, 0], atol=1e-5)


def test_head_sums_are_exact_over_thousands_of_appends_and_removals() -> None:
    rng = np.random.default_rng(2)
    features = rng.normal(size=(3000, 16)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    slots = rng.integers(0, 4, 3000)
    worn, fresh = LinearHead(16), LinearHead(16)
    for row in rng.permutation(3000):
        worn.append(features[row], int(slots[row]))
    gone, kept = np.split(rng.permutation(3000), [2990])
    for row in gone:
        worn.remove(features[row], int(slots[row]))
    for row in np.sort(kept):
        fresh.append(features[row], int(slots[row]))
    # The weights follow from the sums alone, so that they are the same to the last bit.
    worn_fit, fresh_fit = worn.fit(np.arange(4)), fresh.fit(np.arange(4))
    np.testing.assert_array_equal(worn_fit.inverse, fresh_fit.inverse)
    np.testing.assert_array_equal(worn_fit.weights, fresh_fit.weights)


def test_reduction_depends_on_the_pools_first_rows_alone() -> None:
    rng = np.random.default_rng(0)
    pool = rng.normal(size=(700, 300)).astype(np.float32)
    one, other = fit_reduction(pool), fit_reduction(pool[:600])
    assert rows_to_fit(700) == rows_to_fit(600) == 512
    np.testing.assert_array_equal(one.directions, other.directions)
    assert one.directions.shape == (300, DIRECTIONS)
    np.testing.assert_allclose(one.directions.T @ one.directions, np.eye(DIRECTIONS), atol=1e-4)


def test_blend_is_the_formula() -> None:
    pool = clustered()
    labels = {3: "b", 17: "a", 40: "c", 41: "a", 5: "b", 20: "c"}
    votes = blended_with(pool, labels)
    reduction = fit_reduction(pool)
    features = rounded_features(reduction.features(pool))
    positions = sorted(labels)
    targets = np.array([[labels[at] == name for name in "abc"] for at in positions], dtype=float)

    def head_probabilities(rows: list[int], queries: np.ndarray) -> np.ndarray:
        phi, y = features[[positions[row] for row in rows]], targets[rows] - 1 / 3
        weights = np.linalg.solve(RIDGE * np.eye(phi.shape[1]) + phi.T @ phi, phi.T @ y)
        lifted = np.maximum(1 / 3 + queries @ weights, 0) + 1e-6
        return lifted / lifted.sum(axis=1, keepdims=True)

    head_error = spread_error = 0.0
    for row, at in enumerate(positions):
        others = [other for other in range(len(positions)) if other != row]
        head_error += ((head_probabilities(others, features[at : at + 1])[0] - targets[row]) ** 2).sum()
        rest = diffused_with(pool, {p: labels[p] for p in positions if p != at})
        given = dict(zip(rest.classes, rest.probabilities(np.array([at]))[0], strict=True))
        probabilities = np.array([given.get(name, 0.0) for name in "abc"])
        if rest.evidence(np.array([at]))[0] == 0:
            probabilities[:] = 1 / 3
        spread_error += ((probabilities - targets[row]) ** 2).sum()
    weight = (1 + spread_error) ** 4 / ((1 + spread_error) ** 4 + (1 + head_error) ** 4)
    assert votes.head_weight == pytest.approx(weight, rel=1e-4)
    every = list(range(len(positions)))
    expected = (1 - weight) * diffused_with(pool, labels).probabilities() + weight * head_probabilities(
        every, features
    )
    np.testing.assert_allclose(votes.probabilities(), expected, atol=1e-4)


changes = st.lists(st.tuples(st.integers(0, 14), st.sampled_from(["a", "b", "c", ""])), max_size=25)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(changes)
@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_votes_are_as_if_what_was_taken_back_had_never_been(make, history: list[tuple[int, str]]) -> None:
    pool = clustered(30, seed=3)
    worn, labels = make(pool, {}), {}
    for position, label in history:
        if label and position in labels:
            worn.relabel(position, label)
        elif label:
            worn.append(position, label)
        elif position in labels:
            worn.remove(position)
        labels.pop(position, None)
        if label:
            labels[position] = label
    fresh = make(pool, dict(sorted(labels.items())))
    outside = clustered(4, seed=5)
    assert worn.classes == fresh.classes
    np.testing.assert_array_equal(worn.probabilities(), fresh.probabilities())
    np.testing.assert_array_equal(worn.predict(outside), fresh.predict(outside))


@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_votes_in_a_grown_pool_are_those_of_one_that_was_always_so(make) -> None:
    pool = clustered()
    grown = make(pool[:40], {3: "b", 17: "a"})
    grown.grow(pool, Spreader(graph_of(pool)))
    np.testing.assert_array_equal(grown.probabilities(), make(pool, {3: "b", 17: "a"}).probabilities())


@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_no_label_gives_no_classes(make) -> None:
    votes = make(clustered(), {})
    assert votes.probabilities().shape == (ITEMS, 0)
    assert votes.predict(clustered(3, seed=1)).shape == (3, 0)
    assert votes.voters(clustered()[0]) == []


@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_one_class_is_certain(make) -> None:
    votes = make(clustered(), {3: "only"})
    np.testing.assert_allclose(votes.probabilities(), np.ones((ITEMS, 1)))


@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_wrong_positions_are_refused(make) -> None:
    votes = make(clustered(), {3: "a"})
    for wrong in (lambda: votes.append(3, "a"), lambda: votes.append(99, "a"), lambda: votes.remove(4)):
        with pytest.raises(ValueError, match="position"):
            wrong()


@pytest.mark.parametrize("measure", Uncertainty)
@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_uncertainty_is_that_of_the_probabilities(make, measure) -> None:
    votes = make(clustered(), {3: "b", 17: "a", 40: "c", 41: "a", 5: "b", 20: "c"})
    np.testing.assert_allclose(
        votes.uncertainty(measure), uncertainty(votes.probabilities(), measure), atol=1e-6
    )
    assert not make(clustered(), {3: "only"}).uncertainty(measure).any()
    assert not make(clustered(), {}).uncertainty(measure).any()


@pytest.mark.parametrize("make", [diffused_with, blended_with])
def test_many_classes_vote_without_a_matrix_of_them(make, monkeypatch) -> None:
    pool = clustered()
    labels = {position: f"class {position % 7}" for position in range(0, ITEMS, 3)}
    dense = make(pool, labels)
    monkeypatch.setattr(VoteMass.__init__, "__defaults__", (4 * ITEMS,))
    sparse = make(pool, labels)
    assert not getattr(sparse, "diffused", sparse).mass.by_class(np.arange(7)).dense.size
    for votes in (dense, sparse):
        votes.relabel(3, "class 0")
        votes.remove(6)
    assert sparse.classes == dense.classes
    np.testing.assert_array_equal(sparse.probabilities(), dense.probabilities())
    np.testing.assert_array_equal(sparse.predict(pool[:4] + 0.01), dense.predict(pool[:4] + 0.01))
    for measure in Uncertainty:
        np.testing.assert_array_equal(sparse.uncertainty(measure), dense.uncertainty(measure))
