"""Shows on labelled data how many labels each method needs: every method on the same splits and seeds."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.strategies import STRATEGIES
from vicinal.evaluation.labelled import LabelledVectors, classes_with_one_group
from vicinal.evaluation.labelling import (
    LabellingPlan,
    LabellingRun,
    Run,
    accuracy_of_votes,
    labels_to,
    run_labelling,
)
from vicinal.evaluation.methods import Method, parse_method
from vicinal.evaluation.trials import (
    Split,
    Trial,
    accuracy_with_all,
    folds_by_group,
    make_trial,
    split_by_group,
)
from vicinal.records.pool_options import VoteModel

# Turns a run's accuracy with all labels into the accuracy that counts as reached.
Target = Callable[[float], float]


@dataclass(frozen=True, eq=False)
class MethodOutcome:
    """All runs of one method on one data set, in the order of the trials.

    Attributes:
        runs: one for each trial.
        with_all: accuracy with all labels in each trial's pool.
        seconds: each run took.
    """

    method: str
    runs: Sequence[Run]
    with_all: Sequence[float]
    seconds: Sequence[float]

    def mean_accuracies(self, labels: int) -> list[float]:
        """Each run's mean accuracy over its first labels."""
        counts = np.arange(1, labels + 1)
        return [float(np.interp(counts, run.label_counts, run.accuracies).mean()) for run in self.runs]

    def reached(self, target: Target) -> list[int | None]:
        """Each run's labels to a target that may depend on its accuracy with all labels."""
        return [labels_to(run, target(most)) for run, most in zip(self.runs, self.with_all, strict=True)]

    def counted(self, target: Target) -> list[float]:
        """As `reached`, with a run's last label count where it did not reach the target."""
        pairs = zip(self.reached(target), self.runs, strict=True)
        return [float(run.label_counts[-1] if count is None else count) for count, run in pairs]


@dataclass(frozen=True)
class LabelsNeeded:
    """Labels that a target takes, over the runs of one method.

    Attributes:
        mean: None unless every run reached the target.
        standard_error: of the mean; None without a mean, or with one run.
        lower_bound: of the mean, runs that did not reach the target counted with their last label; equal to
            it where all did.
        reached: runs that reached the target.
        runs: how many there are.
        each: labels of each run, None where it did not reach the target.
    """

    mean: float | None
    standard_error: float | None
    lower_bound: float
    reached: int
    runs: int
    each: tuple[int | None, ...]


@dataclass(frozen=True)
class Efficiency:
    """Labels that a method needs over those that the baseline needs: 0.75 is three quarters as many.

    Attributes:
        ratio: of the means; None where a run of the method itself did not reach the target.
        is_upper_bound: a run of the baseline did not reach it, so that the true ratio is smaller still.
    """

    ratio: float | None
    is_upper_bound: bool


def make_absolute_target(target: float) -> Target:
    """An accuracy, whatever all labels bring."""
    return lambda _most: target


def make_relative_target(target: float) -> Target:
    """A share of the accuracy with all labels."""
    return lambda most: target * most


def find_labels_needed(outcome: MethodOutcome, target: Target) -> LabelsNeeded:
    """The labels that the method's runs need."""
    each = tuple(outcome.reached(target))
    summary = mean_and_error(outcome.counted(target))
    complete = None not in each
    return LabelsNeeded(
        mean=summary["mean"] if complete else None,
        standard_error=summary["error"] if complete else None,
        lower_bound=float(np.mean(outcome.counted(target))),
        reached=sum(count is not None for count in each),
        runs=len(each),
        each=each,
    )


def efficiency(of: LabelsNeeded, baseline: LabelsNeeded) -> Efficiency:
    """How many labels a method needs, measured by another.

    >>> ours = LabelsNeeded(6000, None, 6000, 1, 1, (6000,))
    >>> theirs = LabelsNeeded(8000, None, 8000, 1, 1, (8000,))
    >>> efficiency(ours, theirs)
    Efficiency(ratio=0.75, is_upper_bound=False)
    """
    ratio = None if of.mean is None else of.mean / baseline.lower_bound
    return Efficiency(ratio, is_upper_bound=ratio is not None and baseline.mean is None)


def mean_and_error(values: Sequence[float]) -> dict[str, float | None]:
    """Mean and its standard error; None for the error of a single value."""
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "error": error}


BASELINE = "random"
# Up to so many pool items it is also measured what a method's own votes make of all labels.
ALL_LABELS_ROWS = 5_000


@dataclass(frozen=True)
class SimulationSettings:
    """What is simulated.

    Attributes:
        strategies: methods as `parse_method` reads them.
        budget: labels to give in each run, at most.
        repeats: of everything, on splits of their own.
        folds: the groups are dealt into so many folds, each tested on once; 0 tests on `test_share` instead.
        batch: labels given at a time.
        test_share: share of each class's groups to test on.
        pool_size: items to choose from, at most; 0 is all that are not tested on.
        seed: of all that is random.
        targets: accuracies, and shares of the accuracy with all labels, above 0 and up to 1.
    """

    strategies: tuple[str, ...] = ("default", BASELINE)
    budget: int = 150
    repeats: int = 3
    folds: int = 0
    batch: int = 1
    test_share: float = 0.2
    pool_size: int = 0
    seed: int = 0
    targets: tuple[float, ...] = (0.8, 0.9, 0.95)

    @property
    def runs(self) -> int:
        """Of each method."""
        return self.repeats * max(1, self.folds)


@dataclass(frozen=True)
class SimulationProgress:
    """How far a simulation has come.

    Attributes:
        method: at work.
        run: its number, from 1.
        labels: given in this run.
        accuracy: measured then.
        done: labels given in all runs so far.
        total: labels that there will be.
    """

    method: str
    run: int
    labels: int
    accuracy: float
    done: int
    total: int


@dataclass(frozen=True)
class TrialFacts:
    """The reported facts of a trial: sizes, its seed, and the accuracy with all labels.

    Attributes:
        with_all: accuracy of 10-NN with all labels.
        with_all_by_votes: by vote model; none for large pools.
    """

    seed: int
    repeat: int
    fold: int
    pool_items: int
    test_items: int
    with_all: float
    with_all_by_votes: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Simulation:
    """All that was found out.

    Attributes:
        data: what was labelled.
        settings: as they were asked for.
        budget: labels of each run, no more than the smallest pool has items.
        trials: in order.
        runs: by method name, one for each trial.
        seconds: of each run, by method name.
        notes: what a reader should know, a sentence each.
    """

    data: LabelledVectors
    settings: SimulationSettings
    budget: int
    trials: Sequence[TrialFacts]
    methods: Sequence[Method]
    runs: Mapping[str, Sequence[LabellingRun]]
    seconds: Mapping[str, Sequence[float]]
    notes: Sequence[str] = field(default_factory=list)

    def outcome(self, method: str) -> MethodOutcome:
        """The runs of one method."""
        curves = [run.curve for run in self.runs[method]]
        return MethodOutcome(method, curves, [trial.with_all for trial in self.trials], self.seconds[method])


def simulate(
    data: LabelledVectors,
    settings: SimulationSettings,
    progress: Callable[[SimulationProgress], None] = lambda _step: None,
) -> Simulation:
    """Runs every method on every split.

    Args:
        data: that the known classes label.
        settings: what to do.
        progress: called each time that accuracy is measured.

    Raises:
        InvalidInput: the settings are wrong, or do not go with the data; names the setting.
    """
    methods = check_settings(settings)
    splits = _splits(data, settings)
    budget = min(settings.budget, *(_pool_items(split, settings) for split in splits))
    plan = LabellingPlan(budget, settings.batch)
    runs: dict[str, list[LabellingRun]] = {method.name: [] for method in methods}
    seconds: dict[str, list[float]] = {method.name: [] for method in methods}
    facts: list[TrialFacts] = []
    count = _Counter(len(splits) * len(methods), budget, progress)
    for number, split in enumerate(splits):
        trial = make_trial(data, split, settings.pool_size or None, settings.seed + number)
        facts.append(_facts(trial, methods, *divmod(number, max(1, settings.folds))))
        for method in methods:
            started = time.perf_counter()
            runs[method.name].append(run_labelling(trial, method, plan, count.of(method.name, number + 1)))
            seconds[method.name].append(time.perf_counter() - started)
            count.finish()
    notes = _notes(data, settings, methods, budget)
    return Simulation(data, settings, budget, facts, methods, runs, seconds, notes)


def check_settings(settings: SimulationSettings) -> list[Method]:
    """The methods that the settings name; to be called before anything slow.

    Raises:
        InvalidInput: a setting is out of range, or a method is unknown or named twice.
    """
    least = {"budget": 1, "repeats": 1, "batch": 1, "pool_size": 0, "seed": 0, "folds": 0}
    for name, smallest in least.items():
        if getattr(settings, name) < smallest:
            raise InvalidInput.at(name, f"is {getattr(settings, name)}; give at least {smallest}")
    if settings.folds == 1:
        raise InvalidInput.at("folds", "is 1; give at least 2, or none to test on a share of the groups")
    if not 0 < settings.test_share < 1:
        raise InvalidInput.at("test_share", f"is {settings.test_share:g}; it must lie between 0 and 1")
    for target in settings.targets:
        if not 0 < target <= 1:
            raise InvalidInput.at("target", f"{target:g} is no accuracy; give one above 0 and up to 1")
    if not settings.strategies:
        raise InvalidInput.at("strategy", "none is named; name at least one")
    if len(set(settings.strategies)) < len(settings.strategies):
        raise InvalidInput.at("strategy", "one is named twice; name each once")
    return [parse_method(text) for text in settings.strategies]


class _Counter:
    """Counts labels over all runs, for a progress bar."""

    def __init__(self, runs: int, budget: int, progress: Callable[[SimulationProgress], None]) -> None:
        self._total = runs * budget
        self._budget = budget
        self._finished = 0
        self._progress = progress

    def of(self, method: str, run: int) -> Callable[[int, float], None]:
        return lambda labels, accuracy: self._progress(
            SimulationProgress(method, run, labels, accuracy, self._finished + labels, self._total)
        )

    def finish(self) -> None:
        self._finished += self._budget


def _splits(data: LabelledVectors, settings: SimulationSettings) -> list[Split]:
    splits: list[Split] = []
    for repeat in range(settings.repeats):
        seed = settings.seed + repeat
        if settings.folds:
            splits += folds_by_group(data.groups, data.classes, settings.folds, seed)
        else:
            splits.append(split_by_group(data.groups, data.classes, settings.test_share, seed))
    if any(not len(split.test) for split in splits):
        raise InvalidInput.at(
            "groups",
            "nothing can be kept for testing: each class has a single group, all copies of one source",
        )
    return splits


def _pool_items(split: Split, settings: SimulationSettings) -> int:
    return min(len(split.train), settings.pool_size or len(split.train))


def _facts(trial: Trial, methods: Sequence[Method], repeat: int, fold: int) -> TrialFacts:
    with_all = accuracy_with_all(trial)
    own = {_votes_of(method) for method in methods}
    affordable = sorted(own) if len(trial.ids) <= ALL_LABELS_ROWS else ()
    by_votes = {str(model): _with_all_by(model, trial, with_all) for model in affordable}
    return TrialFacts(trial.seed, repeat, fold, len(trial.ids), len(trial.test), with_all, by_votes)


def _with_all_by(model: VoteModel, trial: Trial, nearest: float) -> float:
    """Direct votes with all labels are those of the nearest neighbours."""
    return nearest if model is VoteModel.DIRECT else accuracy_of_votes(trial, model)


def _notes(
    data: LabelledVectors, settings: SimulationSettings, methods: Sequence[Method], budget: int
) -> list[str]:
    notes = []
    if budget < settings.budget:
        notes.append(f"The budget is {budget} labels, not {settings.budget}: pools have no more items.")
    untested = classes_with_one_group(data.classes, data.groups)
    if untested:
        named = ", ".join(repr(name) for name in untested[:5]) + (", ..." if len(untested) > 5 else "")
        its = "its items are" if len(untested) == 1 else "items of each are"
        notes.append(f"Never tested, since all {its} of one group: {named}.")
    return notes + _votes_note(methods)


def _votes_note(methods: Sequence[Method]) -> list[str]:
    """Where the first strategy and random differ in votes too, the choice is not all that differs."""
    votes = {method.name: _votes_of(method) for method in methods if not method.baseline}
    first = methods[0]
    like_first = f"{BASELINE}/{_votes_of(first)}"
    if first.baseline or BASELINE not in votes or votes[BASELINE] is _votes_of(first) or like_first in votes:
        return []
    return [
        f"{first.name} classifies by {_votes_of(first)} votes, {BASELINE} by {votes[BASELINE]} ones: add "
        f"--strategy {like_first} to tell what choosing brings from what the votes bring."
    ]


def _votes_of(method: Method) -> VoteModel:
    return method.vote_model or STRATEGIES[method.strategy].vote_model
