"""Train and test sets that share no source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.errors import InvalidInput


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
