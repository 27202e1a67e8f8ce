"""A simulation's figures in words, for tables and the headline. What they read is a `results` mapping."""

from collections.abc import Mapping
from typing import Any

from vicinal.evaluation.simulation import BASELINE

Told = Mapping[str, Any]


def percent(value: float) -> str:
    """A share as a percentage, with as many digits as it needs, up to one.

    >>> percent(0.9), percent(0.925)
    ('90%', '92.5%')
    """
    return f"{100 * value:.1f}".removesuffix(".0") + "%"


def labels(count: float) -> str:
    """A mean number of labels.

    >>> labels(12.0), labels(12.333)
    ('12', '12.3')
    """
    return f"{count:,.1f}".removesuffix(".0")


def need_cell(need: Told) -> str:
    """Labels that a target takes, with one standard error; at least so many where a run did not get there."""
    if need["reached"] == 0:
        return "not reached"
    if need["mean"] is None:
        return f"≥ {labels(need['lower_bound'])} ({need['reached']} of {need['runs']} runs)"
    error = need["standard_error"]
    return labels(need["mean"]) + ("" if error is None else f" ± {error:.1f}")


def ratio_cell(efficiency: Told) -> str:
    """Labels needed as a share of those that the baseline needs.

    >>> ratio_cell({"ratio": 0.75, "is_upper_bound": False}), ratio_cell({"ratio": None})
    ('75%', '-')
    """
    if efficiency["ratio"] is None:
        return "-"
    return ("≤ " if efficiency["is_upper_bound"] else "") + f"{100 * efficiency['ratio']:.0f}%"


def milliseconds(seconds: float | None) -> str:
    """A duration, or a dash where there is none.

    >>> milliseconds(0.00214)
    '2.1 ms'
    """
    return "-" if seconds is None else f"{1000 * seconds:.1f} ms"


def headline(told: Told) -> str:
    """What the first strategy needs, and random: at the highest target that both reach in every run.

    Where the first reaches no accuracy that was asked for, shares of the accuracy with all labels stand in.
    """
    name = next(iter(told["curves"]))
    for kind in ("labels_to", "labels_to_share"):
        needs = told[f"{kind}_details"]
        reached = [target for target, need in needs[name].items() if need["mean"] is not None]
        if reached:
            others = needs.get(BASELINE) if name != BASELINE else None
            shared = [target for target in reached if others and others[target]["mean"] is not None]
            return _needs(told, kind, name, max(shared or reached, key=float))
    return _ends(told, name)


def _needs(told: Told, kind: str, name: str, target: str) -> str:
    """The sentence for one target that the strategy reaches in every run."""
    needs = told[f"{kind}_details"]
    goal = f"{percent(float(target))} accuracy"
    if kind == "labels_to_share":
        most = percent(told["with_all_labels"]["nearest_10"]["mean"])
        goal = f"{percent(float(target))} of the accuracy with all labels ({most})"
    ours = labels(needs[name][target]["mean"])
    said = f"On {told['data']['name']}, {name} needs {ours} labels to reach {goal}"
    if name == BASELINE or BASELINE not in needs:
        return f"{said}."
    theirs = needs[BASELINE][target]
    if theirs["mean"] is None:
        return f"{said}; {BASELINE} needs at least {labels(theirs['lower_bound'])}."
    ratio = ratio_cell(told["efficiency"][kind][name][target])
    return f"{said}, {BASELINE} needs {labels(theirs['mean'])}: {ratio} as many."


def _ends(told: Told, name: str) -> str:
    """Where no target is reached in every run: what accuracy there is at the end."""
    shown = [at for at in dict.fromkeys([name, BASELINE]) if at in told["curves"]]
    ends = ", ".join(f"{at} ends at {percent(told['curves'][at]['mean'][-1])}" for at in shown)
    budget, data = told["settings"]["budget"], told["data"]["name"]
    return f"On {data}, {budget} labels are too few for the targets in every run: {ends} accuracy."
