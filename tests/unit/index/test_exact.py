"""Exact search beside brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.core.similarity import prepare, similarity_to
from vicinal.index.exact import nearest
from vicinal.records.pool_options import Metric


@pytest.fixture(params=list(Metric))
def metric(request) -> Metric:
    return request.param


def vectors_of(rows: int, metric: Metric, seed: int = 0) -> Vectors:
    return prepare(np.random.default_rng(seed).standard_normal((rows, 40)), 40, metric)


def brute_force(base: dict[int, Vectors], queries: Vectors, count: int, metric: Metric) -> Neighbours:
    keys = np.full((len(queries), count), -1, dtype=np.int64)
    similarities = np.full((len(queries), count), -np.inf, dtype=np.float32)
    for row, query in enumerate(queries):
        near = [(-float(similarity_to(vector[None], query, metric)[0]), key) for key, vector in base.items()]
        for place, (negative, key) in enumerate(sorted(near)[:count]):
            keys[row, place], similarities[row, place] = key, -negative
    return Neighbours(keys, similarities)


def assert_same(found: Neighbours, expected: Neighbours) -> None:
    np.testing.assert_array_equal(found.similarities, expected.similarities)
    np.testing.assert_array_equal(found.keys, expected.keys)
    assert (found.keys.dtype, found.similarities.dtype) == (np.int64, np.float32)


@pytest.mark.slow
def test_finds_the_nearest(metric):
    vectors, queries = vectors_of(300, metric), vectors_of(30, metric, seed=1)
    keys = np.random.default_rng(2).permutation(5000)[:300]
    base = dict(zip(keys.tolist(), vectors, strict=True))
    assert_same(nearest(vectors, queries, 12, metric, keys=keys), brute_force(base, queries, 12, metric))
    numbered = dict(enumerate(vectors))
    assert_same(nearest(vectors, queries, 12, metric), brute_force(numbered, queries, 12, metric))


@pytest.mark.slow
def test_floors_keep_all_that_is_nearer(metric):
    vectors, queries = vectors_of(300, metric), vectors_of(30, metric, seed=1)
    expected = brute_force(dict(enumerate(vectors)), queries, 12, metric)
    floors = expected.similarities[:, 5].copy()
    found = nearest(vectors, queries, 12, metric, floors=floors)
    np.testing.assert_array_equal(found.keys[:, :5], expected.keys[:, :5])


def test_ties_by_smaller_key(metric):
    duplicates = np.repeat(vectors_of(1, metric), 50, axis=0)
    keys = np.random.default_rng(3).permutation(50)
    assert nearest(duplicates, duplicates[:2], 4, metric, keys=keys).keys.tolist() == [[0, 1, 2, 3]] * 2


def test_padded_where_there_are_fewer(metric):
    empty = nearest(vectors_of(0, metric), vectors_of(2, metric), 3, metric)
    assert (empty.keys == -1).all()
    assert np.isneginf(empty.similarities).all()
    found = nearest(vectors_of(1, metric), vectors_of(1, metric), 3, metric, keys=np.array([5]))
    assert found.keys.tolist() == [[5, -1, -1]]
    assert np.isneginf(found.similarities[0, 1:]).all()
    assert nearest(vectors_of(1, metric), vectors_of(0, metric), 3, metric).keys.shape == (0, 3)


points = st.tuples(st.integers(0, 2), st.integers(0, 2))


@given(st.dictionaries(st.integers(0, 40), points, max_size=30), points, st.integers(1, 12))
def test_among_many_equal_points(placed, point, count):
    """Points of a small grid: many duplicates, many ties."""
    keys = np.array(list(placed), dtype=np.int64)
    vectors = np.array(list(placed.values()), dtype=np.float32).reshape(-1, 2)
    queries = np.array([point], dtype=np.float32)
    base = dict(zip(placed, vectors, strict=True))
    found = nearest(vectors, queries, count, Metric.EUCLIDEAN, keys=keys)
    assert_same(found, brute_force(base, queries, count, Metric.EUCLIDEAN))
