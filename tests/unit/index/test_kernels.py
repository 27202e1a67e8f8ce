import numpy as np
import pytest

from vicinal.index.kernels import dot_products, keep_nearest, second_neighbours, squared_distances


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.mark.slow
def test_products_and_distances(rng):
    pool = rng.standard_normal((30, 17), dtype=np.float32)
    rows = np.array([4, 29], dtype=np.int32)
    keys = np.array([[0, -1, 4], [7, 8, -1]], dtype=np.int32)
    pairs = pool[rows][:, None], pool[keys]
    missing = keys < 0
    dots = dot_products(pool, rows, keys)
    np.testing.assert_allclose(dots[~missing], (pairs[0] * pairs[1]).sum(axis=2)[~missing], rtol=1e-4)
    assert np.isneginf(dots[missing]).all()
    squares = squared_distances(pool, rows, keys)
    expected = ((pairs[0] - pairs[1]) ** 2).sum(axis=2)
    np.testing.assert_allclose(squares[~missing], expected[~missing], rtol=1e-4, atol=1e-6)
    assert np.isposinf(squares[missing]).all()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 7, 64, 300])
def test_the_nearest_are_kept(rng, count):
    """Whatever the parts they come in."""
    near = rng.standard_normal((5, 200), dtype=np.float32)
    kept_near = np.full((8, count), -np.inf, dtype=np.float32)
    kept_keys = np.full((8, count), -1, dtype=np.int32)
    places = np.array([6, 0, 3, 1, 2])
    for start in range(0, 200, 30):
        keys = np.arange(start, min(start + 30, 200), dtype=np.int32)
        keep_nearest(near[:, start : start + 30], places, keys, kept_near, kept_keys)
    for query, place in enumerate(places):
        best = np.argsort(-near[query])[:count]
        held = kept_keys[place] >= 0
        assert set(kept_keys[place][held].tolist()) == set(best.tolist())
        np.testing.assert_array_equal(kept_near[place][held], near[query][kept_keys[place][held]])
    assert (kept_keys[[4, 5, 7]] == -1).all()


@pytest.mark.slow
def test_second_neighbours_against_sets(rng):
    keys = np.array([rng.permutation(60)[:6] for _ in range(60)], dtype=np.int32)
    keys[np.arange(60), 5] = -1
    steps = rng.integers(-127, 128, (60, 4)).astype(np.int8)
    weights, offsets = rng.random(4, dtype=np.float32), rng.standard_normal(60, dtype=np.float32)
    rows = np.array([3, 50, 7], dtype=np.int32)
    found = second_neighbours(keys, rows, steps, weights, offsets, 9)
    for row, candidates in zip(rows.tolist(), found, strict=True):
        own = {key for key in keys[row].tolist() if key >= 0}
        reached = {key for between in own for key in keys[between].tolist() if key >= 0} - own - {row}
        products = steps.astype(float) @ (weights * steps[row]) + offsets
        near = {key: float(products[key]) for key in reached}
        best = sorted(reached, key=lambda key: -near[key])[:9]
        assert candidates[candidates >= 0].tolist() == best
