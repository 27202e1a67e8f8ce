"""Pools too large to compare all with all; the limit is lowered so that the pools here are."""

import numpy as np
import pytest

from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.core.similarity import prepare, similarity_to
from vicinal.index import PoolNeighbourhoods
from vicinal.records.pool_options import Metric


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_same_calls_give_the_same_lists():
    """Whatever the threads are faster at."""
    pool = clustered(6000, Metric.COSINE)
    first, second = (PoolNeighbourhoods(Metric.COSINE, 10, threads=t, exact_rows=500) for t in (1, 3))
    for end in (600, 5500, 6000):
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


@pytest.mark.slow
def test_new_rows_enter_the_lists_of_others():
    pool = clustered(3000, Metric.COSINE)
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    neighbourhoods.grow(pool[:2999])
    before = neighbourhoods.neighbours
    neighbourhoods.grow(pool)
    similar = similarity_to(pool[:2999], pool[2999], Metric.COSINE)
    should = similar > before.similarities[:, -1]
    has = (neighbourhoods.neighbours.keys[:2999] == 2999).any(axis=1)
    assert should.any()
    np.testing.assert_array_equal(has, should)
    np.testing.assert_array_equal(neighbourhoods.neighbours.keys[:2999][~should], before.keys[~should])


@pytest.mark.slow
@pytest.mark.parametrize("metric", list(Metric))
def test_recall_is_estimated(metric):
    pool = clustered(3000, metric)
    neighbourhoods = PoolNeighbourhoods(metric, 10, exact_rows=1000)
    neighbourhoods.grow(pool[:1000])
    assert neighbourhoods.recall == 1.0
    neighbourhoods.grow(pool)
    assert neighbourhoods.recall == pytest.approx(recall(neighbourhoods.neighbours, pool, metric), abs=0.03)


def test_recall_of_bad_lists_is_low():
    pool = clustered(3000, Metric.COSINE)
    rng = np.random.default_rng(0)
    keys = rng.integers(3000, size=(3000, 10)).astype(np.int32)
    similarities = np.sort(np.vecdot(pool[:, None], pool[keys]), axis=1)[:, ::-1].copy()
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    neighbourhoods.restore(pool, Neighbours(keys, similarities))
    assert neighbourhoods.recall < 0.1


@pytest.mark.slow
def test_poor_lists_are_refined(monkeypatch):
    """Looking into three cells only finds few; the neighbours' neighbours make up for it."""
    monkeypatch.setattr("vicinal.index.ivf.SEARCHED_ROWS", 30)
    pool = clustered(3000, Metric.COSINE)
    monkeypatch.setattr("vicinal.index.approximate.MOST_ROUNDS", 0)
    rough = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    rough.grow(pool)
    monkeypatch.undo()
    monkeypatch.setattr("vicinal.index.ivf.SEARCHED_ROWS", 30)
    refined = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    refined.grow(pool)
    assert rough.recall < 0.85
    assert refined.recall > rough.recall + 0.05
    assert not refined.description.endswith("0 refinements")


@pytest.mark.slow
def test_goes_on_with_restored_lists():
    pool = clustered(3000, Metric.COSINE)
    built = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    built.grow(pool[:2900])
    restored = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=1000)
    restored.restore(pool[:2900], built.neighbours)
    assert restored.recall == built.recall
    for end in (2901, 3000):
        restored.grow(pool[:end])
    assert recall(restored.neighbours, pool, Metric.COSINE) > 0.95


@pytest.mark.slow
def test_progress_rises_to_the_end():
    seen: list[float] = []

    class WatchedExecutor(PoolNeighbourhoods):
        def _report(self, done: float) -> None:
            super()._report(done)
            seen.append(self.progress)

    pool = clustered(9000, Metric.COSINE)
    for exact_rows in (1000, 9000):
        seen.clear()
        neighbourhoods = WatchedExecutor(Metric.COSINE, 10, exact_rows=exact_rows, threads=2)
        neighbourhoods.grow(pool[:900])
        neighbourhoods.grow(pool)
        assert seen == sorted(seen) or seen.index(1.0) == 0
        assert len({*seen}) > 3
        assert min(seen) > 0
        assert max(seen) <= 1
        assert neighbourhoods.progress == 1.0


@pytest.mark.slow
def test_a_failed_build_leaves_what_was_there(monkeypatch):
    pool = clustered(3000, Metric.COSINE)
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 10, exact_rows=500, threads=2)
    neighbourhoods.grow(pool[:1000])
    before = neighbourhoods.neighbours
    kept = before.keys.copy()

    def fail(*_: object) -> None:
        raise MemoryError("no room")

    with monkeypatch.context() as broken:
        broken.setattr("vicinal.index.approximate.compare_candidates", fail)
        with pytest.raises(MemoryError, match="no room"):
            neighbourhoods.grow(pool)
    assert neighbourhoods.neighbours is before
    np.testing.assert_array_equal(before.keys, kept)
    assert neighbourhoods.progress == 1.0
    neighbourhoods.grow(pool)
    assert recall(neighbourhoods.neighbours, pool, Metric.COSINE) > 0.95


@pytest.mark.parametrize("metric", list(Metric))
def test_a_pool_of_duplicates(metric):
    """All in one cell, all equally near."""
    pool = np.ascontiguousarray(clustered(3, metric)[np.arange(1500) % 3])
    neighbourhoods = PoolNeighbourhoods(metric, 10, exact_rows=500)
    neighbourhoods.grow(pool[:1400])
    neighbourhoods.grow(pool)
    found = neighbourhoods.neighbours
    np.testing.assert_allclose(found.similarities, 1, atol=1e-6)
    assert (found.keys % 3 == np.arange(1500)[:, None] % 3).all()
    assert (found.keys != np.arange(1500)[:, None]).all()
    assert neighbourhoods.recall == 1.0


def test_vectors_whose_squares_leave_the_range():
    pool = clustered(1500, Metric.EUCLIDEAN)
    pool[::50] *= np.float32(1e25)
    neighbourhoods = PoolNeighbourhoods(Metric.EUCLIDEAN, 5, exact_rows=500)
    neighbourhoods.grow(pool)
    found = neighbourhoods.neighbours
    near = np.arange(1500) % 50 != 0
    assert (found.keys[near] >= 0).all()
    assert (found.similarities[near] > 0).all()
    assert not np.isnan(found.similarities).any()


@pytest.mark.slow
def test_far_from_the_origin():
    pool = clustered(2000, Metric.EUCLIDEAN) + np.float32(1000)
    neighbourhoods = PoolNeighbourhoods(Metric.EUCLIDEAN, 10, exact_rows=500)
    neighbourhoods.grow(pool)
    assert recall(neighbourhoods.neighbours, pool, Metric.EUCLIDEAN) > 0.95


@pytest.mark.slow
def test_takes_a_read_only_pool():
    pool = clustered(1500, Metric.COSINE)
    pool.flags.writeable = False
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 5, exact_rows=500)
    neighbourhoods.grow(pool)
    assert neighbourhoods.recall > 0.95


def test_keys_take_four_bytes():
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 5, exact_rows=500)
    for end in (100, 400, 1500, 1510):
        neighbourhoods.grow(clustered(1510, Metric.COSINE)[:end])
        assert neighbourhoods.neighbours.keys.dtype == np.int32


@pytest.mark.slow
def test_description_tells_how():
    pool = clustered(1500, Metric.COSINE)
    neighbourhoods = PoolNeighbourhoods(Metric.COSINE, 5, exact_rows=500)
    neighbourhoods.grow(pool[:500])
    assert neighbourhoods.description == "K=5, exact"
    neighbourhoods.grow(pool)
    assert neighbourhoods.description.startswith("K=5, 152 clusters by 32 directions, 8192 rows searched")
