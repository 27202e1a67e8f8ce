import numpy as np

from vicinal.core.similarity import PoolSimilarity, similarity_to


def test_every_pair_is_as_by_itself_however_many_threads_share_the_pool(cloud, metric):
    pool = cloud(3000, 900)
    near = PoolSimilarity(metric)
    near.grow(pool)
    for position in (0, 1234, 2999):
        assert np.array_equal(near.to(position), similarity_to(pool, pool[position], metric))
        assert near.to(position)[17] == similarity_to(pool[17:18], pool[position], metric)[0]


def test_what_was_asked_for_is_kept_until_the_pool_grows(cloud, metric):
    pool = cloud(50, 4)
    near = PoolSimilarity(metric)
    near.grow(pool[:40])
    first = near.to(3)
    near.grow(pool[:40])
    assert near.to(3) is first
    assert not first.flags.writeable
    near.grow(pool)
    assert np.array_equal(near.to(3), similarity_to(pool, pool[3], metric))


def test_only_so_much_is_kept(cloud, metric, monkeypatch):
    monkeypatch.setattr("vicinal.core.similarity._KEPT_BYTES", 3 * 50 * 4)
    near = PoolSimilarity(metric)
    near.grow(cloud(50, 4))
    oldest, *_, newest = [near.to(position) for position in range(4)]
    assert near.to(3) is newest
    assert near.to(0) is not oldest
