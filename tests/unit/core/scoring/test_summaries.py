import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vicinal.core.scoring.ecdf import (
    FAN_IN,
    PART_STEPS,
    RANK_ERROR,
    SummaryTree,
    cdf_by,
    compressed,
    empirical_cdf,
    merged,
    summary_of,
)


def true_counts(values, asked):
    return np.searchsorted(np.sort(values), asked, side="right")


def around(values):
    """The values, what lies between them, and beyond."""
    different = np.unique(values)
    return np.concatenate(
        [different, (different[:-1] + different[1:]) / 2, [different[0] - 1, different[-1] + 1]]
    )


@given(
    st.lists(st.lists(st.integers(-5, 5), min_size=1, max_size=40), min_size=1, max_size=6),
    st.integers(1, 12),
)
def test_no_count_is_off_by_more_than_is_told(groups, steps):
    parts = [np.array(group, dtype=np.float64) for group in groups]
    summary = compressed(merged([summary_of(part, steps) for part in parts]), steps)
    values = np.concatenate(parts)
    asked = around(values)
    assert summary.count == len(values)
    assert np.abs(summary.upto(asked) - true_counts(values, asked)).max() <= summary.error + 1e-9
    assert (np.diff(summary.upto(np.sort(asked))) >= 0).all()


def test_few_values_are_counted_exactly():
    values = np.array([3.0, -np.inf, 1.0, 1.0, np.inf])
    np.testing.assert_array_equal(cdf_by(summary_of(values), values), empirical_cdf(values))
    assert summary_of(values).error == 0.0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "ties", "mostly one", "sorted parts", "constant"])
def test_cdf_of_many_parts_is_within_the_stated_bound(kind):
    generator = np.random.default_rng(0)
    # More parts than are merged at a time, and more values in each than steps are kept.
    values = generator.normal(size=(FAN_IN + 30) * 3 * PART_STEPS)
    if kind == "ties":
        values = np.round(values, 1)
    if kind == "mostly one":
        values[generator.random(len(values)) < 0.9] = 0.25
    if kind == "sorted parts":
        values = np.sort(values)
    if kind == "constant":
        values[:] = 7.0
    tree = SummaryTree()
    for part in np.split(values, FAN_IN + 30):
        tree.add(summary_of(part))
    summary = tree.summary()
    off = np.abs(cdf_by(summary, values) - empirical_cdf(values))
    assert off.max() <= summary.error / summary.count + 1e-12
    assert summary.error / summary.count <= RANK_ERROR
    # Steps are what memory is spent on.
    assert len(summary.steps) < 5 * PART_STEPS


@pytest.mark.slow
def test_three_levels_keep_the_bound():
    generator = np.random.default_rng(1)
    parts = generator.exponential(size=(FAN_IN * FAN_IN + 5, 40))
    tree = SummaryTree()
    for part in parts:
        tree.add(summary_of(part, 16))
    summary = tree.summary()
    off = np.abs(cdf_by(summary, parts.ravel()) - empirical_cdf(parts.ravel())).max()
    assert off <= summary.error / summary.count
    # The share of a part's own error, and half a step of 4096 for each level.
    assert summary.error / summary.count <= 1 / 32 + 3 / 4096


def test_without_values_nothing_is_counted():
    nothing = SummaryTree().summary()
    assert nothing.count == 0
    np.testing.assert_array_equal(nothing.upto(np.array([1.0])), [0.0])
