"""One suite for every `VectorIndex`."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.ports import Neighbours, VectorIndex
from vicinal.core.similarity import Metric, prepare, similarity_to
from vicinal.index import FaissIndex, NumpyIndex

Make = Callable[[int, Metric], VectorIndex]


@pytest.fixture(params=[FaissIndex, NumpyIndex])
def make(request) -> Make:
    return request.param


@pytest.fixture(params=list(Metric))
def metric(request) -> Metric:
    return request.param


def vectors_of(rows: int, metric: Metric, seed: int = 0) -> Vectors:
    return prepare(np.random.default_rng(seed).standard_normal((rows, 40)), 40, metric)


def brute_force(held: dict[int, Vectors], queries: Vectors, count: int, metric: Metric) -> Neighbours:
    keys = np.full((len(queries), count), -1, dtype=np.int64)
    similarities = np.full((len(queries), count), -np.inf, dtype=np.float32)
    for row, query in enumerate(queries):
        near = [(-float(similarity_to(vector[None], query, metric)[0]), key) for key, vector in held.items()]
        for place, (negative, key) in enumerate(sorted(near)[:count]):
            keys[row, place], similarities[row, place] = key, -negative
    return Neighbours(keys, similarities)


def assert_same(found: Neighbours, expected: Neighbours) -> None:
    np.testing.assert_array_equal(found.similarities, expected.similarities)
    np.testing.assert_array_equal(found.keys, expected.keys)
    assert (found.keys.dtype, found.similarities.dtype) == (np.int64, np.float32)


def test_finds_the_nearest(make, metric):
    vectors, queries = vectors_of(300, metric), vectors_of(30, metric, seed=1)
    keys = np.random.default_rng(2).permutation(5000)[:300]
    index = make(40, metric)
    index.add(keys[:100], vectors[:100])
    index.add(keys[100:], vectors[100:])
    assert len(index) == 300
    held = dict(zip(keys.tolist(), vectors, strict=True))
    assert_same(index.search(queries, 12), brute_force(held, queries, 12, metric))


def test_forgets_what_was_removed(make, metric):
    vectors = vectors_of(60, metric)
    index = make(40, metric)
    index.add(np.arange(60), vectors)
    index.remove(np.array([59, 0, 31, 7]))
    held = {key: vectors[key] for key in range(60) if key not in (59, 0, 31, 7)}
    assert len(index) == 56
    assert_same(index.search(vectors, 9), brute_force(held, vectors, 9, metric))
    index.add(np.array([7]), vectors[:1])
    assert index.search(vectors[:1], 1).keys.tolist() == [[7]]


def test_ties_by_smaller_key(make, metric):
    index = make(40, metric)
    copies = np.repeat(vectors_of(1, metric), 50, axis=0)
    keys = np.random.default_rng(3).permutation(50)
    index.add(keys, copies)
    assert index.search(copies[:2], 4).keys.tolist() == [[0, 1, 2, 3]] * 2


def test_padded_where_there_are_fewer(make, metric):
    index = make(40, metric)
    empty = index.search(vectors_of(2, metric), 3)
    assert (empty.keys == -1).all()
    assert np.isneginf(empty.similarities).all()
    index.add(np.array([5]), vectors_of(1, metric))
    found = index.search(vectors_of(1, metric), 3)
    assert found.keys.tolist() == [[5, -1, -1]]
    assert np.isneginf(found.similarities[0, 1:]).all()
    assert index.search(vectors_of(0, metric), 3).keys.shape == (0, 3)


@pytest.mark.parametrize(
    ("keys", "shape", "field"),
    [
        ([1, 7], (2, 40), "keys[1]"),
        ([1, 1], (2, 40), "keys[1]"),
        ([-1, 2], (2, 40), "keys[0]"),
        ([1, 2], (3, 40), "keys"),
        ([1, 2], (2, 39), "vectors"),
        ([1, 2], (2,), "vectors"),
    ],
)
def test_bad_addition_changes_nothing(make, keys, shape, field):
    index = make(40, Metric.COSINE)
    held = vectors_of(1, Metric.COSINE)
    index.add(np.array([7]), held)
    with pytest.raises(InvalidInput) as raised:
        index.add(np.array(keys), np.ones(shape, dtype=np.float32))
    assert raised.value.violations[0].field == field
    assert len(index) == 1
    assert index.search(held, 2).keys.tolist() == [[7, -1]]


@pytest.mark.parametrize("keys", [[7, 8], [7, 7], [-1]])
def test_bad_removal_changes_nothing(make, keys):
    index = make(40, Metric.COSINE)
    index.add(np.array([7, 9]), vectors_of(2, Metric.COSINE))
    with pytest.raises(InvalidInput, match="keys"):
        index.remove(np.array(keys))
    assert len(index) == 2
    assert set(index.search(vectors_of(1, Metric.COSINE), 2).keys[0].tolist()) == {7, 9}


def test_bad_search(make):
    index = make(40, Metric.COSINE)
    with pytest.raises(InvalidInput, match="queries"):
        index.search(np.ones((1, 39), dtype=np.float32), 1)
    with pytest.raises(InvalidInput, match="count"):
        index.search(vectors_of(1, Metric.COSINE), 0)


def test_later_changes_of_the_given_arrays_do_not_matter(make):
    index = make(40, Metric.COSINE)
    vectors, keys = vectors_of(3, Metric.COSINE), np.array([1, 2, 3])
    index.add(keys, vectors)
    query = vectors[:1].copy()
    vectors[:], keys[:] = 0, 9
    assert index.search(query, 1).keys.tolist() == [[1]]


class ComesAndGoes(RuleBasedStateMachine):
    """Both implementations beside a dictionary, over points of a small grid: many copies, many ties."""

    def __init__(self) -> None:
        super().__init__()
        self.metric = Metric.EUCLIDEAN
        self.indexes: list[VectorIndex] = [FaissIndex(2, self.metric), NumpyIndex(2, self.metric)]
        self.held: dict[int, Vectors] = {}

    points = st.tuples(st.integers(0, 2), st.integers(0, 2))

    @rule(added=st.dictionaries(st.integers(0, 40), points, max_size=12))
    def add(self, added):
        new = {key: np.array(point, np.float32) for key, point in added.items() if key not in self.held}
        if new:
            for index in self.indexes:
                index.add(np.array(list(new)), np.stack(list(new.values())))
        self.held |= new

    @rule(data=st.data())
    def remove(self, data):
        gone = data.draw(st.lists(st.sampled_from(sorted(self.held)), unique=True)) if self.held else []
        for index in self.indexes:
            index.remove(np.array(gone, dtype=np.int64))
        for key in gone:
            del self.held[key]

    @rule(point=points, count=st.integers(1, 12))
    def search(self, point, count):
        queries = np.array([point], np.float32)
        for index in self.indexes:
            assert_same(index.search(queries, count), brute_force(self.held, queries, count, self.metric))

    @invariant()
    def counts(self):
        assert [len(index) for index in self.indexes] == [len(self.held)] * 2


TestComesAndGoes = ComesAndGoes.TestCase
TestComesAndGoes.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
