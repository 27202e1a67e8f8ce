import pytest

from vicinal.evaluation.report.page import headline, need_cell


def need(mean, bound=None, reached=2):
    return {"mean": mean, "standard_error": 1.0, "lower_bound": bound or mean, "reached": reached, "runs": 2}


NEVER = need(None, 60, 0)


def told(default, random=None, ratio=0.1, first="default", of_all=False):
    """Figures of two targets for each strategy, accuracies or shares; of the other kind, none is reached."""
    strategies = {"default": default} | ({"random": random} if random else {})
    ordered = {name: strategies[name] for name in sorted(strategies, key=lambda name: name != first)}
    details = {name: {"0.8": at80, "0.9": at90} for name, (at80, at90) in ordered.items()}
    never = {name: {"0.8": NEVER, "0.9": NEVER} for name in ordered}
    ratios = {"default": {at: {"ratio": ratio, "is_upper_bound": False} for at in ("0.8", "0.9")}}
    return {
        "data": {"name": "fruits"},
        "settings": {"budget": 60},
        "curves": {name: {"mean": [0.2, 0.7]} for name in ordered},
        "labels_to_details": never if of_all else details,
        "labels_to_share_details": details if of_all else never,
        "with_all_labels": {"nearest_10": {"mean": 0.75}},
        "efficiency": {"labels_to": ratios, "labels_to_share": ratios},
    }


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        (
            told([need(5), need(12.5)], [need(100), need(125)]),
            "On fruits, default needs 12.5 labels to reach 90% accuracy, random needs 125: 10% as many.",
        ),
        (
            told([need(5), need(12)], [need(50), need(None, 55, 1)]),
            "On fruits, default needs 5 labels to reach 80% accuracy, random needs 50: 10% as many.",
        ),
        (
            told([need(5), need(12)], [NEVER, NEVER]),
            "On fruits, default needs 12 labels to reach 90% accuracy; random needs at least 60.",
        ),
        (told([need(5), NEVER]), "On fruits, default needs 5 labels to reach 80% accuracy."),
        (
            told([need(5), need(9)], [need(50), need(90)], of_all=True),
            "On fruits, default needs 9 labels to reach 90% of the accuracy with all labels (75%), "
            "random needs 90: 10% as many.",
        ),
        (
            told([NEVER, NEVER], [need(5), need(9)]),
            "On fruits, 60 labels are too few for the targets in every run: "
            "default ends at 70%, random ends at 70% accuracy.",
        ),
        (
            told([need(5), NEVER], [need(8), NEVER], first="random"),
            "On fruits, random needs 8 labels to reach 80% accuracy.",
        ),
    ],
)
def test_the_headline_claims_no_more_than_was_measured(figures, sentence):
    assert headline(figures) == sentence


@pytest.mark.parametrize(
    ("figures", "cell"),
    [
        (need(12.0), "12 ± 1.0"),
        (need(1234.5), "1,234.5 ± 1.0"),
        (need(None, 40.0, 1), "≥ 40 (1 of 2 runs)"),
        (NEVER, "not reached"),
        (need(3.0) | {"standard_error": None}, "3"),
    ],
)
def test_labels_needed_in_a_cell(figures, cell):
    assert need_cell(figures) == cell
