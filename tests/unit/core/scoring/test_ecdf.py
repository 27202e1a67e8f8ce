import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.scoring.ecdf import empirical_cdf, upper_ranks


@given(st.lists(st.one_of(st.integers(-3, 3), st.floats(allow_nan=False, width=32)), min_size=1))
def test_it_is_the_part_that_is_no_larger(values):
    array = np.array(values, dtype=np.float32)
    expected = [(array <= value).sum() / len(array) for value in array]
    assert empirical_cdf(array).tolist() == expected
    assert upper_ranks(array).tolist() == [(array <= value).sum() for value in array]


def test_a_constant_becomes_all_ones():
    assert empirical_cdf(np.full(5, -2.5)).tolist() == [1.0] * 5


def test_of_nothing():
    assert empirical_cdf([]).shape == (0,)
    assert empirical_cdf([]).dtype == np.float64


def test_zero_has_one_sign():
    assert empirical_cdf([0.0, -0.0]).tolist() == [1.0, 1.0]


def test_nan_has_no_rank():
    with pytest.raises(ValueError, match="value 1 is NaN"):
        empirical_cdf([1.0, np.nan])
