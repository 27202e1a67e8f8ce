"""Accuracy estimates against oracles, and by simulation: unbiased, and intervals that cover."""

import numpy as np
import pytest
from scipy.special import comb, ndtri

from vicinal.core.arms import control_row, is_control
from vicinal.core.statistics.accuracy import ProgressiveLabels, control_accuracy, holdout_accuracy, wilson
from vicinal.records.measurement import MeasuredShare


@pytest.mark.parametrize(("right", "count"), [(0, 7), (7, 7), (3, 11), (90, 100), (1, 400)])
def test_wilson_inverts_the_score_test(right, count):
    share = right / count
    for end in wilson(share, count):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(ndtri(0.975) * np.sqrt(end * (1 - end) / count))
    low, high = wilson(share, count)
    assert 0 <= low <= share <= high <= 1


def test_wilson_covers():
    """The exact coverage is nominal on average over true shares; at single ones it dips by a few percent."""
    count, outcomes = 40, np.arange(41)
    ends = np.array([wilson(right / count, count) for right in outcomes])
    truths = np.linspace(0.05, 0.95, 181)

    def chances(p):
        """The binomial distribution of right answers."""
        return comb(count, outcomes) * p**outcomes * (1 - p) ** (count - outcomes)

    covers = [chances(p)[(ends[:, 0] <= p) & (p <= ends[:, 1])].sum() for p in truths]
    assert np.mean(covers) == pytest.approx(0.95, abs=0.01)
    assert min(covers) > 0.91


def test_the_holdout_is_a_plain_proportion():
    correct = np.array([True] * 45 + [False] * 5)
    assert holdout_accuracy(correct) == MeasuredShare(0.9, *wilson(0.9, 50), 50)


def labels(suggestion_numbers, control, eligible, correct) -> ProgressiveLabels:
    return ProgressiveLabels(
        np.arange(1, len(suggestion_numbers) + 1),
        np.array(suggestion_numbers, dtype=np.int64),
        np.array(control, dtype=bool),
        np.array(eligible, dtype=np.int64),
        np.array(correct, dtype=bool),
    )


def test_without_control_labels_nothing_is_told():
    assert control_accuracy(labels([1], [False], [9], [True]), 10) is None


def test_a_worked_example():
    """Two known items, one of them right; then a control draw of 8 that is right: (1 + 8) / 10."""
    told = control_accuracy(labels([1, 2, 3], [0, 0, 1], [10, 9, 8], [1, 0, 1]), 5)
    assert told is not None
    assert (told.value, told.items) == (pytest.approx(0.9), 1)
    low, high = wilson(1.0, 1)
    assert (told.low, told.high) == (pytest.approx(0.1 + 0.8 * low), pytest.approx(0.1 + 0.8 * high))


def test_what_was_suggested_later_is_no_known_part():
    """The item of draw 2 was labelled first, but was still eligible at draw 1."""
    told = control_accuracy(labels([2, 1], [0, 1], [9, 10], [0, 1]), 5)
    assert told is not None
    assert told.value == 1.0


def test_only_the_window_counts():
    told = control_accuracy(labels([1, 2, 3], [1, 1, 1], [100, 99, 98], [0, 0, 1]), 1)
    assert told is not None
    assert (told.items, told.value) == (1, pytest.approx(98 / 100))


POOL, BUDGET, SHARE, WINDOW = 120, 60, 0.4, 12


def simulated(seed: int) -> tuple[MeasuredShare, float, float]:
    """A pool in which active choice takes the hardest items first while the model learns.

    Returns:
        The estimate, the true accuracy over the pool that it is an estimate of, and the plain mean of the
        control items, which does not see what active choice took away.
    """
    ease = np.random.default_rng(seed).uniform(size=POOL)
    is_open, correct_of = np.ones(POOL, dtype=bool), np.zeros(POOL, dtype=bool)
    rows: list[tuple[int, bool, int, bool]] = []
    truths: list[float] = []
    for place in range(BUDGET):
        # The share of items that the model gets wrong falls from 0.6 to 0.3.
        right_now = ease > 0.6 - 0.3 * place / BUDGET
        open_items = np.flatnonzero(is_open)
        control = is_control(seed, place, SHARE)
        if control:
            chosen = open_items[control_row(seed, place, len(open_items))]
            truths.append((correct_of[~is_open].sum() + right_now[is_open].sum()) / POOL)
        else:
            chosen = open_items[ease[open_items].argmin()]
        rows.append((place + 1, control, len(open_items), bool(right_now[chosen])))
        correct_of[chosen], is_open[chosen] = right_now[chosen], False
    told = labels(*zip(*rows, strict=True))
    estimate = control_accuracy(told, WINDOW)
    assert estimate is not None
    plain = told.correct[told.is_control][-WINDOW:].mean()
    return estimate, float(np.mean(truths[-WINDOW:])), float(plain)


@pytest.mark.slow
def test_the_control_arm_is_unbiased_and_its_interval_covers():
    """Over many small pools, to three standard errors of what so many pools can show.

    The interval is asked for 0.95 less three standard errors; it may cover more, as draws without
    replacement vary less than the binomial that it assumes.
    """
    pools = 1500
    runs = [simulated(seed) for seed in range(pools)]
    errors = np.array([estimate.value - truth for estimate, truth, _ in runs])
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(pools)
    covered = np.mean([estimate.low <= truth <= estimate.high for estimate, truth, _ in runs])
    assert covered > 0.95 - 3 * np.sqrt(0.95 * 0.05 / pools)
    # What it is there for: the plain mean of control items is far too high.
    assert np.mean([plain - truth for _, truth, plain in runs]) > 0.05
