"""Simulated labelling of the benchmark's data sets, by methods that may be changed in many ways."""

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.methods import Method, in_force
from vicinal.core.arrays import Vectors
from vicinal.evaluation import labelling, trials
from vicinal.evaluation.labelled import LabelledVectors
from vicinal.evaluation.labelling import Run
from vicinal.evaluation.trials import Trial, split_by_group


def make_trial(
    vectors: Vectors,
    classes: Sequence[str],
    groups: Sequence[str],
    *,
    test_share: float,
    pool_size: int,
    seed: int,
) -> Trial:
    """Splits by group, and draws and shuffles the pool; ids are places in it."""
    ids = [f"{row:06d}" for row in range(len(vectors))]
    data = LabelledVectors("benchmark", ids, classes, groups, vectors)
    split = split_by_group(groups, classes, test_share, seed)
    trial = trials.make_trial(data, split, pool_size, seed)
    return replace(trial, ids=ids[: len(trial.pool)])


def run_labelling(trial: Trial, method: Method, budget: int) -> Run:
    """Labels `budget` items one by one, as the method suggests, and measures test accuracy as it goes."""
    plan = labelling.LabellingPlan(min(budget, len(trial.pool)), neighbours=method.neighbours)
    with in_force(method):
        return labelling.run_labelling(trial, method, plan).curve
