"""A pool to label and a test set that shares no source with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.records import Neighbours
from vicinal.core.search import nearest_among
from vicinal.core.similarity import prepare
from vicinal.evaluation.composition import NEIGHBOURS, pool_neighbours
from vicinal.evaluation.labelled import LabelledVectors
from vicinal.records.pool_options import Metric


@dataclass(frozen=True, eq=False)
class Split:
    """Which rows are learned from and which are tested on.

    Attributes:
        train: row numbers, int64, ascending.
        test: row numbers, int64, ascending.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]


def split_by_group(groups: Sequence[str], classes: Sequence[str], test_share: float, seed: int) -> Split:
    """Puts whole groups aside for testing, the same share of each class's groups.

    Rows of a group are copies of one source (rotations of a photo, say), so that splitting by rows
    would test on what was learned. A class with two or more groups has at least one on either side; a
    single group stays in the train set.

    Args:
        groups: n group names, one for each row.
        classes: n class names; a group belongs to the class of its first row.
        test_share: share of groups to test on, above 0 and below 1.
        seed: of the choice; the same seed and rows give the same split.

    Raises:
        ValueError: the lengths differ, or the share is not between 0 and 1.
    """
    if len(groups) != len(classes):
        raise ValueError(f"{len(groups)} groups for {len(classes)} classes: give one of each for each row")
    if not 0 < test_share < 1:
        raise ValueError(f"test_share is {test_share}; it must lie between 0 and 1")
    generator = np.random.default_rng(seed)
    test_groups: set[str] = set()
    for names in _groups_by_class(groups, classes):
        count = min(max(round(test_share * len(names)), 1), len(names) - 1)
        test_groups.update(generator.permutation(np.array(names, dtype=object))[:count])
    is_test = np.array([group in test_groups for group in groups], dtype=bool)
    return Split(np.flatnonzero(~is_test), np.flatnonzero(is_test))


def folds_by_group(groups: Sequence[str], classes: Sequence[str], folds: int, seed: int) -> list[Split]:
    """Deals whole groups into folds, each class's groups as evenly as can be; each fold is tested on once.

    A class with fewer groups than folds is not tested in some of them, and a class with a single group in
    none: that group stays in every train set.

    Args:
        groups: n group names, one for each row.
        classes: n class names; a group belongs to the class of its first row.
        folds: how many, at least 2.
        seed: of the deal; the same seed and rows give the same folds.

    Raises:
        InvalidInput: there are fewer groups to test on than folds.
        ValueError: the lengths differ, or there are fewer than two folds.
    """
    if len(groups) != len(classes):
        raise ValueError(f"{len(groups)} groups for {len(classes)} classes: give one of each for each row")
    if folds < 2:
        raise ValueError(f"folds is {folds}; it must be 2 or more")
    generator = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    for names in _groups_by_class(groups, classes):
        if len(names) > 1:
            # Each class goes on where the one before it ended, so that small ones do not share a fold.
            start = len(fold_of)
            dealt = generator.permutation(np.array(names, dtype=object))
            fold_of.update((group, (start + place) % folds) for place, group in enumerate(dealt))
    if len(fold_of) < folds:
        raise InvalidInput.at(
            "folds", f"{folds} folds need as many groups to test on, there are {len(fold_of)}; ask for fewer"
        )
    fold = np.array([fold_of.get(group, -1) for group in groups], dtype=np.int64)
    return [Split(np.flatnonzero(fold != at), np.flatnonzero(fold == at)) for at in range(folds)]


def _groups_by_class(groups: Sequence[str], classes: Sequence[str]) -> list[list[str]]:
    """The groups of each class, everything in the order of names so that the rows' order is no matter."""
    class_of: dict[str, str] = {}
    for group, name in zip(groups, classes, strict=True):
        class_of.setdefault(group, name)
    members: dict[str, list[str]] = {}
    for group in sorted(class_of):
        members.setdefault(class_of[group], []).append(group)
    return [members[name] for name in sorted(members)]


METRIC = Metric.COSINE
VOTERS = 10


@dataclass(frozen=True, eq=False)
class Trial:
    """One pool and one test set, the same for all methods.

    Attributes:
        seed: of the pool's random choices.
        ids: of the pool's N items, by their place in it. Ties go by id, and names of files are often in the
            order of classes.
        sources: the N items' ids in the data.
        pool: (N, d).
        classes: of the pool's N items.
        test: (n, d).
        test_classes: (n,) names.
    """

    seed: int
    ids: Sequence[str]
    sources: Sequence[str]
    pool: Vectors
    classes: Sequence[str]
    test: Vectors
    test_classes: NDArray[np.str_]
    _neighbours: dict[int, Neighbours] = field(default_factory=dict, init=False, repr=False)

    def neighbours(self, count: int = NEIGHBOURS) -> Neighbours:
        """Each pool item's nearest others; found once for all methods."""
        if count not in self._neighbours:
            self._neighbours[count] = pool_neighbours(self.prepared, METRIC, count)
        return self._neighbours[count]

    @property
    def prepared(self) -> Vectors:
        """(N, d) float32, the pool's rows at unit length."""
        return prepare(self.pool, self.pool.shape[1], METRIC)


def make_trial(data: LabelledVectors, split: Split, pool_size: int | None, seed: int) -> Trial:
    """Draws and shuffles the pool.

    Args:
        data: all items.
        split: which are learned from and which tested on.
        pool_size: items of the train set that go into the pool, at most; None is all.
        seed: of the draw, and of the pool's random choices.
    """
    train = np.random.default_rng(seed).permutation(split.train)[:pool_size]
    names = np.array(data.classes)
    return Trial(
        seed,
        [f"{place:08d}" for place in range(len(train))],
        [data.ids[row] for row in train],
        data.vectors[train],
        names[train].tolist(),
        data.vectors[split.test],
        names[split.test],
    )


def accuracy_with_all(trial: Trial) -> float:
    """Test accuracy of `VOTERS`-NN, weighted by similarity, with every pool item labelled."""
    test = prepare(trial.test, trial.test.shape[1], METRIC)
    similarity, rows = nearest_among(test, trial.prepared, VOTERS, METRIC)
    names, columns = np.unique(trial.classes, return_inverse=True)
    probabilities = np.zeros((len(test), len(names)))
    np.add.at(probabilities, (np.arange(len(test))[:, np.newaxis], columns[rows]), np.maximum(similarity, 0))
    return float((names[probabilities.argmax(axis=1)] == trial.test_classes).mean())
