"""Data whose labels are known, which stand in for annotators; and which of them may be duplicates."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import normalise_label
from vicinal.core.search import nearest_by_augmentations
from vicinal.core.similarity import check_resolution, prepare_rows
from vicinal.records.pool_options import Metric

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
        classes: n names; those that look the same are one, as in a service.
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


MOST_LIKELY = 10
"""Others that an item is compared with, at most; further ones hardly ever prove true."""

_BLOCK_ROWS = 1024


def likely_duplicates(
    vectors: Vectors, augmentations: Vectors | None = None, count: int = MOST_LIKELY
) -> list[tuple[int, int]]:
    """Pairs of rows (smaller first) worth comparing: each row with its nearest, and with those of its views.

    Args:
        vectors: (n, d); a row of zeros is similar to no item.
        augmentations: (m, v, d) vectors of the augmentations of the first m rows; may be mapped from a file.
        count: how many others for each row: so many by its vector, and as many by its augmentations.

    Returns:
        The pairs, the most similar first.
    """
    pool = _prepared(vectors)
    good = np.flatnonzero(pool.any(axis=1))
    similarity_of: dict[tuple[int, int], float] = {}
    for seen in (pool[:, np.newaxis], augmentations):
        for pair, similarity in _near(pool[good], good, seen, count):
            similarity_of[pair] = max(similarity, similarity_of.get(pair, -1.0))
    return sorted(similarity_of, key=lambda pair: (-similarity_of[pair], pair))


def _near(
    pool: Vectors, rows: NDArray[np.intp], seen: Vectors | None, count: int
) -> Iterator[tuple[tuple[int, int], float]]:
    """Pairs of each of some rows, whose vectors stand in `pool`, and the nearest to what it is seen as."""
    if seen is None or 0 in seen.shape:
        return
    asked = rows[rows < len(seen)]
    for start in range(0, len(asked), _BLOCK_ROWS):
        here = asked[start : start + _BLOCK_ROWS]
        queries = _prepared(seen[here].reshape(-1, seen.shape[2])).reshape(len(here), *seen.shape[1:])
        similarities, found = nearest_by_augmentations(queries, pool, count + 1, Metric.COSINE)
        for row, near, values in zip(here.tolist(), rows[found].tolist(), similarities.tolist(), strict=True):
            # An item is mostly among its own nearest; where it is not, one too many was asked for.
            others = [each for each in zip(near, values, strict=True) if each[0] != row]
            yield from (((min(row, other), max(row, other)), value) for other, value in others[:count])


def _prepared(vectors: Vectors) -> Vectors:
    return prepare_rows(vectors, vectors.shape[1], Metric.COSINE)[0]
