"""Records what stop rules look at, run by run, on real data: the fixture that their tests hold them against.

    python -m benchmarks.record_curves --json tests/data/stopping_runs.json

Labels go into the session that serves users, one at a time, as in `benchmarks.label_efficiency`. After every
`STEP` labels each run keeps the accuracy on its test set, the share of the pool's predictions that changed
over the last labels, and how uncertain the votes are of the items that are left.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data_sets import load_data_set
from benchmarks.embeddings import embedded
from benchmarks.labelling_runs import make_trial
from vicinal.core.scoring.uncertainty import Uncertainty
from vicinal.evaluation.labelling import LabellingPlan, run_labelling
from vicinal.evaluation.methods import Method, pool_session
from vicinal.evaluation.trials import Trial
from vicinal.pools.results import LabelInput
from vicinal.pools.session import PoolSession
from vicinal.pools.state.pool import PoolState

DATA = ("fruits", "caltech", "mnist", "quickdraw")
STRATEGIES = ("default", "random")
STEP = 5
# Changes are recorded over so many of the last labels.
LAGS = (5, 10, 20, 30)


class Recorder:
    """Looks at a session every `STEP` labels."""

    def __init__(self) -> None:
        self._predictions: dict[int, NDArray[np.str_]] = {}
        self.changed: dict[int, list[float]] = {lag: [] for lag in LAGS}
        self.largest: list[float] = []
        self.mean: list[float] = []

    def __call__(self, session: PoolSession, count: int) -> None:
        """Notes the pool's predictions and uncertainties after `count` labels."""
        if count % STEP:
            return
        predicted, uncertainty = session.read(_predictions_and_uncertainty)
        self._predictions[count] = predicted
        for lag in LAGS:
            before = self._predictions.get(count - lag)
            share = 1.0 if before is None else float((predicted != before).mean())
            self.changed[lag].append(round(share, 4))
        self.largest.append(round(float(uncertainty.max(initial=0.0)), 4))
        self.mean.append(round(float(uncertainty.mean()), 4))


def _predictions_and_uncertainty(state: PoolState) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    votes = state.scorer.votes
    predicted = np.array(votes.classes)[votes.shares().argmax(axis=1)]
    return predicted, votes.uncertainty(Uncertainty.MARGIN)[state.items.eligible]


def record(trial: Trial, method: Method, budget: int) -> dict[str, object]:
    """One run's series, a value for each `STEP` labels.

    The run is made first, then its labels are given again in the same order, with a look after each step.
    """
    run = run_labelling(trial, method, LabellingPlan(budget))
    session, recorder = pool_session(method, trial), Recorder()
    row_of = {source: row for row, source in enumerate(trial.sources)}
    for count, source in enumerate(run.picks, start=1):
        row = row_of[source]
        session.labels.submit([LabelInput(trial.ids[row], trial.classes[row])])
        recorder(session, count)
    at = run.curve.label_counts % STEP == 0
    return {
        "seed": trial.seed,
        "accuracy": [round(float(value), 4) for value in run.curve.accuracies[at]],
        "changed": {str(lag): shares for lag, shares in recorder.changed.items()},
        "largest_uncertainty": recorder.largest,
        "mean_uncertainty": recorder.mean,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record_curves", description=__doc__)
    parser.add_argument("--data", action="append", help=f"may be repeated; default: {', '.join(DATA)}")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=300)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "vicinal", help="for vectors")
    parser.add_argument("--json", type=Path, required=True)
    args = parser.parse_args()
    runs: list[dict[str, object]] = []
    for name in args.data or DATA:
        data = load_data_set(name)
        vectors = embedded(data, args.cache)
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            trial = make_trial(
                vectors,
                data.classes,
                data.groups,
                test_share=data.test_share,
                pool_size=data.pool_size,
                seed=seed,
            )
            for strategy in STRATEGIES:
                started = time.perf_counter()
                series = record(trial, Method(strategy, strategy), args.budget)
                sizes = {"pool": len(trial.pool), "test": len(trial.test)}
                runs.append({"data": name, "strategy": strategy, **sizes, **series})
                print(f"{name} {seed} {strategy}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
        command = "python -m benchmarks.record_curves --json tests/data/stopping_runs.json"
        told = {"command": command, "step": STEP, "runs": runs}
        args.json.write_text(json.dumps(told, separators=(",", ":")).replace('{"data"', '\n{"data"') + "\n")


if __name__ == "__main__":
    main()
