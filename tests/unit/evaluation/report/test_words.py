import pytest

from vicinal.evaluation.report.words import headline, need_cell


def need(mean, bound=None, reached=2):
    return {"mean": mean, "standard_error": 1.0, "lower_bound": bound or mean, "reached": reached, "runs": 2}


def told(default, random=None, ratio=0.1, first="default"):
    """Figures of two targets for each strategy."""
    strategies = {"default": default} | ({"random": random} if random else {})
    ordered = {name: strategies[name] for name in sorted(strategies, key=lambda name: name != first)}
    return {
        "data": {"name": "fruits"},
        "settings": {"budget": 60},
        "curves": {name: {"mean": [0.2, 0.7]} for name in ordered},
        "labels_to_details": {
            name: dict(zip(("0.8", "0.9"), needs, strict=True)) for name, needs in ordered.items()
        },
        "efficiency": {
            "labels_to": {"default": {at: {"ratio": ratio, "is_upper_bound": False} for at in ("0.8", "0.9")}}
        },
    }


NEVER = need(None, 60, 0)


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
