import numpy as np
import pytest

from vicinal.core.scoring.uncertainty import Uncertainty, uncertainty


def oracle(row, measure):
    first, second = sorted(row)[-1], sorted(row)[-2]
    if measure is Uncertainty.MARGIN:
        return 1 - (first - second)
    if measure is Uncertainty.LEAST_CONFIDENCE:
        return 1 - first
    return -sum(share * np.log(share) for share in row if share > 0) / np.log(len(row))


@pytest.mark.parametrize("measure", Uncertainty)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_against_one_row_at_a_time(measure, classes):
    random = np.random.default_rng(classes)
    probabilities = random.dirichlet(np.full(classes, 0.3), size=200)
    probabilities[:20] = np.eye(classes)[random.integers(classes, size=20)]
    expected = [oracle(row, measure) for row in probabilities]
    np.testing.assert_allclose(uncertainty(probabilities, measure), expected, atol=1e-12)


@pytest.mark.parametrize("measure", Uncertainty)
def test_a_row_is_the_same_bits_in_any_company(measure):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(9), size=100)
    whole = uncertainty(probabilities, measure)
    assert np.array_equal(uncertainty(np.asfortranarray(probabilities), measure), whole)
    assert np.array_equal(uncertainty(probabilities[37:38], measure), whole[37:38])


@pytest.mark.parametrize("measure", Uncertainty)
def test_sure_is_zero(measure):
    assert uncertainty(np.eye(4), measure).tolist() == [0.0] * 4


@pytest.mark.parametrize("measure", [Uncertainty.MARGIN, Uncertainty.ENTROPY])
def test_equal_probabilities_are_one(measure):
    np.testing.assert_allclose(uncertainty(np.full((3, 7), 1 / 7), measure), 1.0)


@pytest.mark.parametrize("measure", Uncertainty)
@pytest.mark.parametrize("classes", [0, 1])
def test_fewer_than_two_classes_leave_nothing_to_doubt(measure, classes):
    assert uncertainty(np.ones((5, classes)), measure).tolist() == [0.0] * 5


@pytest.mark.parametrize("measure", Uncertainty)
def test_no_rows(measure):
    assert uncertainty(np.zeros((0, 3)), measure).shape == (0,)
