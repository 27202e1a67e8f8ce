"""Whether leaving duplicates out of the suggestions costs labels, on fruits with groups and without."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.data_sets import load_data_set
from benchmarks.embeddings import embedded
from benchmarks.labelling_runs import make_trial
from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import FinderSource
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import FoundDuplicate, FoundGroup, Match, RawContent, Sketch
from vicinal.duplicates import Findings
from vicinal.evaluation.labelling import LabellingPlan, LabellingRun, Run, run_chooser
from vicinal.evaluation.methods import SessionChooser, parse_method, pool_session
from vicinal.evaluation.simulation import (
    MethodOutcome,
    make_absolute_target,
    make_relative_target,
    mean_and_error,
)
from vicinal.evaluation.trials import Trial, accuracy_with_all
from vicinal.records.duplicates import DuplicateKind

BUDGET = 150
TARGETS = {"90": make_absolute_target(0.9), "90_of_all": make_relative_target(0.9)}


class KnownGroups:
    """A finder that was told all groups: what a search of the contents found, by place in the pool.

    Args:
        groups: positions of each group's members, the representative first, and what each duplicate is.
    """

    def __init__(self, groups: Sequence[FoundGroup]) -> None:
        self._groups = groups
        self._count = 0

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """Nothing: contents are not looked at."""
        return Sketch(())

    def __len__(self) -> int:
        return self._count

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Counts the items."""
        self._count += len(sketches)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """None: items are not looked at as they come."""
        return []

    def compare(self, first: int, second: int) -> Match | None:
        """Whether two items are in one group."""
        for group in self._groups:
            for duplicate in group.duplicates:
                if {first, second} <= {group.representative, *(each.position for each in group.duplicates)}:
                    return Match(first, duplicate.kind, duplicate.evidence)
        return None

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: Callable[[str, int, int], None],
    ) -> list[FoundGroup]:
        """All that was told."""
        return list(self._groups)


def measure_labels(findings: Findings, files: Sequence[str], seeds: int, cache: Path) -> dict[str, object]:
    """Labels that `default` needs on fruits, with the found groups and without.

    Args:
        findings: of a search over all of the pictures.
        files: the pictures' ids in the findings, in the data set's order.
        seeds: runs, each with a split of its own.
        cache: for vectors.
    """
    data = load_data_set("fruits")
    vectors = embedded(data, cache)
    row_of = {file: f"{row:06d}" for row, file in enumerate(files)}
    runs: dict[str, list[Run]] = {"with": [], "without": []}
    twice, left_out, with_all = 0, [], []
    for seed in range(seeds):
        trial = make_trial(
            vectors,
            data.classes,
            data.groups,
            test_share=data.test_share,
            pool_size=data.pool_size,
            seed=seed,
        )
        groups = groups_in(findings, row_of, trial)
        with_all.append(accuracy_with_all(trial))
        left_out.append(sum(len(group.duplicates) for group in groups))
        without, filtered = labelled(trial, None), labelled(trial, groups)
        runs["without"].append(without.curve)
        runs["with"].append(filtered.curve)
        twice += suggested_twice(filtered.picks, groups, trial)
    return told(runs, with_all, twice, left_out)


def groups_in(findings: Findings, row_of: Mapping[str, str], trial: Trial) -> list[FoundGroup]:
    """The groups in a trial's pool, by position; of one with its representative elsewhere, the first."""
    place_of = {source: place for place, source in enumerate(trial.sources)}
    found = []
    for group in findings.groups:
        kinds = {duplicate.item_id: duplicate for duplicate in group.duplicates}
        members = [each for each in group.item_ids if row_of[each] in place_of]
        if len(members) < 2:
            continue
        places = [place_of[row_of[each]] for each in members]
        duplicates = [
            FoundDuplicate(place, DuplicateKind(kinds[each].reason), kinds[each].evidence, places[0])
            for place, each in zip(places[1:], members[1:], strict=True)
        ]
        found.append(FoundGroup(places[0], duplicates))
    return found


def labelled(trial: Trial, groups: Sequence[FoundGroup] | None) -> LabellingRun:
    """One run of `default`; with groups, one member of each is suggested."""

    def make_finder(config: PoolConfig, source: FinderSource) -> KnownGroups:
        del config, source
        return KnownGroups(groups or ())

    method = parse_method("default")
    session = pool_session(method, trial, make_finder=None if groups is None else make_finder)
    if groups is not None:
        session.duplicates.find(lambda _step, _done, _of: None)
    return run_chooser(SessionChooser(session), trial, LabellingPlan(BUDGET))


def suggested_twice(picks: Sequence[str], groups: Sequence[FoundGroup], trial: Trial) -> int:
    """How many picks are of a group that an earlier pick was of."""
    group_of = {
        trial.sources[place]: number
        for number, group in enumerate(groups)
        for place in (group.representative, *(duplicate.position for duplicate in group.duplicates))
    }
    seen = [group_of[each] for each in picks if each in group_of]
    return len(seen) - len(set(seen))


def told(
    runs: Mapping[str, list[Run]], with_all: Sequence[float], twice: int, left_out: Sequence[int]
) -> dict[str, object]:
    """The figures; `more` is what the filter costs, pair by pair, and may be below 0."""
    outcomes = {name: MethodOutcome(name, each, with_all, [0.0] * len(each)) for name, each in runs.items()}
    figures: dict[str, object] = {
        "labels/runs": len(with_all),
        "labels/duplicates_left_out": float(np.mean(left_out)),
        "labels/suggested_twice": twice,
    }
    for name, target in TARGETS.items():
        counts = {at: outcome.counted(target) for at, outcome in outcomes.items()}
        for at, values in counts.items():
            figures[f"labels/to_{name}_{at}_filter"] = mean_and_error(values)
        figures[f"labels/to_{name}_more"] = mean_and_error(
            np.subtract(counts["with"], counts["without"]).tolist()
        )
    accuracies = {at: outcome.mean_accuracies(BUDGET) for at, outcome in outcomes.items()}
    gains = np.subtract(accuracies["with"], accuracies["without"]).tolist()
    figures["labels/accuracy_gain"] = mean_and_error(gains)
    return figures
