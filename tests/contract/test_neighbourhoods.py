"""One suite for every `Neighbourhoods`: the same lists as comparing all with all, however the pool came."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.arrays import Vectors
from vicinal.core.ports import Neighbourhoods
from vicinal.core.records import Neighbours
from vicinal.core.similarity import prepare, similarity_to
from vicinal.index import PoolNeighbourhoods
from vicinal.records.pool_options import Metric

Make = Callable[[Metric, int], Neighbourhoods]


@pytest.fixture(params=[PoolNeighbourhoods, ReferenceNeighbourhoods])
def make(request) -> Make:
    return request.param


@pytest.fixture(params=list(Metric))
def metric(request) -> Metric:
    return request.param


def pool_of(rows: int, metric: Metric, *, dimension: int = 24, seed: int = 0) -> Vectors:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((4, dimension)) * 3
    points = centres[rng.integers(4, size=rows)] + rng.standard_normal((rows, dimension))
    return prepare(points, dimension, metric)


def brute_force(pool: Vectors, count: int, metric: Metric) -> Neighbours:
    keys = np.full((len(pool), count), -1, dtype=np.int64)
    similarities = np.full((len(pool), count), -np.inf, dtype=np.float32)
    for row, vector in enumerate(pool):
        measured = similarity_to(pool, vector, metric)
        others = [(-s, key) for key, s in enumerate(measured.tolist()) if key != row]
        for place, (negative, key) in enumerate(sorted(others)[:count]):
            keys[row, place], similarities[row, place] = key, -negative
    return Neighbours(keys, similarities)


def assert_same(found: Neighbours, expected: Neighbours) -> None:
    np.testing.assert_array_equal(found.similarities, expected.similarities)
    np.testing.assert_array_equal(found.keys, expected.keys)
    assert (found.keys.dtype.kind, found.similarities.dtype) == ("i", np.float32)


def test_grown_at_once(make, metric):
    pool = pool_of(200, metric)
    neighbourhoods = make(metric, 7)
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, brute_force(pool, 7, metric))


@pytest.mark.parametrize("parts", [[1, 2, 3, 10, 11, 150, 200], [100, 101, 200], [0, 199, 200, 200]])
def test_grown_in_parts(make, metric, parts):
    pool = pool_of(200, metric)
    neighbourhoods = make(metric, 7)
    for end in parts:
        neighbourhoods.grow(pool[:end])
        assert_same(neighbourhoods.neighbours, brute_force(pool[:end], 7, metric))


def test_empty(make, metric):
    neighbourhoods = make(metric, 5)
    assert neighbourhoods.neighbours.keys.shape == (0, 5)
    neighbourhoods.grow(pool_of(0, metric))
    assert neighbourhoods.neighbours.similarities.shape == (0, 5)


def test_fewer_than_count(make, metric):
    neighbourhoods = make(metric, 5)
    neighbourhoods.grow(pool_of(1, metric))
    assert (neighbourhoods.neighbours.keys == -1).all()
    assert np.isneginf(neighbourhoods.neighbours.similarities).all()
    neighbourhoods.grow(pool_of(3, metric))
    assert_same(neighbourhoods.neighbours, brute_force(pool_of(3, metric), 5, metric))


def test_duplicates_tie_by_smaller_key(make, metric):
    """More duplicates than neighbours: the cut falls among equals."""
    pool = np.ascontiguousarray(pool_of(20, metric)[np.arange(400) % 4])
    neighbourhoods = make(metric, 6)
    neighbourhoods.grow(pool[:250])
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, brute_force(pool, 6, metric))
    assert neighbourhoods.neighbours.keys[0].tolist() == [4, 8, 12, 16, 20, 24]
    assert neighbourhoods.neighbours.keys[396].tolist() == [0, 4, 8, 12, 16, 20]


def test_far_from_the_origin(make):
    """Where the matrix product alone could not tell the distances apart."""
    pool = pool_of(150, Metric.EUCLIDEAN) + np.float32(1000)
    neighbourhoods = make(Metric.EUCLIDEAN, 5)
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, brute_force(pool, 5, Metric.EUCLIDEAN))


def test_vectors_whose_squares_leave_the_range(make):
    pool = pool_of(60, Metric.EUCLIDEAN)
    pool[::3] *= np.float32(1e25)
    neighbourhoods = make(Metric.EUCLIDEAN, 5)
    neighbourhoods.grow(pool[:40])
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, brute_force(pool, 5, Metric.EUCLIDEAN))


def test_restored_lists_are_gone_on_with(make, metric):
    pool = pool_of(120, metric)
    before = make(metric, 5)
    before.grow(pool[:80])
    after = make(metric, 5)
    after.restore(pool[:80], before.neighbours)
    assert_same(after.neighbours, before.neighbours)
    after.grow(pool[:80])
    assert_same(after.neighbours, before.neighbours)
    after.grow(pool)
    assert_same(after.neighbours, brute_force(pool, 5, metric))


def test_restored_lists_are_used_as_they_are(make, metric):
    """Not built again behind the caller's back: they took long to build."""
    pool = pool_of(30, metric)
    odd = Neighbours(np.zeros((30, 3), dtype=np.int64), np.full((30, 3), 0.25, dtype=np.float32))
    neighbourhoods = make(metric, 3)
    neighbourhoods.restore(pool, odd)
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, odd)


@pytest.mark.parametrize("shape", [(29, 3), (31, 3), (30, 2), (30, 4)])
def test_lists_of_other_rows_are_refused(make, metric, shape):
    lists = Neighbours(np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.float32))
    neighbourhoods = make(metric, 3)
    with pytest.raises(ValueError, match="lists have shape"):
        neighbourhoods.restore(pool_of(30, metric), lists)
    assert neighbourhoods.neighbours.keys.shape == (0, 3)


def test_nothing_under_way_is_all_done(make, metric):
    neighbourhoods = make(metric, 3)
    assert neighbourhoods.progress == 1.0
    neighbourhoods.grow(pool_of(30, metric))
    assert neighbourhoods.progress == 1.0


def test_takes_a_read_only_pool(make, metric):
    pool = pool_of(50, metric)
    pool.flags.writeable = False
    neighbourhoods = make(metric, 3)
    neighbourhoods.grow(pool)
    assert_same(neighbourhoods.neighbours, brute_force(pool, 3, metric))


@settings(max_examples=40, deadline=None)
@given(
    grid=st.lists(st.tuples(*[st.integers(-1, 2)] * 3), min_size=1, max_size=30),
    cuts=st.lists(st.integers(0, 30), max_size=4),
    count=st.integers(1, 6),
    metric=st.sampled_from(list(Metric)),
)
def test_any_pool_cut_in_any_way(grid, cuts, count, metric):
    """Points of a small grid: many duplicates, many ties."""
    points = np.array(grid, dtype=np.float64)
    points[(points == 0).all(axis=1)] = 1
    pool = prepare(points, 3, metric)
    neighbourhoods = PoolNeighbourhoods(metric, count)
    reference = ReferenceNeighbourhoods(metric, count)
    for end in [*sorted(min(cut, len(pool)) for cut in cuts), len(pool)]:
        neighbourhoods.grow(pool[:end])
        reference.grow(pool[:end])
        assert_same(neighbourhoods.neighbours, reference.neighbours)
