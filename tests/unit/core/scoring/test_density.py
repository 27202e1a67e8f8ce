import numpy as np
from scipy.spatial.distance import cdist

from vicinal.core.scoring.density import local_density, mean_density
from vicinal.core.similarity import prepare
from vicinal.records.pool_options import Metric


def test_mean_density_is_that_of_comparing_every_pair(cloud, metric):
    pool = cloud(2500, 7)
    wide = pool.astype(np.float64)
    if metric is Metric.COSINE:
        expected = (wide @ wide.T).mean(axis=1)
    else:
        expected = 1 / (1 + np.sqrt((cdist(wide, wide) ** 2).mean(axis=1)))
    np.testing.assert_allclose(mean_density(pool, metric), expected, rtol=1e-9, atol=1e-12)


def test_duplicates_are_equally_dense_to_the_last_bit(cloud, metric):
    pool = cloud(2100, 37)
    pool[2099] = pool[3]
    density = mean_density(pool, metric)
    assert density[2099] == density[3]


def test_mean_density_keeps_its_precision_far_from_the_origin():
    near = np.random.default_rng(0).integers(0, 8, (50, 3)).astype(float)
    at_origin = mean_density(prepare(near, 3, Metric.EUCLIDEAN), Metric.EUCLIDEAN)
    far_away = mean_density(prepare(near + 2**20, 3, Metric.EUCLIDEAN), Metric.EUCLIDEAN)
    np.testing.assert_allclose(far_away, at_origin, rtol=1e-9)


def test_no_item_and_one(cloud, metric):
    assert mean_density(np.zeros((0, 4), dtype=np.float32), metric).shape == (0,)
    np.testing.assert_allclose(mean_density(cloud(1, 4), metric), [1.0])


def test_local_density_leaves_padding_out():
    similarities = np.random.default_rng(0).random((50, 6)).astype(np.float32)
    counts = np.random.default_rng(1).integers(0, 7, 50)
    similarities[np.arange(6) >= counts[:, np.newaxis]] = -np.inf
    expected = [row[:count].mean() if count else 0 for row, count in zip(similarities, counts, strict=True)]
    np.testing.assert_allclose(local_density(similarities), expected, rtol=1e-6)


def test_local_density_of_nothing():
    assert local_density(np.zeros((0, 20), dtype=np.float32)).shape == (0,)
    assert local_density(np.zeros((3, 0), dtype=np.float32)).tolist() == [0.0] * 3
