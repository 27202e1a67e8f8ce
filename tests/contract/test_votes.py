"""What every vote model must do. A new model joins `MODELS`."""

import numpy as np
import pytest

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.graph import Spreader, pool_graph
from vicinal.core.similarity import prepare
from vicinal.core.votes import BlendedVotes, DiffusedVotes, DirectVotes, LabelledVector
from vicinal.records.pool_options import Metric, Weighting


class OverGraph:
    """A model that spreads votes, told of the pool's graph whenever the pool grows."""

    def __init__(self, metric: Metric, model: DiffusedVotes | BlendedVotes) -> None:
        self._neighbourhoods = ReferenceNeighbourhoods(metric, 5)
        self._model = model

    def grow(self, pool) -> None:
        self._neighbourhoods.grow(pool)
        near = self._neighbourhoods.neighbours
        self._model.grow(pool, Spreader(pool_graph(near.keys, near.similarities)))

    def __getattr__(self, name: str):
        return getattr(self._model, name)


MODELS = {
    "direct": lambda metric: DirectVotes(metric, neighbours=3),
    "direct, one neighbour": lambda metric: DirectVotes(metric, neighbours=1),
    "direct, uniform": lambda metric: DirectVotes(metric, neighbours=3, weighting=Weighting.UNIFORM),
    "diffused": lambda metric: OverGraph(metric, DiffusedVotes(metric)),
    "blended": lambda metric: OverGraph(metric, BlendedVotes(metric)),
}


@pytest.fixture(params=list(Metric))
def metric(request):
    return request.param


@pytest.fixture
def cloud(metric):
    def make(count, dimension, seed=0):
        return prepare(np.random.default_rng(seed).standard_normal((count, dimension)), dimension, metric)

    return make


@pytest.fixture(params=MODELS)
def empty_votes(request, metric):
    return MODELS[request.param](metric)


@pytest.fixture
def votes(empty_votes, cloud):
    empty_votes.grow(cloud(12, 4))
    return empty_votes


def test_probabilities_sum_to_one_and_come_in_the_order_of_classes(votes, cloud):
    for position, label in {3: "dog", 7: "cat", 8: "dog", 1: "ant"}.items():
        votes.append(position, label)
    assert votes.classes == ("ant", "cat", "dog")
    assert votes.labelled == {3: "dog", 7: "cat", 8: "dog", 1: "ant"}
    for probabilities in (
        votes.probabilities(),
        votes.probabilities(np.array([2, 5])),
        votes.predict(cloud(9, 4, seed=2)),
    ):
        assert probabilities.dtype == np.float64
        assert probabilities.shape[1] == 3
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    for position in (3, 8, 1):
        votes.relabel(position, "cat")
    votes.append(2, "bee")
    assert votes.classes == ("bee", "cat")
    of_bee, of_cat = votes.probabilities().sum(axis=0)
    assert of_bee < of_cat


def test_what_came_and_went_leaves_no_trace(empty_votes, cloud):
    votes = empty_votes
    pool = cloud(40, 4)
    votes.grow(pool[:20])
    for position in range(15):
        votes.append(position, "abc"[position % 3])
    before, predicted = votes.probabilities(), votes.predict(cloud(9, 4, seed=2))
    votes.append(17, "aa")
    votes.append(18, "b")
    votes.relabel(3, "aa")
    votes.remove(18)
    votes.relabel(3, "a")
    votes.remove(17)
    assert votes.classes == ("a", "b", "c")
    assert votes.probabilities().tobytes() == before.tobytes()
    assert votes.predict(cloud(9, 4, seed=2)).tobytes() == predicted.tobytes()


def test_voters_weigh_one_together_heaviest_first(votes, cloud):
    for position in range(6):
        votes.append(position, "ab"[position % 2])
    voters = votes.voters(cloud(1, 4, seed=2)[0])
    weights = [vote.weight for vote in voters]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert all(votes.labelled[vote.position] == vote.label for vote in voters)


def test_without_labels(votes, cloud):
    assert votes.classes == ()
    assert votes.probabilities().shape == (12, 0)
    assert votes.probabilities(np.array([1, 2])).shape == (2, 0)
    assert votes.predict(cloud(3, 4)).shape == (3, 0)
    assert votes.voters(cloud(1, 4)[0]) == []


def test_the_last_label_leaves_nothing_behind(votes):
    votes.append(3, "cat")
    votes.remove(3)
    test_without_labels(votes, lambda rows, columns: np.ones((rows, columns), dtype=np.float32))


def test_one_class_has_every_share(votes, cloud):
    votes.append(3, "cat")
    votes.append(4, "cat")
    assert votes.probabilities().tolist() == [[1.0]] * 12
    assert votes.predict(cloud(3, 4, seed=5)).tolist() == [[1.0]] * 3


def test_examples_vote_and_leave_no_trace(votes, cloud):
    votes.append(3, "cat")
    votes.append(4, "dog")
    before, queries = votes.probabilities(), cloud(9, 4, seed=2)
    predicted = votes.predict(queries)
    examples = [
        LabelledVector(f"x{row}", vector, "ac"[row % 2]) for row, vector in enumerate(cloud(4, 4, seed=3))
    ]
    votes.append_examples(examples)
    assert votes.classes == ("a", "c", "cat", "dog")
    assert votes.labelled == {3: "cat", 4: "dog"}
    assert votes.examples == {"x0": "a", "x1": "c", "x2": "a", "x3": "c"}
    for probabilities in (votes.probabilities(), votes.predict(queries)):
        np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert not np.array_equal(votes.predict(queries)[:, 2:], predicted)
    told = votes.voters(examples[0].vector)
    assert {vote.label for vote in told if vote.example == "x0"} == {"a"}
    assert all((vote.position is None) == bool(vote.example) for vote in told)
    for key in ("x2", "x0", "x3", "x1"):
        votes.remove_example(key)
    assert votes.classes == ("cat", "dog")
    assert votes.probabilities().tobytes() == before.tobytes()
    assert votes.predict(queries).tobytes() == predicted.tobytes()


def test_wrong_examples_change_nothing(votes, cloud):
    kept, other = (
        LabelledVector(key, vector, "cat") for key, vector in zip("ab", cloud(2, 4, seed=3), strict=True)
    )
    votes.append_examples([kept])
    for wrong in (
        lambda: votes.append_examples([other, kept]),
        lambda: votes.append_examples([other, other]),
        lambda: votes.remove_example("b"),
    ):
        with pytest.raises(ValueError, match="example"):
            wrong()
    assert votes.examples == {"a": "cat"}
    votes.append_examples([other])
    assert votes.examples == {"a": "cat", "b": "cat"}


def test_an_empty_pool_may_grow_later(empty_votes, cloud):
    votes = empty_votes
    votes.grow(np.zeros((0, 4), dtype=np.float32))
    assert votes.probabilities().shape == (0, 0)
    votes.grow(cloud(1, 4))
    votes.append(0, "cat")
    assert votes.probabilities().tolist() == [[1.0]]


def test_wrong_calls_change_nothing(votes):
    votes.append(3, "cat")
    before = votes.probabilities()
    for wrong in (
        lambda: votes.append(3, "dog"),
        lambda: votes.append(12, "dog"),
        lambda: votes.append(-1, "dog"),
        lambda: votes.remove(4),
        lambda: votes.relabel(4, "dog"),
    ):
        with pytest.raises(ValueError, match="position"):
            wrong()
    assert votes.classes == ("cat",)
    assert votes.labelled == {3: "cat"}
    assert np.array_equal(votes.probabilities(), before)


def test_probabilities_are_the_callers_own(votes):
    votes.append(3, "cat")
    votes.probabilities()[:] = 7
    votes.probabilities(np.arange(12))[:] = 7
    assert votes.probabilities().tolist() == [[1.0]] * 12


def test_asking_again_of_the_same_vectors_tells_of_the_labels_since(empty_votes, metric, request, cloud):
    """Some models remember where the vectors lie that were asked about last: that must never show."""
    pool, outside = cloud(14, 4), cloud(6, 4, seed=9)
    empty_votes.grow(pool[:10])
    for position in range(4):
        empty_votes.append(position, "ab"[position % 2])
        empty_votes.predict(outside)
    empty_votes.predict(outside[:3])
    empty_votes.grow(pool)
    empty_votes.append(12, "c")
    fresh = MODELS[request.node.callspec.params["empty_votes"]](metric)
    fresh.grow(pool)
    for position, label in {0: "a", 1: "b", 2: "a", 3: "b", 12: "c"}.items():
        fresh.append(position, label)
    np.testing.assert_array_equal(empty_votes.predict(outside), fresh.predict(outside))
    np.testing.assert_array_equal(empty_votes.predict(outside[::-1]), fresh.predict(outside)[::-1])
