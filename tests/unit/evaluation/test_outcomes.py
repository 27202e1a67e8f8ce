import numpy as np
import pytest

from vicinal.evaluation.labelling import Run
from vicinal.evaluation.simulation import (
    LabelsNeeded,
    MethodOutcome,
    efficiency,
    find_labels_needed,
    make_absolute_target,
    make_relative_target,
    mean_and_error,
)

COUNTS = np.array([1, 2, 3, 4])


def outcome(*rows, with_all=1.0):
    runs = [Run(COUNTS, np.array(row)) for row in rows]
    return MethodOutcome("one", runs, [with_all] * len(runs), [1.0] * len(runs))


def test_labels_needed_by_hand():
    told = find_labels_needed(outcome([0.1, 0.9, 0.9, 0.9], [0.1, 0.2, 0.3, 0.9]), make_absolute_target(0.9))
    assert told == LabelsNeeded(mean=3.0, standard_error=1.0, lower_bound=3.0, reached=2, runs=2, each=(2, 4))


def test_where_one_run_fails_there_is_a_lower_bound_and_no_mean():
    told = find_labels_needed(outcome([0.1, 0.9, 0.9, 0.9], [0.1, 0.2, 0.3, 0.8]), make_absolute_target(0.9))
    assert told == LabelsNeeded(
        mean=None, standard_error=None, lower_bound=3.0, reached=1, runs=2, each=(2, None)
    )


def test_a_single_run_has_no_error():
    assert find_labels_needed(outcome([0.1, 0.9, 0.9, 0.9]), make_absolute_target(0.9)).standard_error is None
    assert mean_and_error([2.0]) == {"mean": 2.0, "error": None}


def test_a_share_hangs_on_what_all_labels_bring():
    told = outcome([0.1, 0.4, 0.5, 0.6], with_all=0.5)
    assert find_labels_needed(told, make_relative_target(0.9)).each == (3,)
    assert find_labels_needed(told, make_absolute_target(0.9)).each == (None,)


@pytest.mark.parametrize(
    ("ours", "theirs", "ratio", "is_upper_bound"),
    [
        (LabelsNeeded(6000, None, 6000, 1, 1, ()), LabelsNeeded(8000, None, 8000, 1, 1, ()), 0.75, False),
        (LabelsNeeded(20, None, 20, 2, 2, ()), LabelsNeeded(None, None, 100, 1, 2, ()), 0.2, True),
        (LabelsNeeded(None, None, 20, 1, 2, ()), LabelsNeeded(100, None, 100, 2, 2, ()), None, False),
        (LabelsNeeded(None, None, 20, 1, 2, ()), LabelsNeeded(None, None, 100, 0, 2, ()), None, False),
    ],
)
def test_efficiency_is_a_share_of_what_the_baseline_needs(ours, theirs, ratio, is_upper_bound):
    told = efficiency(ours, theirs)
    assert (told.ratio, told.is_upper_bound) == (ratio, is_upper_bound)
