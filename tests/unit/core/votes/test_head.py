"""The linear head beside plain matrix products."""

import numpy as np
import pytest

from vicinal.core.votes.ridge_head import HeadWeights


@pytest.mark.parametrize(("classes", "width"), [(2, 20), (7, 128), (60, 64), (300, 33)])
def test_probabilities_of_a_row_do_not_depend_on_the_other_rows(classes, width):
    rng = np.random.default_rng(classes)
    fit = HeadWeights(rng.standard_normal((width, classes)) / width, np.eye(width))
    features = rng.standard_normal((200, width)).astype(np.float32)
    together = fit.probabilities(features)
    alone = np.concatenate([fit.probabilities(features[row : row + 1]) for row in range(200)], axis=1)
    np.testing.assert_array_equal(together, alone)
    expected = np.maximum(1 / classes + features @ fit.weights, 0).T + 1e-6
    np.testing.assert_allclose(together, expected / expected.sum(axis=0), rtol=1e-3, atol=1e-6)
