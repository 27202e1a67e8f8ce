import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.scoring.scores import Exponents, score

VALUES = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=30)
POWERS = st.sampled_from([0.0, 0.3, 1.0, 2.5])


@given(VALUES, POWERS, POWERS, POWERS)
def test_it_is_the_product_of_ranks_to_their_powers(values, a, b, c):
    columns = np.array(values, dtype=float).T
    scores = score(*columns, Exponents(a, b, c))
    for row, item in enumerate(values):
        cdfs = [sum(other[part] <= item[part] for other in values) / len(values) for part in range(3)]
        assert scores.score[row] == pytest.approx(cdfs[0] ** a * cdfs[1] ** b * cdfs[2] ** c)
        parts = scores.part(row)
        assert (parts.uncertainty, parts.density, parts.diversity) == item
        assert [parts.uncertainty_cdf, parts.density_cdf, parts.diversity_cdf] == cdfs
        assert (parts.uncertainty_exponent, parts.density_exponent, parts.diversity_exponent) == (a, b, c)
        assert parts.score == scores.score[row]
        assert all(type(value) is float for value in vars(parts).values())


@given(VALUES, st.randoms(use_true_random=False))
def test_order_is_by_score_then_by_id(values, random):
    ids = [f"item {number}" for number in range(len(values))]
    random.shuffle(ids)
    scores = score(*np.array(values, dtype=float).T, Exponents(1.0, 0.5, 1.0))
    expected = sorted(range(len(values)), key=lambda row: (-scores.score[row], ids[row]))
    assert scores.order(ids).tolist() == expected
    assert min(scores.leaders(), key=ids.__getitem__) == expected[0]


def test_all_tied_goes_by_id_in_code_point_order():
    scores = score(np.zeros(4), np.zeros(4), np.zeros(4), Exponents(1.0, 1.0, 1.0))
    assert scores.score.tolist() == [1.0] * 4
    assert scores.order(["b", "ä", "B", "a"]).tolist() == [2, 3, 0, 1]


def test_of_nothing():
    scores = score(np.zeros(0), np.zeros(0), np.zeros(0), Exponents(1.0, 1.0, 1.0))
    assert scores.score.shape == (0,)
    assert scores.order([]).tolist() == []


@pytest.mark.parametrize("part", [0, 1, 2])
def test_nan_is_refused(part):
    columns = np.zeros((3, 2))
    columns[part, 1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        score(*columns, Exponents(1.0, 1.0, 1.0))
