import pytest

from benchmarks.compare import below_random, differences, table, times_fewer


def need(mean: float | None, bound: float = 0.0) -> dict[str, object]:
    reached = 2 if mean is not None else 1
    return {"mean": mean, "standard_error": 1.0, "lower_bound": mean or bound, "reached": reached, "runs": 2}


def results(default: list[list[float]], random: list[list[float]]) -> dict[str, object]:
    labels = [10, 30, 60]
    runs = {
        name: [{"labels": labels, "accuracy": accuracy} for accuracy in each]
        for name, each in (("default", default), ("random", random))
    }
    return {
        "data": {"name": "pears"},
        "settings": {"budget": 60},
        "trials": [{"pool_items": 100, "test_items": 20}] * 2,
        "with_all_labels": {"nearest_10": {"mean": 0.95}},
        "labels_to_share_details": {"default": {"0.9": need(20.0)}, "random": {"0.9": need(None, 60.0)}},
        "efficiency": {
            "labels_to_share": {
                "default": {"0.9": {"ratio": 0.25, "is_upper_bound": True}},
                "random": {"0.9": {"ratio": None, "is_upper_bound": True}},
            }
        },
        "runs": runs,
    }


BETTER = results([[0.6, 0.8, 0.9], [0.6, 0.8, 0.9]], [[0.5, 0.7, 0.8], [0.4, 0.6, 0.8]])


def test_differences_lie_between_measured_counts() -> None:
    assert differences(BETTER, "default", 20) == pytest.approx([0.1, 0.2])
    assert differences(BETTER, "default", 100) == []


def test_a_target_that_random_missed_bounds_the_ratio() -> None:
    assert times_fewer(BETTER, "0.9") == (3.0, True)


def test_table_tells_labels_efficiency_and_differences() -> None:
    row = next(line for line in table(BETTER, "0.9").splitlines() if line.startswith("| `default`"))
    assert row == "| `default` | 20.0 ± 1.0 | < 25% | +15.0 ± 5.0 | +11.7 ± 1.7 |"


def test_below_random_needs_two_standard_errors() -> None:
    assert below_random(BETTER) == []
    worse = results([[0.4, 0.5, 0.6], [0.4, 0.5, 0.6]], [[0.5, 0.6, 0.7], [0.5, 0.6, 0.71]])
    assert below_random(worse) == ["pears at 20 labels: -0.1000", "pears at 50 labels: -0.1033"]
