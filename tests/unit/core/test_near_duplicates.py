import numpy as np
import pytest

from vicinal.core.duplicates import (
    FEWEST_NEIGHBOURS,
    MOST_SHARE,
    WRONG_PAIRS,
    compute_duplicate_reach,
    convert_to_distances,
    measure_distance_growth,
)
from vicinal.core.similarity import prepare, similarities
from vicinal.records.pool_options import Metric


def lists(rows, count=20):
    """Keys and distances of each row's nearest other rows, by all distances."""
    apart = np.linalg.norm(rows[:, None].astype(np.float64) - rows[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    keys = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return keys, np.take_along_axis(apart, keys, axis=1)


def reach_of(rows, count=20):
    keys, spread = lists(rows, count)
    return spread, compute_duplicate_reach(
        spread, measure_distance_growth(spread)[keys], len(rows), Metric.EUCLIDEAN
    )


def oracle(keys, spread, items):
    """The rule, item by item."""
    count = spread.shape[1]
    found = []
    for item in range(len(spread)):
        growths = [np.log(spread[key, -1] / spread[key, count // 2 - 1]) for key in keys[item]]
        dimension = max(1.0, np.log(count / (count // 2)) / np.median(growths))
        share = (2 * WRONG_PAIRS / (items * (count - 1))) ** (1 / dimension)
        found.append(spread[item, -1] * min(share, MOST_SHARE))
    return found


@pytest.mark.parametrize("dimension", [1, 3, 40])
@pytest.mark.parametrize("count", [10, 15, 20])
def test_the_rule_as_it_is_written(dimension, count):
    rows = np.random.default_rng(dimension).normal(size=(120, dimension)).astype(np.float32)
    keys, spread = lists(rows, count)
    found = compute_duplicate_reach(spread, measure_distance_growth(spread)[keys], 120, Metric.EUCLIDEAN)
    np.testing.assert_allclose(found, oracle(keys, spread, 120))


@pytest.mark.parametrize("metric", Metric)
def test_distances_are_those_of_prepared_vectors(metric):
    rows = prepare(np.random.default_rng(0).normal(size=(30, 5)), 5, metric)
    found = convert_to_distances(similarities(rows, rows, metric), metric)
    expected = np.linalg.norm(rows[:, None].astype(np.float64) - rows[None], axis=2)
    np.testing.assert_allclose(found, expected, atol=2e-3 if metric is Metric.COSINE else 1e-5)
    assert convert_to_distances(np.float32([-np.inf]), metric).tolist() == [np.inf]


@pytest.mark.slow
@pytest.mark.parametrize("dimension", [1, 2, 5, 30])
@pytest.mark.parametrize("seed", range(3))
def test_nearly_nothing_is_a_duplicate_where_items_lie_by_chance(dimension, seed):
    spread, reach = reach_of(np.random.default_rng(seed).uniform(0, 1000, (700, dimension)))
    # What lies around an item is an estimate, and coarse in few dimensions.
    assert (spread[:, 0] <= reach).sum() <= (4 if dimension <= 2 else 0)
    assert (reach > 0).all()


def test_nor_in_clusters_of_different_widths():
    random = np.random.default_rng(1)
    cluster = random.integers(0, 10, 700)
    widths = 10.0 ** random.uniform(-2, 0, 10)
    rows = random.normal(0, 9, (10, 4))[cluster] + random.normal(size=(700, 4)) * widths[cluster, None]
    spread, reach = reach_of(rows)
    assert (spread[:, 0] <= reach).sum() <= 1


def test_what_was_moved_a_little_is_within_reach():
    rows = np.random.default_rng(2).normal(size=(500, 6))
    rows[:20] = rows[20:40] + 1e-3
    spread, reach = reach_of(rows)
    assert (spread[:40, 0] <= reach[:40]).all()
    assert (spread[40:, 0] > reach[40:]).all()


def test_the_larger_the_pool_the_nearer_a_duplicate_has_to_be():
    rows = np.random.default_rng(3).normal(size=(200, 6))
    keys, spread = lists(rows)
    growth = measure_distance_growth(spread)[keys]
    reach = [compute_duplicate_reach(spread, growth, items, Metric.EUCLIDEAN) for items in (200, 20_000)]
    assert (reach[1] < reach[0]).all()


def test_where_all_lie_equally_far_apart_none_is_a_duplicate():
    spread, reach = reach_of(np.eye(40))
    np.testing.assert_allclose(reach, MOST_SHARE * np.sqrt(2))
    assert (spread > reach[:, None]).all()


def test_what_cannot_be_known():
    few = np.ones((3, FEWEST_NEIGHBOURS - 1))
    assert compute_duplicate_reach(few, few, 9, Metric.COSINE).tolist() == [0, 0, 0]
    assert np.isnan(measure_distance_growth(few)).all()
    assert compute_duplicate_reach(np.empty((2, 0)), np.empty((2, 0)), 1, Metric.COSINE).tolist() == [0, 0]
    spread = np.tile(np.linspace(1, 2, 20), (4, 1))
    spread[1, -1] = np.inf
    spread[2, :12] = 0
    growth = measure_distance_growth(spread)
    assert np.isnan(growth).tolist() == [False, True, True, False]
    around = np.tile(growth, (4, 5))
    around[3] = np.nan
    assert (compute_duplicate_reach(spread, around, 100, Metric.COSINE) > 0).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_distances_too_small_to_be_told_apart_make_no_duplicates():
    spread = np.tile(np.linspace(1, 2, 20), (3, 1)) * np.array([[1e-4], [1e-2], [1.0]])
    growth = np.tile(measure_distance_growth(spread)[:, None], 20)
    assert (compute_duplicate_reach(spread, growth, 100, Metric.COSINE) > 0).tolist() == [False, False, True]
    growth = np.full((3, 20), np.log(2) / 30)
    assert (compute_duplicate_reach(spread, growth, 100, Metric.COSINE) > 0).tolist() == [False, True, True]
