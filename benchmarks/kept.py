"""How often the original is kept among its copies.

    python -m benchmarks.kept --json FILE

Of near_duplicates, in the folder that VICINAL_SHARED names, else ../shared, the originals of 33 families are
known. Each is put beside one of its copies, the one first and the other; exact duplicates, flips and quarter
turns are left out, which nothing tells from their originals. Then whole families are searched, and pictures
that were copied at many sizes, of which the largest should be kept.
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.dedupe_data import near_duplicates
from benchmarks.dedupe_texts import untold
from vicinal.duplicates import find_image_duplicates
from vicinal.duplicates.images.original import likely_original
from vicinal.duplicates.images.picture import Picture, summarise
from vicinal.duplicates.images.reading import read_picture
from vicinal.duplicates.images.verification import verify

_NOT_TO_BE_TOLD = ("exact_duplicate", "flip", "rotate_90", "rotate-90", "rotate-180", "rotate-270")
_PHOTO = "pdq/bridge-original.jpg"


def original_of(item_id: str) -> str:
    """The id of the original of one of the families whose originals are known; empty elsewhere."""
    if item_id.startswith("transforms/"):
        return f"{item_id.split('__', maxsplit=1)[0].removesuffix('.jpg')}.jpg"
    return _PHOTO if item_id.startswith("pdq/") else ""


def measure_pairs(pictures: dict[str, Picture]) -> Iterator[tuple[str, bool]]:
    """What was done to a copy, and whether its original is kept rather than it."""
    for duplicate, picture in pictures.items():
        original = original_of(duplicate)
        what = duplicate.split("__")[-1].removesuffix(".jpg").removeprefix("pdq/bridge-")
        if not original or duplicate == original or any(each in what for each in _NOT_TO_BE_TOLD):
            continue
        for pair in ((pictures[original], picture), (picture, pictures[original])):
            evidence = verify(*pair)
            if evidence is not None:
                kept = likely_original(dict(enumerate(pair)), {0: None, 1: evidence.transform})
                yield what, pair[kept] is pictures[original]


def measure_families(shared: Path, pictures: dict[str, Picture]) -> dict[str, float]:
    """Whether the original of each family is kept, and the largest of each set of sizes."""
    known = near_duplicates(shared)
    families: dict[str, list[str]] = defaultdict(list)
    for item_id, family in known.family_of.items():
        families[family].append(item_id)
    kept_originals, kept_largest = [], []
    for members in families.values():
        if members[0].startswith(("transforms/", "pdq/")):
            kept = kept_of(known.folder, members)
            kept_originals.append(original_of(kept) == kept or "exact_duplicate" in kept)
        elif members[0].startswith("random_resize/") and len(members) > 2:
            sizes = {member: round(1 / pictures[member].scale, 3) for member in members}
            kept_largest.append(sizes[kept_of(known.folder, members)] == max(sizes.values()))
    return {
        "families": len(kept_originals),
        "families_original_kept": sum(kept_originals),
        "sizes": len(kept_largest),
        "sizes_largest_kept": sum(kept_largest),
    }


def kept_of(folder: Path, members: list[str]) -> str:
    """Which of a family a search keeps: of its largest group."""
    findings = find_image_duplicates(((each, (folder / each).read_bytes()) for each in members), untold)
    return max(findings.groups, key=lambda group: len(group.item_ids)).representative_id


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    options = parser.parse_args()
    shared = Path(os.environ.get("VICINAL_SHARED", "../shared"))
    pictures = {
        item_id: summarise(read_picture(content)) for item_id, content in near_duplicates(shared).contents()
    }
    by_what: dict[str, list[bool]] = defaultdict(list)
    for what, is_kept in measure_pairs(pictures):
        by_what[what].append(is_kept)
    figures = {
        **measure_families(shared, pictures),
        "pairs": sum(map(len, by_what.values())),
        "pairs_original_kept": sum(map(sum, by_what.values())),
        "pairs_by_what": {what: [sum(kept), len(kept)] for what, kept in sorted(by_what.items())},
    }
    options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
