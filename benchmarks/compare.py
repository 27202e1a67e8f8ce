"""Tables in Markdown from what `vicinal simulate` has written.

    python -m benchmarks.compare FOLDER [FOLDER ...] [--share 0.9]

For each results.json: labels to a share of what all labels bring, the part of random's labels that
this is, and each strategy's accuracy less random's, run by run, at some label counts. Below, the geometric
mean over the folders of random's labels divided by those of `default`.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vicinal.evaluation.simulation import mean_and_error

COUNTS = (20, 50, 100, 150)
SUBJECT, BASELINE = "default", "random"


def differences(results: Mapping[str, Any], strategy: str, count: int) -> list[float]:
    """Accuracy less the baseline's after `count` labels, of each run on the same split.

    Counts that were not measured lie on a line between those that were; runs that ended before are left out.
    """
    pairs = zip(results["runs"][strategy], results["runs"][BASELINE], strict=True)
    return [
        _accuracy(run, count) - _accuracy(random, count)
        for run, random in pairs
        if min(run["labels"][-1], random["labels"][-1]) >= count
    ]


def times_fewer(results: Mapping[str, Any], share: str) -> tuple[float, bool] | None:
    """The baseline's mean labels to a share of all over those of `default`, and whether it is a lower bound.

    None where a run of `default` did not get there.
    """
    own, random = (results["labels_to_share_details"][name][share] for name in (SUBJECT, BASELINE))
    if own["mean"] is None:
        return None
    needed = random["lower_bound"] if random["mean"] is None else random["mean"]
    return needed / own["mean"], random["mean"] is None


def table(results: Mapping[str, Any], share: str) -> str:
    """One data set's table."""
    counts = [count for count in COUNTS if count <= results["settings"]["budget"]]
    heads = ["strategy", f"labels to {float(share):.0%} of all", "of random's"]
    heads += [f"over random at {count}" for count in counts]
    lines = [_title(results), "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for name in results["runs"]:
        cells = [
            f"`{name}`",
            _labels(results["labels_to_share_details"][name][share]),
            _part(results, name, share),
        ]
        cells += [
            "" if name == BASELINE else _difference(differences(results, name, count)) for count in counts
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def below_random(results: Mapping[str, Any]) -> list[str]:
    """Where `default` is below random by more than two standard errors, in words."""
    told = []
    for count in COUNTS:
        summary = mean_and_error(differences(results, SUBJECT, count) or [0.0])
        if summary["mean"] < -2 * (summary["error"] or 0.0):
            told.append(f"{results['data']['name']} at {count} labels: {summary['mean']:+.4f}")
    return told


def _accuracy(run: Mapping[str, Any], count: int) -> float:
    return float(np.interp(count, run["labels"], run["accuracy"]))


def _title(results: Mapping[str, Any]) -> str:
    with_all = results["with_all_labels"]["nearest_10"]["mean"]
    trial = results["trials"][0]
    return (
        f"### {results['data']['name']}: {trial['pool_items']} items to choose from, {trial['test_items']} "
        f"tested on, {len(results['trials'])} runs; 10-NN with all labels {with_all:.3f}"
    )


def _labels(need: Mapping[str, Any]) -> str:
    if need["mean"] is None:
        return f"> {need['lower_bound']:.0f} ({need['reached']} of {need['runs']} runs)"
    error = need["standard_error"]
    return f"{need['mean']:.1f}" + ("" if error is None else f" ± {error:.1f}")


def _part(results: Mapping[str, Any], name: str, share: str) -> str:
    efficiency = results["efficiency"]["labels_to_share"][name][share]
    if efficiency["ratio"] is None:
        return ""
    return f"{'< ' if efficiency['is_upper_bound'] else ''}{efficiency['ratio']:.0%}"


def _difference(values: Sequence[float]) -> str:
    if not values:
        return ""
    summary = mean_and_error(values)
    error = summary["error"]
    return f"{100 * summary['mean']:+.1f}" + ("" if error is None else f" ± {100 * error:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+", help="that `vicinal simulate --out` wrote")
    parser.add_argument("--share", default="0.9", help="of the accuracy with all labels; one of its --target")
    args = parser.parse_args()
    read = [json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in args.folder]
    for results in read:
        print(table(results, args.share))
    compared = [results for results in read if {SUBJECT, BASELINE} <= results["runs"].keys()]
    ratios = [times_fewer(results, args.share) for results in compared]
    known = [ratio for ratio in ratios if ratio is not None]
    if known and len(known) == len(ratios):
        bound = "at least " if any(is_bound for _, is_bound in known) else ""
        mean = float(np.exp(np.mean(np.log([ratio for ratio, _ in known]))))
        print(f"random's labels over those of {SUBJECT}, geometric mean: {bound}{mean:.2f}")
    below = [told for results in compared for told in below_random(results)]
    print(f"{SUBJECT} below random by more than two standard errors: {'; '.join(below) or 'nowhere'}")


if __name__ == "__main__":
    main()
