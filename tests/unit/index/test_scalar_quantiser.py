import tracemalloc

import numpy as np
import pytest

from vicinal.index.ivf import ScalarQuantiser, fitting_scale


@pytest.fixture
def short() -> np.ndarray:
    """Coordinates of falling size, and offsets."""
    rng = np.random.default_rng(2)
    return (rng.standard_normal((400, 33)) * np.linspace(1, 0.05, 33)).astype(np.float32)


def duplicate_of(short: np.ndarray, scale: np.ndarray) -> ScalarQuantiser:
    made = ScalarQuantiser(len(short), scale)
    made.put(0, short[:150])
    made.put(150, short[150:])
    return made


def test_nearness_but_for_small_errors(short):
    made = duplicate_of(short, fitting_scale(short[:, :-1]))
    rows = np.array([3, 399, 150, 149], dtype=np.int32)
    near = made.nearness(made.weighted(short[:50, :-1]), rows)
    expected = short[:50, :-1] @ short[rows, :-1].T + short[rows, -1]
    np.testing.assert_allclose(near, expected, atol=0.02 * np.abs(expected).max())


def test_a_byte_for_each_direction(short):
    scale, rows = fitting_scale(short[:, :-1]), 10_000
    tracemalloc.start()
    try:
        made = ScalarQuantiser(rows, scale)
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    made.put(0, short)
    bytes_of_offset = 4
    assert rows * 32 <= held_bytes < rows * (32 + bytes_of_offset) + 10_000


def test_outliers_do_not_blur_the_rest(short):
    outliers = np.tile(short, (6, 1))
    outliers[7, :-1] = 1e16
    made = duplicate_of(outliers, fitting_scale(outliers[:, :-1]))
    rows = np.array([3, 399], dtype=np.int32)
    near = made.nearness(made.weighted(short[:50, :-1]), rows)[8:]
    expected = (short[:50, :-1] @ short[rows, :-1].T + short[rows, -1])[8:]
    np.testing.assert_allclose(near, expected, atol=0.02 * np.abs(expected).max())
    assert np.isfinite(made.nearness(made.weighted(short[:1, :-1]), np.array([7], dtype=np.int32))).all()


def test_a_direction_without_variance(short):
    short[:, 4] = 0
    made = duplicate_of(short, fitting_scale(short[:, :-1]))
    assert np.isfinite(made.nearness(made.weighted(short[:5, :-1]), np.arange(400, dtype=np.int32))).all()


def test_second_neighbours_by_the_duplicate(short):
    """Item 0 knows 1, which knows 2 and 3: the nearer of the two comes first."""
    made = duplicate_of(short, fitting_scale(short[:, :-1]))
    keys = np.full((400, 2), -1, dtype=np.int32)
    keys[0, 0], keys[1] = 1, (2, 3)
    expected = short[2:4, :-1] @ short[0, :-1] + short[2:4, -1]
    found = made.second_neighbours(keys, np.array([0], dtype=np.int32), 3)
    assert found.tolist() == [[*(2 + np.argsort(-expected)).tolist(), -1]]
