from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.reference_neighbourhoods import ReferenceNeighbourhoods
from vicinal.core.scoring.density import local_density
from vicinal.core.scoring.filters import LEAST_ITEMS, least_density, outliers
from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric


def densities(vectors, metric=Metric.COSINE):
    neighbourhoods = ReferenceNeighbourhoods(metric, 20)
    neighbourhoods.grow(prepare(vectors, vectors.shape[1], metric))
    return local_density(neighbourhoods.neighbours.similarities)


def gaussian_clusters(seed, items=1000, clusters=5, dimension=32):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(clusters, dimension))
    return centres[random.integers(0, clusters, items)] + 0.5 * random.normal(size=(items, dimension))


@given(st.lists(st.integers(-40, 40), min_size=LEAST_ITEMS, max_size=90), st.sampled_from([0.5, 1.0, 4.0]))
def test_the_bound_is_the_median_less_the_spread_below_it(values, outlier_filter):
    middle = median(values)
    below = [value for value in values if value < middle]
    bound = least_density(np.array(values, dtype=float), outlier_filter)
    if 4 * len(below) < len(values):
        assert bound == -np.inf
    else:
        spread = median(middle - value for value in below) / 0.6744897501960817
        assert bound == pytest.approx(middle - outlier_filter * spread)
    assert (outliers(np.array(values, dtype=float), outlier_filter) == (np.array(values) < bound)).all()


@pytest.mark.slow
@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("seed", range(3))
def test_clusters_without_noise_give_few_false_alarms(seed, metric):
    assert outliers(densities(gaussian_clusters(seed), metric), 4.0).mean() <= 0.004


@pytest.mark.parametrize("metric", Metric)
def test_planted_noise_is_found(metric):
    noise = 3.0 * np.random.default_rng(9).normal(size=(8, 32))
    found = outliers(densities(np.concatenate([gaussian_clusters(4), noise]), metric), 4.0)
    assert found[-8:].all()
    assert found[:-8].mean() <= 0.004


@pytest.mark.slow
def test_duplicates_in_the_pool_raise_no_alarm():
    vectors = gaussian_clusters(5)
    found = outliers(densities(np.concatenate([vectors, vectors[:300]])), 4.0)
    assert found.mean() <= 0.004


def test_few_items_and_equal_items_have_no_bound():
    density = np.full(LEAST_ITEMS - 1, 0.9)
    density[0] = -1.0
    assert not outliers(density, 1.0).any()
    assert not outliers(np.append(density, [0.9] * 50), 1.0).any()
    assert not outliers(np.zeros(0), 1.0).any()
