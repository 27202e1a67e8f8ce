"""How many labels a given accuracy takes, by strategy, on real data through real featurizers.

    python -m benchmarks.label_efficiency --data fruits --strategy default --strategy random --json FILE

Labels go into the session that serves users, one at a time; each answer brings the next item. A seed sets the
split and the pool's sample, so that methods are compared in pairs. Accuracy is that of
`PoolSession.classify` on the test set, after each of the first 30 labels and after every fifth from there;
means over labels interpolate between. A first label count at which a target is reached is therefore up to 4
too high beyond 30. A run that never reaches it counts with its budget, and the mean is then marked as a lower
bound.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.data_sets import DATA_SETS, load_data_set
from benchmarks.embeddings import embedded
from benchmarks.labelling_runs import make_trial, run_labelling
from benchmarks.methods import Method, parse_method
from vicinal.evaluation.labelling import Run
from vicinal.evaluation.simulation import (
    MethodOutcome,
    Target,
    make_absolute_target,
    make_relative_target,
    mean_and_error,
)
from vicinal.evaluation.trials import Trial, accuracy_with_all

METHODS = ("random", "classic", "direct", "diffused", "default")
BASELINE = "random"
# Means are also given over so many of the first labels.
EARLY = 30


OF_ALL = "0.9 of all"
TARGETS: Mapping[str, Target] = {
    "0.9": make_absolute_target(0.9),
    "0.95": make_absolute_target(0.95),
    OF_ALL: make_relative_target(0.9),
}


def summary(outcome: MethodOutcome, baseline: MethodOutcome | None, budget: int) -> dict[str, object]:
    """What is told of one method: all numbers over seeds."""
    accuracies = outcome.mean_accuracies(budget)
    told: dict[str, object] = {
        "mean_accuracy": mean_and_error(accuracies),
        "early_accuracy": mean_and_error(outcome.mean_accuracies(min(EARLY, budget))),
        "labels_to": {name: _labels_to(outcome, target) for name, target in TARGETS.items()},
        "seconds": round(float(np.mean(outcome.seconds)), 2),
        "curves": [
            {"labels": run.label_counts.tolist(), "accuracy": run.accuracies.tolist()} for run in outcome.runs
        ],
    }
    if baseline is not None:
        gains = np.subtract(accuracies, baseline.mean_accuracies(budget)).tolist()
        told["accuracy_over_baseline"] = mean_and_error(gains)
        told["times_fewer_labels"] = _times_fewer(outcome, baseline)
    return told


def _times_fewer(outcome: MethodOutcome, baseline: MethodOutcome) -> dict[str, object] | None:
    """The baseline's mean label count to `OF_ALL` over the method's; None where one of its runs missed it."""
    if None in outcome.reached(TARGETS[OF_ALL]):
        return None
    ratio = np.mean(baseline.counted(TARGETS[OF_ALL])) / np.mean(outcome.counted(TARGETS[OF_ALL]))
    return {"ratio": float(ratio), "is_lower_bound": None in baseline.reached(TARGETS[OF_ALL])}


def _labels_to(outcome: MethodOutcome, target: Target) -> dict[str, object]:
    reached = sum(count is not None for count in outcome.reached(target))
    return {
        **mean_and_error(outcome.counted(target)),
        "reached": reached,
        "runs": len(outcome.runs),
        "is_lower_bound": reached < len(outcome.runs),
    }


def table(told: Mapping[str, Mapping[str, object]], with_all: Sequence[float], name: str) -> str:
    """A Markdown table of one data set."""
    targets = [f"to {target}" for target in TARGETS]
    heads = ["method", "mean accuracy", "first 30", *targets, "over baseline", "times fewer", "s a run"]
    lines = [
        f"### {name}: accuracy with all labels (10-NN) {np.mean(with_all):.3f}, {len(with_all)} seeds",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
    ]
    for method, numbers in told.items():
        cells = [_plus_minus(numbers.get("mean_accuracy"), 4), _plus_minus(numbers.get("early_accuracy"), 3)]
        labels = numbers["labels_to"]
        assert isinstance(labels, dict)
        cells += [_count_cell(labels[target]) for target in TARGETS]
        cells += [_plus_minus(numbers.get("accuracy_over_baseline"), 4)]
        cells += [_ratio(numbers.get("times_fewer_labels")), str(numbers["seconds"])]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _plus_minus(value: object, digits: int) -> str:
    if not isinstance(value, dict):
        return ""
    error = value["error"]
    return f"{value['mean']:.{digits}f}" + ("" if error is None else f" ± {error:.{digits}f}")


def _ratio(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    return f"{'> ' if value['is_lower_bound'] else ''}{value['ratio']:.1f}"


def _count_cell(value: Mapping[str, object]) -> str:
    if value["reached"] == 0:
        return "not reached"
    if value["is_lower_bound"]:
        return f"> {value['mean']:.0f} ({value['reached']} of {value['runs']})"
    return _plus_minus(value, 1)


def run_data_set(name: str, methods: Sequence[Method], args: argparse.Namespace) -> dict[str, object]:
    """Runs all methods over all seeds on one data set, and prints the table."""
    data = load_data_set(name)
    vectors = embedded(data, args.cache)
    trials: list[Trial] = []
    runs: dict[str, list[Run]] = {method.name: [] for method in methods}
    seconds: dict[str, list[float]] = {method.name: [] for method in methods}
    with_all: list[float] = []
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        trial = make_trial(
            vectors,
            data.classes,
            data.groups,
            test_share=data.test_share,
            pool_size=args.pool_size or data.pool_size,
            seed=seed,
        )
        with_all.append(accuracy_with_all(trial))
        for method in methods:
            budget = max(args.budget, args.random_budget) if method.strategy == "random" else args.budget
            started = time.perf_counter()
            runs[method.name].append(run_labelling(trial, method, budget))
            seconds[method.name].append(time.perf_counter() - started)
            print(
                f"{name} seed {seed} {method.name}: {seconds[method.name][-1]:.1f} s",
                file=sys.stderr,
                flush=True,
            )
        trials.append(trial)
    outcomes = {at: MethodOutcome(at, runs[at], with_all, seconds[at]) for at in runs}
    baseline = outcomes.get(args.baseline)
    told = {at: summary(outcome, baseline, args.budget) for at, outcome in outcomes.items()}
    print(table(told, with_all, name), flush=True)
    sizes = {"pool": len(trials[0].pool), "test": [len(trial.test) for trial in trials]}
    return {"with_all": with_all, "sizes": sizes, "methods": told}


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.label_efficiency", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--data", action="append", choices=list(DATA_SETS), help="may be repeated; default: all"
    )
    parser.add_argument(
        "--strategy",
        action="append",
        help="a strategy, 'diffused' or 'direct'; with changes after commas, such as "
        "default,density_floor=0.5,neighbours=10,vicinal.core.votes.ridge_head.RIDGE=0.1. May be repeated",
    )
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=150, help="labels of a run")
    parser.add_argument("--random-budget", type=int, default=400, help="labels of a run of random, if more")
    parser.add_argument("--pool-size", type=int, default=0, help="0: the data set's own")
    parser.add_argument("--baseline", default=BASELINE, help="the method that others are compared with")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "vicinal", help="for vectors")
    parser.add_argument("--json", type=Path, help="file for all results")
    return parser


def main() -> None:
    args = _arguments().parse_args()
    methods = [parse_method(text) for text in args.strategy or METHODS]
    results = {}
    for name in args.data or DATA_SETS:
        results[name] = run_data_set(name, methods, args)
        if args.json:
            settings = {key: value for key, value in vars(args).items() if not isinstance(value, Path)}
            args.json.write_text(json.dumps({"settings": settings, "data": results}, indent=1))


if __name__ == "__main__":
    main()
