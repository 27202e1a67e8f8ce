"""Sets with known duplicates: files, which belong together, and which pairs are told apart on purpose."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Pair = tuple[str, str]


@dataclass(frozen=True)
class KnownDuplicates:
    """Pictures whose families are known.

    Attributes:
        folder: that ids are paths in.
        family_of: for each id, what it is a duplicate of.
        relations: pairs (smaller id first) that are listed with their relation.
        aside: ids that do not count for precision and recall.
    """

    folder: Path
    family_of: dict[str, str]
    relations: dict[Pair, str] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Ids and bytes, read as they are taken."""
        for item_id in self.family_of:
            yield item_id, (self.folder / item_id).read_bytes()


def near_duplicates(shared: Path) -> KnownDuplicates:
    """864 pictures with duplicates of 13 kinds and more; other views of a thing are put aside."""
    folder = shared / "data/near_duplicates"
    images = _rows(folder / "images.csv")
    relations = {ordered(row["a"], row["b"]): row["relation"] for row in _rows(folder / "pairs.csv")}
    views = frozenset(row["file"] for row in images if row["part"] == "views")
    return KnownDuplicates(folder, {row["file"]: row["group"] for row in images}, relations, views)


def fruits(shared: Path, images: int, seed: int) -> KnownDuplicates:
    """Whole families of fruits, drawn by chance until there are so many pictures.

    Args:
        shared: folder of the data.
        images: at least so many, or all there are.
        seed: of the draw.
    """
    folder = shared / "data/fruits"
    families: dict[str, list[str]] = {}
    for row in _rows(folder / "manifest.csv"):
        families.setdefault(f"{row['class']}/{row['original_stem']}", []).append(row["file"])
    names = sorted(families)
    chosen: dict[str, str] = {}
    for place in np.random.default_rng(seed).permutation(len(names)):
        if len(chosen) < images:
            chosen.update(dict.fromkeys(families[names[place]], names[place]))
    return KnownDuplicates(folder, dict(sorted(chosen.items())))


def files_of_fruits(shared: Path) -> list[str]:
    """Ids of all fruits, in the order of their list."""
    return [row["file"] for row in _rows(shared / "data/fruits" / "manifest.csv")]


def ordered(first: str, second: str) -> Pair:
    """The pair with the smaller id first.

    >>> ordered("b", "a")
    ('a', 'b')
    """
    return (first, second) if first < second else (second, first)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
