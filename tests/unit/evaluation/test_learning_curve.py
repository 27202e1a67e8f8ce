import numpy as np
import pytest

from vicinal.evaluation.labelling import Run, labels_to, learning_curve, mean_labels_to


def run_of(counts, accuracies):
    return Run(np.array(counts), np.array(accuracies, dtype=float))


def test_mean_and_standard_error_by_hand():
    curve = learning_curve([run_of([5, 10], [0.4, 0.8]), run_of([5, 10], [0.6, 0.8])])
    assert curve.run_count == 2
    np.testing.assert_array_equal(curve.label_counts, [5, 10])
    np.testing.assert_allclose(curve.means, [0.5, 0.8])
    # Sample deviation of {0.4, 0.6} is 0.1 * sqrt(2); over sqrt(2) runs that is 0.1.
    np.testing.assert_allclose(curve.standard_errors, [0.1, 0.0], atol=1e-12)


def test_only_label_counts_of_all_runs_are_averaged():
    curve = learning_curve([run_of([5, 10, 12], [0.1, 0.2, 0.3]), run_of([5, 12, 15], [0.3, 0.5, 0.6])])
    np.testing.assert_array_equal(curve.label_counts, [5, 12])
    np.testing.assert_allclose(curve.means, [0.2, 0.4])


def test_the_error_of_a_single_run_is_unknown():
    assert np.isnan(learning_curve([run_of([1, 2], [0.5, 0.6])]).standard_errors).all()


@pytest.mark.parametrize("runs", [[], [run_of([1], [0.5]), run_of([2], [0.5])]])
def test_runs_without_common_ground_are_refused(runs):
    with pytest.raises(ValueError, match="run"):
        learning_curve(runs)


@pytest.mark.parametrize(
    ("counts", "accuracies"), [([], []), ([1, 2], [0.5]), ([2, 1], [0.5, 0.5]), ([1, 1], [0.5, 0.5])]
)
def test_what_is_no_curve_is_refused(counts, accuracies):
    with pytest.raises(ValueError, match="run"):
        run_of(counts, accuracies)


def test_the_first_count_at_the_target_is_taken_whatever_comes_later():
    run = run_of([5, 10, 15, 20], [0.2, 0.85, 0.6, 0.9])
    assert labels_to(run, 0.85) == 10
    assert labels_to(run, 0.86) == 20
    assert labels_to(run, 0.1) == 5
    assert labels_to(run, 0.95) is None


def test_a_mean_is_given_only_if_all_runs_reached_the_target():
    runs = [run_of([5, 10], [0.8, 0.9]), run_of([5, 10], [0.7, 0.8])]
    assert mean_labels_to(runs, 0.8) == 7.5
    assert mean_labels_to(runs, 0.9) is None
    assert mean_labels_to([], 0.5) is None
