import numpy as np
import pytest

from vicinal.core.search import nearest_among, order_best_first
from vicinal.core.similarity import exact_similarities, prepare
from vicinal.records.pool_options import Metric


def brute_force(queries, others, count, metric):
    similarity = exact_similarities(queries, others, metric)
    order = np.argsort(-similarity, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(similarity, order, axis=1), order


def assert_as_brute_force(queries, others, count, metric):
    nearest, rows = nearest_among(queries, others, count, metric)
    expected, expected_rows = brute_force(queries, others, count, metric)
    assert np.array_equal(rows, expected_rows)
    assert np.array_equal(nearest, expected)
    assert (nearest.dtype, rows.dtype) == (np.float32, np.int64)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 3, 10])
@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (8, 3), (700, 2), (700, 40)])
@pytest.mark.parametrize("grid", [False, True])
def test_the_nearest_are_those_of_comparing_every_pair(cloud, metric, shape, count, grid):
    queries = cloud(300, shape[1], seed=1, grid=grid)
    assert_as_brute_force(queries, cloud(*shape, seed=2, grid=grid), count, metric)


def test_duplicates_go_by_row(metric):
    random = np.random.default_rng(3)
    few = random.standard_normal((40, 129))
    others = prepare(few[random.integers(40, size=507)], 129, metric)
    assert_as_brute_force(prepare(few, 129, metric), others, 5, metric)


@pytest.mark.parametrize("spread", [1e-7, 1e-5, 1e-3])
def test_near_duplicates_are_told_apart_exactly(metric, spread):
    random = np.random.default_rng(4)
    base = 1 + random.standard_normal((1, 64))
    others = prepare(base + spread * random.standard_normal((600, 64)), 64, metric)
    assert_as_brute_force(others[:50], others, 7, metric)


@pytest.mark.parametrize("offset", [0.0, 300.0, 1e6])
@pytest.mark.parametrize("scale", [1e-30, 1e-9, 1.0, 1e18, 1e37])
def test_euclidean_at_every_scale(offset, scale):
    random = np.random.default_rng(5)
    vectors = np.rint(3 * random.standard_normal((400, 6))) * scale + offset
    others = vectors.astype(np.float32)
    assert_as_brute_force(others[:60], others, 4, Metric.EUCLIDEAN)


def test_euclidean_near_duplicates_far_from_the_origin():
    steps = np.random.default_rng(7).integers(0, 3, (600, 129))
    others = prepare(1e5 + steps / 128, 129, Metric.EUCLIDEAN)
    assert_as_brute_force(others[:100], others, 7, Metric.EUCLIDEAN)


def test_best_first_against_a_full_sort():
    random = np.random.default_rng(6)
    values = random.integers(0, 5, (200, 30)).astype(np.float32)
    for count in (1, 7, 30, 50):
        order = np.argsort(-values, axis=1, kind="stable")[:, :count]
        best, columns = order_best_first(values, count)
        assert np.array_equal(columns, order)
        assert np.array_equal(best, np.take_along_axis(values, order, axis=1))
