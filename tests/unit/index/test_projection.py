import numpy as np
import pytest

from vicinal.core.similarity import prepare, similarities
from vicinal.index.ivf import fitted
from vicinal.records.pool_options import Metric


def pool_of(rows: int, dimension: int, metric: Metric) -> np.ndarray:
    """Most of the variance along 40 directions, and a mean that is not 0."""
    rng = np.random.default_rng(3)
    points = rng.standard_normal((rows, 40)) @ rng.standard_normal((40, dimension))
    return prepare(points + 0.3 * rng.standard_normal((rows, dimension)) + 2, dimension, metric)


@pytest.mark.parametrize("metric", list(Metric))
def test_tells_near_from_far(metric):
    pool = pool_of(500, 300, metric)
    short = fitted(pool, metric).shortened(pool)
    queries = short.copy()
    queries[:, -1] = 1
    told, true = queries @ short.T, similarities(pool, pool, metric)
    for row in range(0, 500, 50):
        assert np.corrcoef(np.argsort(np.argsort(told[row])), np.argsort(np.argsort(true[row])))[0, 1] > 0.99


@pytest.mark.parametrize("metric", list(Metric))
def test_short_vectors_are_kept_whole(metric):
    """Then what it tells is right but for a part that depends on the query alone."""
    pool = pool_of(50, 20, metric)
    short = fitted(pool, metric).shortened(pool).astype(np.float64)
    queries = short.copy()
    queries[:, -1] = 1
    exact = pool.astype(np.float64)
    true = exact @ exact.T
    if metric is Metric.EUCLIDEAN:
        true -= (exact**2).sum(axis=1) / 2
    told = queries @ short.T
    differences = told - true
    scale = np.abs(true).max()
    np.testing.assert_allclose(differences - differences[:, :1], 0, atol=1e-5 * scale)


def test_directions():
    pool = pool_of(200, 300, Metric.COSINE)
    directions = fitted(pool, Metric.COSINE).directions
    assert directions.shape == (300, 128)
    np.testing.assert_allclose(directions.T @ directions, np.eye(128), atol=1e-5)


def test_numbers_beyond_the_range():
    pool = pool_of(50, 100, Metric.EUCLIDEAN)
    pool[7] *= np.float32(1e30)
    assert np.isfinite(fitted(pool, Metric.EUCLIDEAN).shortened(pool)).all()
