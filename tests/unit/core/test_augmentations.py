import numpy as np
import pytest

from vicinal.core import search as views_module
from vicinal.core.search import nearest_by_augmentations
from vicinal.core.similarity import similarity_to


@pytest.mark.parametrize("block", [1, 1 << 23])
@pytest.mark.parametrize("sizes", [(5, 1, 9, 3), (7, 4, 30, 5), (0, 2, 4, 2)])
def test_as_the_best_of_every_view(cloud, metric, monkeypatch, block, sizes):
    items, seen, rows, count = sizes
    monkeypatch.setattr(views_module, "_BLOCK_PAIRS", block)
    looked_at = cloud(items * seen, 6, seed=1).reshape(items, seen, 6)
    pool = cloud(rows, 6, seed=2)
    nearest, found = nearest_by_augmentations(looked_at, pool, count, metric)
    assert nearest.shape == found.shape == (items, count)
    for item in range(items):
        best = np.max([similarity_to(pool, view, metric) for view in looked_at[item]], axis=0)
        order = np.argsort(-best, kind="stable")[:count]
        np.testing.assert_array_equal(found[item], order)
        np.testing.assert_allclose(nearest[item], best[order], atol=1e-5)


def test_no_pool_and_more_than_there_is(cloud, metric):
    looked_at = cloud(3, 4, seed=0).reshape(3, 1, 4)
    assert nearest_by_augmentations(looked_at, cloud(0, 4, seed=0), 2, metric)[1].shape == (3, 0)
    assert nearest_by_augmentations(looked_at, cloud(2, 4, seed=1), 9, metric)[1].shape == (3, 2)
