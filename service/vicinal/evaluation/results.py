"""A simulation as plain data: what results.json holds, described in docs/simulate.md."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from vicinal.evaluation.labelling import MeanCurve, learning_curve
from vicinal.evaluation.simulation import (
    BASELINE,
    LabelsNeeded,
    Simulation,
    Target,
    efficiency,
    find_labels_needed,
    make_absolute_target,
    make_relative_target,
    mean_and_error,
)
from vicinal.records.pools import Fingerprint

SCHEMA = 1
_DIGITS = 6
# Targets of either kind, by the key that their figures go under.
KINDS = {"labels_to": make_absolute_target, "labels_to_share": make_relative_target}


def results(simulation: Simulation, fingerprint: Fingerprint | None, notes: Sequence[str]) -> dict[str, Any]:
    """All figures, as JSON has them; everything but `seconds` depends on data, settings and version alone.

    Args:
        simulation: that was run.
        fingerprint: what the vectors were made with; None for vectors of the user's own.
        notes: what a reader should know about the data, a sentence each.
    """
    settings = {**asdict(simulation.settings), "budget": simulation.budget}
    names = list(simulation.runs)
    summary: dict[str, Any] = _rounded(
        {
            "schema": SCHEMA,
            "vicinal": _version(),
            "data": _data(simulation, fingerprint),
            "settings": settings,
            "trials": [asdict(trial) for trial in simulation.trials],
            "with_all_labels": _with_all(simulation),
            **{kind: _labels(simulation, kind, "mean") for kind in KINDS},
            **{f"{kind}_details": _labels(simulation, kind, "") for kind in KINDS},
            "efficiency": {kind: _efficiencies(simulation, kind) for kind in KINDS},
            "curves": {name: _curve(simulation, name) for name in names},
            "runs": {name: _runs(simulation, name) for name in names},
            "notes": [*notes, *simulation.notes],
            "seconds": {name: _seconds(simulation, name) for name in names},
        }
    )
    return summary


def write_results(summary: Mapping[str, Any], path: Path) -> None:
    """Writes the figures as JSON.

    Raises:
        OSError: the file cannot be written.
    """
    text = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    # Half a surrogate pair, which UTF-8 does not take, becomes what JSON writes for it.
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def target_name(target: float) -> str:
    """A target as a key of JSON: 0.9 is "0.9"."""
    return f"{target:g}"


def curve_of(simulation: Simulation, method: str) -> MeanCurve:
    """The mean of a method's runs."""
    return learning_curve([run.curve for run in simulation.runs[method]])


def label_needs(simulation: Simulation) -> dict[str, dict[str, LabelsNeeded]]:
    """The labels that absolute targets take, by target in words ("90%"), then by method."""
    return {
        f"{100 * value:g}%": {
            name: find_labels_needed(simulation.outcome(name), make_absolute_target(value))
            for name in simulation.runs
        }
        for value in simulation.settings.targets
    }


def _data(simulation: Simulation, fingerprint: Fingerprint | None) -> dict[str, Any]:
    data = simulation.data
    names, counts = np.unique(list(data.classes), return_counts=True)
    return {
        "name": data.name,
        "items": len(data.ids),
        "groups": len(set(data.groups)),
        "dimension": int(data.vectors.shape[1]),
        "classes": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "featurizer": None if fingerprint is None else {**asdict(fingerprint), "digest": fingerprint.digest},
    }


def _with_all(simulation: Simulation) -> dict[str, Any]:
    """Accuracy with all labels over the trials: of the 10 nearest, and of each vote model."""
    by_votes: dict[str, list[float]] = {}
    for trial in simulation.trials:
        for model, accuracy in trial.with_all_by_votes.items():
            by_votes.setdefault(model, []).append(accuracy)
    nearest = [trial.with_all for trial in simulation.trials]
    return {
        "nearest_10": mean_and_error(nearest),
        "by_votes": {model: mean_and_error(each) for model, each in by_votes.items()},
    }


def _target(kind: str, value: float) -> Target:
    return KINDS[kind](value)


def _labels(simulation: Simulation, kind: str, only: str) -> dict[str, Any]:
    """By method and target: all that is known of the labels it takes, or one part of it."""
    summary: dict[str, Any] = {}
    for name in simulation.runs:
        needs = {
            target_name(value): asdict(find_labels_needed(simulation.outcome(name), _target(kind, value)))
            for value in simulation.settings.targets
        }
        summary[name] = {at: each[only] for at, each in needs.items()} if only else needs
    return summary


def _efficiencies(simulation: Simulation, kind: str) -> dict[str, Any] | None:
    """By method and target: its labels over those of the baseline; None where the baseline was not run."""
    if BASELINE not in simulation.runs:
        return None
    return {
        name: {
            target_name(value): asdict(
                efficiency(
                    find_labels_needed(simulation.outcome(name), _target(kind, value)),
                    find_labels_needed(simulation.outcome(BASELINE), _target(kind, value)),
                )
            )
            for value in simulation.settings.targets
        }
        for name in simulation.runs
    }


def _curve(simulation: Simulation, name: str) -> dict[str, Any]:
    curve = curve_of(simulation, name)
    return {
        "labels": curve.label_counts.tolist(),
        "mean": curve.means.tolist(),
        "standard_error": [None if math.isnan(error) else error for error in curve.standard_errors.tolist()],
    }


def _runs(simulation: Simulation, name: str) -> list[dict[str, Any]]:
    return [
        {
            "labels": run.curve.label_counts.tolist(),
            "accuracy": run.curve.accuracies.tolist(),
            "picks": list(run.picks),
        }
        for run in simulation.runs[name]
    ]


def _seconds(simulation: Simulation, name: str) -> dict[str, Any]:
    steps = [seconds for run in simulation.runs[name] for seconds in run.step_seconds]
    p50, p95 = np.percentile(steps, [50, 95]).tolist() if steps else (None, None)
    return {"per_step": {"p50": p50, "p95": p95}, "runs": list(simulation.seconds[name])}


def _version() -> str:
    try:
        return version("vicinal")
    except PackageNotFoundError:
        return "unknown"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value
