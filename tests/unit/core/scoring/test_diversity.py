import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.scoring.diversity import NearestSelected
from vicinal.core.similarity import exact_similarities, prepare
from vicinal.records.pool_options import Metric

POOLS = {metric: prepare(np.random.default_rng(0).integers(1, 5, (40, 3)), 3, metric) for metric in Metric}


def brute_force(pool, selected, metric):
    if not selected:
        return np.full(len(pool), -1.0 if metric is Metric.COSINE else 0.0, dtype=np.float32)
    return exact_similarities(pool, pool[sorted(selected)], metric).max(axis=1)


@given(st.sampled_from(Metric), st.integers(0, 40), st.lists(st.integers(0, 39), max_size=60))
def test_after_any_coming_and_going_it_is_as_if_only_those_that_stand_had_come(metric, first, moves):
    """A move selects an item that is out, lets go one that is in, or grows the pool up to it."""
    pool, rows, selected = POOLS[metric], first, set()
    nearest = NearestSelected(metric)
    nearest.grow(pool[:rows])
    for position in moves:
        if position >= rows:
            rows = position + 1
            nearest.grow(pool[:rows].copy())
        elif position in selected:
            selected.remove(position)
            nearest.deselect(position)
        else:
            selected.add(position)
            nearest.select(position)
        assert np.array_equal(nearest.similarity, brute_force(pool[:rows], selected, metric))


def test_a_hundred_come_at_once_or_one_by_one(cloud, metric):
    pool = cloud(3000, 16)
    single, bulk = NearestSelected(metric), NearestSelected(metric)
    positions = np.random.default_rng(1).permutation(3000)[:100]
    single.grow(pool)
    bulk.grow(pool[:2000])
    bulk.extend(positions[positions < 2000])
    bulk.grow(pool)
    bulk.extend(positions[positions >= 2000])
    for position in positions.tolist():
        single.select(position)
    assert np.array_equal(single.similarity, bulk.similarity)
    for nearest in (single, bulk):
        nearest.deselect(int(positions[0]))
    assert np.array_equal(single.similarity, bulk.similarity)


def test_with_nothing_selected_all_are_equally_diverse(cloud, metric):
    nearest = NearestSelected(metric)
    nearest.grow(cloud(10, 3))
    assert len(set(nearest.diversity().values[np.arange(10)])) == 1


def test_a_duplicate_of_a_selected_item_has_no_diversity(cloud, metric):
    pool = cloud(10, 30)
    pool[9] = pool[2]
    nearest = NearestSelected(metric)
    nearest.grow(pool)
    nearest.select(2)
    np.testing.assert_allclose(nearest.diversity().values[np.array([2, 9])], 0.0, atol=2e-7)
    assert (nearest.diversity().values[np.arange(10)] >= 0).all()


def test_wrong_calls_change_nothing(cloud, metric):
    nearest = NearestSelected(metric)
    nearest.grow(cloud(5, 3))
    nearest.select(1)
    before = nearest.similarity
    for wrong in (
        lambda: nearest.select(1),
        lambda: nearest.select(5),
        lambda: nearest.select(-1),
        lambda: nearest.deselect(2),
        lambda: nearest.extend(np.array([3, 1])),
        lambda: nearest.extend(np.array([3, 3])),
    ):
        with pytest.raises(ValueError, match="position"):
            wrong()
    assert np.array_equal(nearest.similarity, before)
    nearest.select(3)


def test_an_empty_pool(metric):
    nearest = NearestSelected(metric)
    nearest.grow(np.zeros((0, 3), dtype=np.float32))
    assert nearest.similarity.shape == nearest.diversity().values[np.zeros(0, dtype=np.int64)].shape == (0,)
