"""Stop rules: what each looks at, and when they fire on runs recorded on real data."""

import json
from pathlib import Path

import numpy as np
import pytest

from vicinal.core.statistics.stopping import (
    RECENT_STOPS,
    STOP_LABELS,
    StopSettings,
    budget_spent,
    nothing_uncertain,
    plateau,
    predictions_stable,
    recent_changes,
    recent_stops,
    target_reached,
)
from vicinal.records.measurement import MeasuredShare

RECORDED = json.loads((Path(__file__).parents[3] / "data/stopping_runs.json").read_text())
RUNS = RECORDED["runs"]
SERIES = sorted({(run["data"], run["strategy"]) for run in RUNS})
LABELS = STOP_LABELS * len(RUNS[0]["accuracy"])
DEFAULTS = StopSettings()


def test_a_budget_is_spent_with_its_last_label():
    assert budget_spent(5, DEFAULTS) is None
    spent = [budget_spent(count, StopSettings(budget=10)) for count in (9, 10, 11)]
    assert [rule.holds for rule in spent if rule] == [False, True, True]


def test_the_target_is_reached_by_the_lower_end():
    wanted = StopSettings(target_accuracy=0.9)
    assert target_reached(None, wanted) is None
    assert target_reached(MeasuredShare(1, 1, 1, 9), DEFAULTS) is None
    ends = [target_reached(MeasuredShare(0.95, low, 0.99, 100), wanted) for low in (0.899, 0.9)]
    assert [rule.holds for rule in ends if rule] == [False, True]


def test_nothing_is_uncertain_up_to_the_threshold():
    assert nothing_uncertain(np.array([0.1, 0.2]), DEFAULTS).holds
    assert not nothing_uncertain(np.array([0.1, 0.21]), DEFAULTS).holds
    assert nothing_uncertain(np.zeros(0), DEFAULTS).holds


def test_stops_are_not_before_the_first_label():
    assert recent_stops(12) == [0, 0, 0, 0, 0, 0, 2, 7, 12]
    assert len(recent_stops(0)) == RECENT_STOPS


def test_changes_against_brute_force():
    predictions = np.random.default_rng(0).integers(-1, 3, (RECENT_STOPS, 50))
    told = recent_changes(predictions)
    assert len(told) == 4
    for newest in range(4):
        later, earlier = predictions[5 + newest], predictions[1 + newest]
        changed = [a != b or b == -1 for a, b in zip(later, earlier, strict=True)]
        assert told[newest] == pytest.approx(np.mean(changed))


def test_predictions_are_stable_when_the_mean_change_is_small():
    assert predictions_stable(np.full(4, 0.047), DEFAULTS).holds
    assert not predictions_stable(np.array([1.0, 0, 0, 0]), DEFAULTS).holds
    assert not predictions_stable(np.full(4, 0.02), StopSettings(changed_share=0.02)).holds


def test_a_plateau_needs_labels_no_gain_and_few_changes():
    flat, calm = np.full(RECENT_STOPS, 0.8), np.full(4, 0.04)
    assert plateau(29, flat, calm, DEFAULTS) is None
    for count, accuracies, changes, stands in (
        (30, flat, calm, True),
        (30, flat, np.full(4, 0.06), False),
        (300, np.linspace(0.7, 0.8, RECENT_STOPS), calm, False),
        # The gain is that over 30 labels, and over 15 early on.
        (300, np.repeat([0.7, 0.8], [3, 6]), calm, False),
        (30, np.repeat([0.7, 0.8], [3, 6]), calm, True),
    ):
        rule = plateau(count, accuracies, changes, DEFAULTS)
        assert rule is not None
        assert rule.holds is stands
    gained = plateau(300, np.repeat([0.7, 0.8], [3, 6]), calm, DEFAULTS)
    assert gained is not None
    assert gained.figure == pytest.approx(0.1)


def runs_of(series):
    return [run for run in RUNS if (run["data"], run["strategy"]) == series]


def smoothed(accuracies) -> np.ndarray:
    """Means over 25 labels."""
    padded = np.pad(np.array(accuracies), 2, mode="edge")
    return np.convolve(padded, np.ones(5) / 5, "valid")


def final_accuracy(accuracies) -> float:
    """The mean over the last tenth of the run."""
    return float(np.mean(accuracies[-len(accuracies) // 10 :]))


def true_plateau(series) -> int:
    """The first label count from which smoothed mean accuracy stays within 2 points of its final value."""
    mean = smoothed(np.mean([run["accuracy"] for run in runs_of(series)], axis=0))
    away = np.flatnonzero(np.abs(mean - final_accuracy(mean)) > 0.02)
    return STOP_LABELS * (int(away[-1]) + 2)


def fires_at(run, rule) -> int | None:
    """The label count at which a rule first holds, as it would in a session."""
    # Before the first label nothing is right, and everything is new.
    accuracy = np.concatenate([np.zeros(RECENT_STOPS), run["accuracy"]])
    changed = np.concatenate([np.ones(RECENT_STOPS), run["changed"]["20"]])
    for newest in range(RECENT_STOPS, len(accuracy)):
        count = STOP_LABELS * (newest + 1 - RECENT_STOPS)
        window = slice(newest + 1 - RECENT_STOPS, newest + 1)
        if rule(count, accuracy[window], changed[window][-4:]):
            return count
    return None


def plateau_holds(count, accuracies, changes) -> bool:
    rule = plateau(count, accuracies, changes, DEFAULTS)
    return rule is not None and rule.holds


def is_stable(count, accuracies, changes) -> bool:
    return predictions_stable(changes, DEFAULTS).holds


def either(count, accuracies, changes) -> bool:
    return plateau_holds(count, accuracies, changes) or is_stable(count, accuracies, changes)


RULES = {"plateau": plateau_holds, "stable": is_stable, "either": either}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("series", SERIES, ids="-".join)
def test_learning_rules_fire_at_the_plateau_of_recorded_runs(series, rule):
    """Within a tenth of the run's labels on average over seeds; never before 90 % of the final accuracy.

    On average, because where a single run's plateau begins is itself uncertain by some 50 labels: its
    accuracy goes up and down by a point or two all the way.
    """
    fired = []
    for run in runs_of(series):
        at = fires_at(run, rule)
        assert at is not None
        fired.append(at)
        reached = smoothed(run["accuracy"])[at // STOP_LABELS - 1]
        assert reached >= 0.9 * final_accuracy(run["accuracy"])
    assert abs(np.mean(fired) - true_plateau(series)) <= 0.1 * LABELS


def test_on_a_curve_that_climbs_no_rule_fires():
    for series in SERIES:
        for run in runs_of(series):
            climbing = np.array(run["accuracy"]) >= final_accuracy(run["accuracy"]) - 0.1
            first = STOP_LABELS * (int(np.argmax(climbing)) + 1)
            at = fires_at(run, either)
            assert at is not None
            assert at >= first


def test_the_fixture_is_what_it_says():
    assert RECORDED["step"] == STOP_LABELS
    assert len(RUNS) == 32
    assert {len(run["accuracy"]) for run in RUNS} == {60}
    assert all(len(run["changed"]["20"]) == 60 for run in RUNS)
