"""A pool's limits: the last that fits is taken, and one more changes nothing."""

import numpy as np
import pytest

from vicinal.core.errors import LimitExceeded
from vicinal.pools.state.pool import PoolLimits

LIMITS = PoolLimits(max_items=10, max_classes=3)


@pytest.mark.parametrize(
    ("there", "new", "fits"), [(0, 10, True), (9, 1, True), (10, 0, True), (12, 0, True)]
)
def test_items_that_fit(there, new, fits):
    LIMITS.check_items("p", there, new)


@pytest.mark.parametrize(("there", "new"), [(0, 11), (9, 2), (10, 1), (12, 1)])
def test_items_that_do_not(there, new):
    with pytest.raises(LimitExceeded) as caught:
        LIMITS.check_items("p", there, new)
    for told in ("'p'", str(there), str(new), "10", "max_items_per_pool"):
        assert told in caught.value.message


@pytest.mark.parametrize(
    ("standing", "given"),
    [("", "abc"), ("abc", "abc"), ("ab", "c"), ("abcd", "a"), ("abcd", ""), ("", "aaaa")],
)
def test_classes_that_fit(standing, given):
    LIMITS.check_classes("p", standing, given, "labels")


@pytest.mark.parametrize(("standing", "given"), [("", "abcd"), ("abc", "d"), ("abcd", "e"), ("ab", "acd")])
def test_classes_that_do_not(standing, given):
    with pytest.raises(LimitExceeded) as caught:
        LIMITS.check_classes("p", standing, given, "labels")
    for told in ("labels:", "'p'", str(len({*standing, *given})), "3", "max_classes_per_pool"):
        assert told in caught.value.message


def test_untold_a_pool_is_bounded_all_the_same():
    assert np.iinfo(np.int32).max > PoolLimits().max_items > PoolLimits().max_classes > 100
