import numpy as np
import pytest
from scipy.special import chdtrc

from vicinal.core.arms import control_row, is_control, is_in_holdout


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1 / 3, 0.9])
def test_the_control_share_holds_over_any_run_of_suggestions(share):
    drawn = np.array([is_control(5, place, share) for place in range(500)])
    for start in (0, 17, 333):
        for count in (1, 7, 100, 167):
            assert abs(drawn[start : start + count].sum() - count * share) < 1


def test_pools_of_other_seeds_draw_at_other_places():
    patterns = {tuple(is_control(seed, place, 0.2) for place in range(10)) for seed in range(50)}
    assert len(patterns) == 5


def test_control_rows_are_uniform():
    counts = np.bincount([control_row(seed, place, 10) for seed in range(20) for place in range(200)])
    assert (counts > 0).tolist() == [True] * 10
    # Pearson's test: the probability of counts that are as far from 400 each, or farther.
    assert chdtrc(9, ((counts - 400) ** 2 / 400).sum()) > 0.001


def test_the_holdout_is_a_share_that_only_grows_with_the_share():
    ids = [f"item-{number}" for number in range(4000)]
    kept = {
        share: {item_id for item_id in ids if is_in_holdout(3, item_id, share)} for share in (0, 0.1, 0.3)
    }
    assert kept[0] == set()
    assert len(kept[0.1]) == pytest.approx(400, abs=4 * np.sqrt(4000 * 0.1 * 0.9))
    assert len(kept[0.3]) == pytest.approx(1200, abs=4 * np.sqrt(4000 * 0.3 * 0.7))
    assert kept[0.1] < kept[0.3]
    assert kept[0.1] != {item_id for item_id in ids if is_in_holdout(4, item_id, 0.1)}
