"""How many known duplicates are found, and how many pairs are wrongly called duplicates.

    python -m benchmarks.dedupe --json FILE [--only near_duplicates] [--fruits 1500] [--seeds 8]

Looks for duplicates in near_duplicates and fruits, in the folder that VICINAL_SHARED names, else ../shared.
Precision and recall are over all pairs within groups. On fruits names are only a lower bound for
precision, since some photos stand under two: pairs that the names call wrong are compared once more by
geometry, and the likeliest are listed, so that a person can look. `labels` labels fruits with the groups that
were found and without, to tell whether leaving duplicates out costs labels, and whether any is suggested.
"""

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.dedupe_data import KnownDuplicates, Pair, files_of_fruits, fruits, near_duplicates, ordered
from benchmarks.dedupe_labels import measure_labels
from benchmarks.dedupe_texts import measure_texts, untold
from vicinal.duplicates import Findings, find_image_duplicates
from vicinal.duplicates.images.picture import Picture, summarise
from vicinal.duplicates.images.reading import read_picture
from vicinal.duplicates.images.verification import fit, verify

SETS = ("near_duplicates", "fruits", "texts", "labels")
ALL_FRUITS = 6000
CONFIRMING_INLIERS = 15
_MOST_CONFIRMED, _LISTED = 500, 30


def measure_near_duplicates(shared: Path) -> dict[str, object]:
    known = near_duplicates(shared)
    findings, seconds = found_in(known)
    pairs = pairs_of(group.item_ids for group in findings.groups)
    relations = Counter(known.relations[pair] for pair in pairs if pair in known.relations)
    figures = precision_and_recall(pairs, known)
    return {
        **{f"near_duplicates/{name}": value for name, value in figures.items()},
        "near_duplicates/views_grouped": relations["same_subject_other_view"],
        "near_duplicates/different_grouped": relations["different"] + relations["different_same_class"],
        **{f"near_duplicates/{name}": value for name, value in seconds.items()},
    }


def measure_fruits(shared: Path, images: int) -> dict[str, object]:
    known = fruits(shared, images, seed=0)
    findings, seconds = found_in_fruits(shared, images)
    pairs = pairs_of(group.item_ids for group in findings.groups)
    figures = precision_and_recall(pairs, known)
    wrong = sorted(pair for pair in pairs if known.family_of[pair[0]] != known.family_of[pair[1]])
    compared = confirmed(known, wrong)
    likeliest = sorted(compared.items(), key=lambda each: (-each[1][0], each[0]))
    return {
        "fruits/images": len(known.family_of),
        "fruits/precision_by_name": figures["precision"],
        "fruits/recall": figures["recall"],
        "fruits/wrong_by_name": len(wrong),
        "fruits/wrong_by_name_compared": len(compared),
        "fruits/wrong_by_name_confirmed": share(n >= CONFIRMING_INLIERS for n, _ in compared.values()),
        "fruits/wrong_by_name_alike": share(alike for _, alike in compared.values()),
        "fruits/wrong_by_name_top": likeliest[:_LISTED],
        "fruits/largest_group": max((len(group.item_ids) for group in findings.groups), default=0),
        **seconds,
    }


@cache
def found_in_fruits(shared: Path, images: int) -> tuple[Findings, dict[str, float]]:
    """What is found among fruits; searched once, for all that is measured on it."""
    return found_in(fruits(shared, images, seed=0))


def found_in(known: KnownDuplicates) -> tuple[Findings, dict[str, float]]:
    """What is found, and the seconds that it took, reading and all: of the clock, and of all cores."""
    started, worked = time.perf_counter(), time.process_time()
    findings = find_image_duplicates(known.contents(), untold)
    passed = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - worked}
    return findings, {name: round(value, 1) for name, value in passed.items()}


def pairs_of(groups: Iterable[Iterable[str]]) -> set[Pair]:
    """All pairs within groups, the smaller id first."""
    return {ordered(*pair) for group in groups for pair in combinations(group, 2)}


def precision_and_recall(pairs: set[Pair], known: KnownDuplicates) -> dict[str, float]:
    """Over all pairs of pictures that count."""
    families: dict[str, list[str]] = defaultdict(list)
    for item_id, family in known.family_of.items():
        if item_id not in known.aside:
            families[family].append(item_id)
    true = pairs_of(families.values())
    called = {pair for pair in pairs if not known.aside.intersection(pair)}
    hits = len(true & called)
    return {"precision": hits / max(len(called), 1), "recall": hits / max(len(true), 1)}


def confirmed(known: KnownDuplicates, pairs: list[Pair]) -> dict[str, tuple[int, bool]]:
    """Of pairs, drawn by chance where there are many: spots that lie alike, and whether looks agree, too."""
    drawn = np.random.default_rng(0).permutation(len(pairs))[:_MOST_CONFIRMED]
    found = {}
    for place in drawn:
        first, second = (picture_of(known.folder / item) for item in pairs[place])
        fits = [fit(each.features, second.features) for each in (first, first.mirrored())]
        inliers = max(each.inliers if each else 0 for each in fits)
        found[" | ".join(pairs[place])] = (inliers, verify(first, second) is not None)
    return found


def picture_of(path: Path) -> Picture:
    """What is kept of an image file."""
    return summarise(read_picture(path.read_bytes()))


def share(values: Iterable[bool]) -> float:
    """Share of those that hold; of none, 1."""
    held = list(values)
    return sum(held) / len(held) if held else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    parser.add_argument("--only", choices=SETS, action="append", help="default: all")
    parser.add_argument("--fruits", type=int, default=ALL_FRUITS, help="at least so many pictures of fruits")
    parser.add_argument("--seeds", type=int, default=8, help="runs of labelling, with and without groups")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "vicinal", help="for vectors")
    options = parser.parse_args()
    shared = Path(os.environ.get("VICINAL_SHARED", "../shared"))
    measures = {
        "near_duplicates": lambda: measure_near_duplicates(shared),
        "fruits": lambda: measure_fruits(shared, options.fruits),
        "texts": lambda: measure_texts(shared),
        "labels": lambda: measure_labels(
            found_in_fruits(shared, ALL_FRUITS)[0], files_of_fruits(shared), options.seeds, options.cache
        ),
    }
    figures: dict[str, object] = {}
    for name in options.only or SETS:
        figures.update(measures[name]())
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if not name.endswith("_top")}, indent=2))


if __name__ == "__main__":
    main()
