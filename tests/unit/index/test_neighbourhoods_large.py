"""Pools too large to compare all with all; the limit is lowered so that the pools here are."""

import numpy as np
import pytest

from vicinal.core.ports import Neighbours, Vectors
from vicinal.core.similarity import Metric, prepare, similarity_to
from vicinal.index import PoolNeighbourhoods


def clustered(rows: int, metric: Metric) -> Vectors:
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((30, 32)) * 3
    return prepare(centres[rng.integers(30, size=rows)] + rng.standard_normal((rows, 32)), 32, metric)


def recall(found: Neighbours, pool: Vectors, metric: Metric) -> float:
    exact = PoolNeighbourhoods(metric, found.keys.shape[1])
    exact.grow(pool)
    return float(
        np.mean([np.isin(a, b).mean() for a, b in zip(exact.neighbours.keys, found.keys, strict=True)])
    )


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("parts", [[3000], [900, 2000, 2001, 2500, 3000], [1001, 3000]])
def test_finds_nearly_all(metric, parts):
    pool = clustered(3000, metric)
    neighbourhoods = PoolNeighbourhoods(metric, 10, exact_rows=1000)
    for end in parts:
        neighbourhoods.grow(pool[:end])
    found = neighbourhoods.neighbours
    assert found.keys.shape == (3000, 10)
    assert recall(found, pool, metric) > 0.95
    for row in range(0, 3000, 97):
        kept = found.keys[row] >= 0
        keys = found.keys[row][kept]
        assert row not in keys
        assert len(set(keys.tolist())) == len(keys)
        expected = similarity_to(pool[keys], pool[row], metric)
        np.testing.assert_array_equal(found.similarities[row][kept], expected)
        assert (np.diff(found.similarities[row]) <= 0).all()


def test_the_same_calls_give_the_same_lists():
    pool = clustered(2000, Metric.COSINE)
    first, second = (PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=500) for _ in range(2))
    for end in (600, 2000):
        first.grow(pool[:end])
        second.grow(pool[:end])
    np.testing.assert_array_equal(first.neighbours.keys, second.neighbours.keys)


def test_lists_handed_out_stay_as_they_were():
    pool = clustered(100, Metric.COSINE)
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 5)
    neighbourhoods.grow(pool[:50])
    before = neighbourhoods.neighbours
    kept = before.keys.copy()
    neighbourhoods.grow(pool)
    np.testing.assert_array_equal(before.keys, kept)


def test_a_pool_that_shrank_is_refused():
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 5)
    neighbourhoods.grow(clustered(10, Metric.COSINE))
    with pytest.raises(ValueError, match="shrank from 10 to 9"):
        neighbourhoods.grow(clustered(9, Metric.COSINE))
