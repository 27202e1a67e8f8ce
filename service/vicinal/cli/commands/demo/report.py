"""What the demo ends with: a table, a picture of the curves, and a summary for programs."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vicinal.cli.commands.demo.labelling import DemoRun, DemoSettings
from vicinal.cli.commands.demo.pictures import EmbeddedPictures
from vicinal.cli.inputs import LeftOutCount
from vicinal.cli.output import plain, print_table, say, share
from vicinal.evaluation.labelling import MeanCurve, labels_to, learning_curve, mean_labels_to
from vicinal.evaluation.plots import plot_learning_curves

TARGETS = (0.8, 0.85, 0.9)
CURVE_FILE, SUMMARY_FILE = "learning-curve.png", "summary.json"


@dataclass(frozen=True, eq=False)
class DemoResult:
    """All that the demo found out.

    Attributes:
        outcomes: by strategy, one for each repeat.
        seconds: from the start of the command.
        left_out: what of the data was left out, counted.
    """

    name: str
    settings: DemoSettings
    embedded: EmbeddedPictures
    outcomes: Mapping[str, Sequence[DemoRun]]
    seconds: float
    left_out: Sequence[LeftOutCount] = ()

    def curve(self, strategy: str) -> MeanCurve:
        """The mean of the strategy's runs."""
        return learning_curve([outcome.run for outcome in self.outcomes[strategy]])

    def labels_to(self, strategy: str, target: float) -> float | None:
        """Mean number of labels to the target; None unless every run reached it."""
        return mean_labels_to([outcome.run for outcome in self.outcomes[strategy]], target)

    def wait_milliseconds(self, strategy: str) -> dict[str, float | None]:
        """Median and 95th percentile of the time from a batch of labels to the next suggestions."""
        waits = [1000 * wait for outcome in self.outcomes[strategy] for wait in outcome.waits_seconds]
        percentiles = np.percentile(waits, [50, 95]).round(2).tolist() if waits else [None, None]
        return dict(zip(("p50", "p95"), percentiles, strict=True))


def summary(result: DemoResult) -> dict[str, Any]:
    """The result for programs.

    Keys:
        data, settings, featurizer: what was done.
        labels_to: {strategy: {"0.8": mean number of labels over the repeats, or null if one of them
            did not reach that accuracy within the budget}}.
        labels_to_by_repeat: the same for each repeat.
        curves: {strategy: {label_counts, mean, standard_error (null if repeats is 1)}}.
        milliseconds_to_suggestion: {strategy: {"p50", "p95"}}, from sending a batch of labels to having
            the next batch of suggestions, over the network.
        seconds: {embedding, total}.
        left_out_counts: what of the data was left out: [{reason, count, first, suffixes}].
    """
    pictures, strategies = result.embedded.pictures, list(result.outcomes)
    return {
        "data": {
            "name": result.name,
            "pictures": len(pictures),
            "source_photos": len({picture.group for picture in pictures}),
            "classes": sorted({picture.answer for picture in pictures}),
        },
        "settings": asdict(result.settings),
        "featurizer": plain(result.embedded.fingerprint),
        "labels_to": {
            name: {f"{target:g}": result.labels_to(name, target) for target in TARGETS} for name in strategies
        },
        "labels_to_by_repeat": {
            name: {
                f"{target:g}": [labels_to(outcome.run, target) for outcome in result.outcomes[name]]
                for target in TARGETS
            }
            for name in strategies
        },
        "curves": {name: _curve(result.curve(name)) for name in strategies},
        "milliseconds_to_suggestion": {name: result.wait_milliseconds(name) for name in strategies},
        "seconds": {"embedding": round(result.embedded.seconds, 2), "total": round(result.seconds, 2)},
        "left_out_counts": plain(result.left_out),
    }


def _curve(curve: MeanCurve) -> dict[str, list[Any]]:
    return {
        "label_counts": curve.label_counts.tolist(),
        "mean": curve.means.round(6).tolist(),
        "standard_error": [
            None if math.isnan(error) else round(error, 6) for error in curve.standard_errors.tolist()
        ],
    }


def write_files(result: DemoResult, folder: Path) -> None:
    """Writes the summary and the picture of the curves into the folder.

    Raises:
        OSError: they cannot be written.
    """
    text = json.dumps(summary(result), indent=2, ensure_ascii=False)
    (folder / SUMMARY_FILE).write_text(text + "\n", encoding="utf-8")
    repeats = result.settings.repeats
    spread = f"mean of {repeats} runs with one standard error" if repeats > 1 else "one run"
    plot_learning_curves(
        {name: result.curve(name) for name in result.outcomes},
        folder / CURVE_FILE,
        title=f"{result.name}: what labels bring, suggested or at random",
        subtitle=f"{len(result.embedded.pictures)} pictures, {result.embedded.fingerprint.name}, {spread}; "
        f"tested on {share(result.settings.test_share).replace('.0', '')} of the source photos",
        targets=TARGETS,
    )


def print_result(result: DemoResult) -> None:
    """Writes the closing table, and how many times more labels random picks took."""
    targets = [f">labels to {target:.0%}" for target in TARGETS]
    columns = ["strategy", *targets, ">at the end", ">suggestion p50", ">p95"]
    print_table("", columns, [_row(result, name) for name in result.outcomes])
    for target in TARGETS:
        suggested, at_random = result.labels_to("default", target), result.labels_to("random", target)
        if suggested is not None and at_random is not None:
            say(f"{target:.0%} takes {at_random / suggested:.1f} times as many labels at random as suggested")


def _row(result: DemoResult, name: str) -> list[str]:
    labels = [result.labels_to(name, target) for target in TARGETS]
    waits = result.wait_milliseconds(name).values()
    return [
        name,
        *(f"over {result.settings.budget}" if count is None else f"{count:.0f}" for count in labels),
        share(float(result.curve(name).means[-1])),
        *("-" if wait is None else f"{wait:.1f} ms" for wait in waits),
    ]
