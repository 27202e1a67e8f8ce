"""How many known copies are found, and how many pairs are wrongly called copies.

    python -m benchmarks.dedupe --json FILE [--only near_duplicates] [--fruits 1500]

Looks for copies in near_duplicates and fruits, in the folder that VICINAL_SHARED names, else ../shared.
Precision and recall are over all pairs within groups. On fruits names are only a lower bound for
precision, since some photos stand under two: pairs that the names call wrong are compared once more by
geometry, and the likeliest are listed, so that a person can look.
"""

import argparse
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.dedupe_data import KnownCopies, Pair, fruits, near_duplicates, ordered
from benchmarks.dedupe_texts import measure_texts, untold
from vicinal.duplicates import Findings, compare_images, find_image_copies

SETS = ("near_duplicates", "fruits", "texts")
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
        "near_duplicates/seconds": seconds,
    }


def measure_fruits(shared: Path, images: int) -> dict[str, object]:
    known = fruits(shared, images, seed=0)
    findings, seconds = found_in(known)
    pairs = pairs_of(group.item_ids for group in findings.groups)
    figures = precision_and_recall(pairs, known)
    wrong = sorted(pair for pair in pairs if known.family_of[pair[0]] != known.family_of[pair[1]])
    inliers = confirmed(known, wrong)
    return {
        "fruits/images": len(known.family_of),
        "fruits/precision_by_name": figures["precision"],
        "fruits/recall": figures["recall"],
        "fruits/wrong_by_name": len(wrong),
        "fruits/wrong_by_name_compared": len(inliers),
        "fruits/wrong_by_name_confirmed": share(n >= CONFIRMING_INLIERS for n in inliers.values()),
        "fruits/wrong_by_name_top": sorted(inliers.items(), key=lambda each: (-each[1], each[0]))[:_LISTED],
        "fruits/largest_group": max((len(group.item_ids) for group in findings.groups), default=0),
        "seconds": seconds,
    }


def found_in(known: KnownCopies) -> tuple[Findings, float]:
    """What is found, and the seconds that it took, reading and all."""
    started = time.perf_counter()
    findings = find_image_copies(known.contents(), untold)
    return findings, round(time.perf_counter() - started, 1)


def pairs_of(groups: Iterable[Iterable[str]]) -> set[Pair]:
    """All pairs within groups, the smaller id first."""
    return {ordered(*pair) for group in groups for pair in combinations(group, 2)}


def precision_and_recall(pairs: set[Pair], known: KnownCopies) -> dict[str, float]:
    """Over all pairs of pictures that count."""
    families: dict[str, list[str]] = defaultdict(list)
    for item_id, family in known.family_of.items():
        if item_id not in known.aside:
            families[family].append(item_id)
    true = pairs_of(families.values())
    called = {pair for pair in pairs if not known.aside.intersection(pair)}
    hits = len(true & called)
    return {"precision": hits / max(len(called), 1), "recall": hits / max(len(true), 1)}


def confirmed(known: KnownCopies, pairs: list[Pair]) -> dict[str, int]:
    """Inliers of pairs, drawn by chance where there are many, compared by themselves; 0 where unlike."""
    drawn = np.random.default_rng(0).permutation(len(pairs))[:_MOST_CONFIRMED]
    inliers = {}
    for place in drawn:
        first, second = pairs[place]
        evidence = compare_images((known.folder / first).read_bytes(), (known.folder / second).read_bytes())
        inliers[f"{first} | {second}"] = evidence.inliers if evidence else 0
    return inliers


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
    options = parser.parse_args()
    shared = Path(os.environ.get("VICINAL_SHARED", "../shared"))
    measures = {
        "near_duplicates": lambda: measure_near_duplicates(shared),
        "fruits": lambda: measure_fruits(shared, options.fruits),
        "texts": lambda: measure_texts(shared),
    }
    figures: dict[str, object] = {}
    for name in options.only or SETS:
        figures.update(measures[name]())
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if not name.endswith("_top")}, indent=2))


if __name__ == "__main__":
    main()
