"""Data whose labels are known, which stand in for annotators."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.labels import normalise_label
from vicinal.core.similarity import Metric, check_resolution, prepare_rows

# Names that a message lists at most.
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class LabelledVectors:
    """Vectors with their classes; made by `labelled_vectors`, which checks them.

    Attributes:
        name: of the data, for people.
        ids: n distinct names.
        classes: n class names, none empty, at least two of them distinct.
        groups: n names; items of one group are copies of one source.
        vectors: (n, d) finite, no row zero.
    """

    name: str
    ids: Sequence[str]
    classes: Sequence[str]
    groups: Sequence[str]
    vectors: Vectors

    def __len__(self) -> int:
        return len(self.ids)


def labelled_vectors(
    name: str, ids: Sequence[str], classes: Sequence[str], groups: Sequence[str], vectors: Vectors
) -> LabelledVectors:
    """Checks data that a simulation can run on.

    Args:
        name: of the data.
        ids: n names.
        classes: n names; those that look alike are one, as in a service (`core.labels`).
        groups: n names.
        vectors: (n, d) numbers.

    Raises:
        InvalidInput: lengths differ, an id comes twice, a vector is NaN, infinite or zero, a class is empty,
            or there are fewer than two classes.
    """
    classes = [normalise_label(name) for name in classes]
    lengths = {"ids": len(ids), "classes": len(classes), "groups": len(groups), "vectors": len(vectors)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{count} {part}" for part, count in lengths.items())
        raise InvalidInput.at("data", f"lengths differ: {told}; give one of each for each item")
    twice = [item for item, count in Counter(ids).items() if count > 1]
    if twice:
        raise InvalidInput.at("ids", f"{_listed(twice)} more than once; ids must be distinct")
    unlabelled = [ids[row] for row, label in enumerate(classes) if not label]
    if unlabelled:
        raise InvalidInput.at("classes", f"{_listed(unlabelled)} without a label")
    if len(set(classes)) < 2:
        found = f"only the class {classes[0]!r}" if classes else "no labelled item"
        raise InvalidInput.at("classes", f"there is {found}; at least two classes are needed")
    _check_vectors(ids, vectors)
    return LabelledVectors(name, ids, classes, groups, vectors)


def classes_with_one_group(classes: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Classes whose items are all copies of one source, sorted: they are learned but never tested.

    >>> classes_with_one_group(["a", "a", "b", "b"], ["1", "1", "2", "3"])
    ['a']
    """
    class_of = dict(zip(reversed(groups), reversed(classes), strict=True))
    counts = Counter(class_of.values())
    return sorted(name for name in set(classes) if counts[name] <= 1)


def _check_vectors(ids: Sequence[str], vectors: Vectors) -> None:
    dimension = vectors.shape[1] if np.ndim(vectors) == 2 else 0
    if dimension == 0:
        raise InvalidInput.at("vectors", f"have the shape {np.shape(vectors)}; give an (n, dimension) array")
    check_resolution(vectors, Metric.COSINE)
    _, faults = prepare_rows(vectors, dimension, Metric.COSINE)
    if faults:
        row, error = next(iter(sorted(faults.items())))
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InvalidInput.at("vectors", f"that of {ids[row]!r}{more}: {error.violations[0].description}")


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more.

    >>> _listed(["a", "b", "c", "d"])
    "4 items ('a', 'b', 'c', ...)"
    """
    shown = ", ".join(map(repr, names[:_SHOWN]))
    return (
        f"{len(names)} item{'s' if len(names) > 1 else ''} ({shown}{', ...' if len(names) > _SHOWN else ''})"
    )
