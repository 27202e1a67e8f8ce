"""Power laws against known ones, comparisons against their coverage, and the labels random needs."""

import math

import numpy as np
import pytest

from vicinal.core.statistics.learning import (
    MOST_EXTRAPOLATION,
    Comparison,
    PowerLaw,
    compare_in_turn,
    compare_on_sample,
    fit_power_law,
    random_effort,
)
from vicinal.records.measurement import Benefit

LAW = PowerLaw(0.95, 0.9, 0.5)
COUNTS = np.arange(10, 110, 10)


def curve_of(law: PowerLaw, counts=COUNTS) -> np.ndarray:
    return np.array([law.accuracy(count) for count in counts])


def test_a_known_law_is_found_again():
    found = fit_power_law(COUNTS, curve_of(LAW), np.full(10, 200.0))
    assert found is not None
    assert (found.ceiling, found.scale, found.exponent) == pytest.approx((0.95, 0.9, 0.5), abs=0.01)


def test_measurements_count_by_their_trials():
    accuracies = curve_of(LAW)
    accuracies[::2] -= 0.2
    trials = np.where(np.arange(10) % 2, 1e6, 1.0)
    found = fit_power_law(COUNTS, accuracies, trials)
    assert found is not None
    assert found.accuracy(55) == pytest.approx(LAW.accuracy(55), abs=0.01)


def test_few_label_counts_make_no_law():
    assert fit_power_law(COUNTS[:4], curve_of(LAW)[:4], np.ones(4)) is None


def test_labels_to_inverts_the_law():
    for accuracy in (0.3, 0.8, 0.9, 0.94):
        assert LAW.accuracy(LAW.labels_to(accuracy)) == pytest.approx(accuracy)
    assert LAW.labels_to(0.0) == 1
    assert LAW.labels_to(0.96) == math.inf
    assert PowerLaw(0.9, 0.0, 0.5).labels_to(0.8) == 1
    assert PowerLaw(0.9, 0.5, 0.05).labels_to(0.9 - 1e-300) == math.inf


def test_labels_of_random_are_extrapolated_a_little():
    trials = np.full(10, 400.0)
    told = random_effort(COUNTS, curve_of(LAW), trials, LAW.accuracy(250))
    assert told is not None
    assert not told.is_lower_bound
    assert told.label_count == pytest.approx(250, rel=0.02)


@pytest.mark.parametrize("accuracy", [LAW.accuracy(MOST_EXTRAPOLATION * 100 * 1.5), 0.99])
def test_far_away_random_needs_at_least_what_was_measured(accuracy):
    told = random_effort(COUNTS, curve_of(LAW), np.full(10, 4000.0), accuracy)
    assert told is not None
    assert (told.label_count, told.is_lower_bound) == (100, True)


def test_nothing_is_told_where_the_measurement_is_not_sure_to_be_lower():
    flat = np.full(10, 0.8)
    assert random_effort(COUNTS, flat, np.full(10, 30.0), 0.85) is None
    assert random_effort(np.zeros(0, dtype=np.int64), flat[:0], flat[:0], 0.85) is None


@pytest.mark.slow
def test_single_outcomes_will_do():
    """Over 400 items predicted in turn, by a chance that follows the law: right to a quarter, on average."""
    counts = np.arange(1, 401)
    rng, told = np.random.default_rng(0), []
    for _ in range(30):
        outcomes = (rng.uniform(size=400) < np.maximum(curve_of(LAW, counts), 0)).astype(float)
        effort = random_effort(counts, outcomes, np.ones(400), 0.87)
        if effort is not None and not effort.is_lower_bound:
            told.append(effort.label_count)
    assert len(told) > 20
    assert np.median(told) == pytest.approx(LAW.labels_to(0.87), rel=0.25)


@pytest.mark.parametrize(
    ("low", "high", "benefit"),
    [
        (0.001, 0.2, Benefit.HELPING),
        (-0.1, 0.1, Benefit.UNKNOWN),
        (-0.2, 0.009, Benefit.NOT_HELPING),
        (0.0, 0.011, Benefit.UNKNOWN),
    ],
)
def test_the_benefit_is_told_by_the_interval(low, high, benefit):
    assert Comparison((low + high) / 2, low, high).benefit is benefit


def test_models_that_agree_everywhere_leave_a_doubt():
    same = np.ones(20, dtype=bool)
    told = compare_in_turn(same, same)
    assert told.difference == 0
    assert told.low == -told.high < 0


@pytest.mark.parametrize("advantage", [0.0, 0.15])
def test_the_interval_in_turn_covers(advantage):
    """95 % of 2000 runs, less three standard errors and a percent for the normal approximation."""
    rng, items, covered = np.random.default_rng(0), 60, 0
    for _ in range(2000):
        chance = rng.uniform(size=items)
        second = chance < 0.6
        first = np.where(rng.uniform(size=items) < 0.7, chance, rng.uniform(size=items)) < 0.6 + advantage
        told = compare_in_turn(first, second)
        covered += told.low <= advantage <= told.high
    assert covered / 2000 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 2000) - 0.01


def test_the_interval_on_a_sample_covers_the_chance_of_labels_too():
    """Models whose accuracy depends on which labels they were given: without that chance it would not cover.

    A label is worth some accuracy, and each model has the mean of its labels' worth.
    """
    rng, items, labels, models = np.random.default_rng(0), 400, 40, 8
    covered, blind = 0, 0
    for _ in range(400):
        worth = rng.normal(scale=0.3, size=labels)
        halves = [rng.permutation(labels)[: labels // 2] for _ in range(models)]
        others = np.stack([rng.uniform(size=items) < 0.7 + worth[half].mean() for half in halves])
        first = rng.uniform(size=items) < 0.7
        told = compare_on_sample(first, others)
        covered += told.low <= 0 <= told.high
        asked = first - others.mean(axis=0)
        blind += abs(asked.mean()) <= 1.96 * asked.std() / np.sqrt(items)
    assert covered / 400 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)
    assert blind / 400 < 0.9
