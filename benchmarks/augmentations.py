"""What augmentations bring: how many known copies are among the nearest by vector.

    python -m benchmarks.augmentations --json FILE [--fruits 400] [--cache FOLDER]

MobileNet-v2 vectors of all pictures and of all their views are taken, of near_duplicates and some of the
fruits, in the folder that VICINAL_SHARED names, else ../shared. A pair of copies is found where one of them
is among the k nearest of the other: by its plain vector, or by the most similar of plain vector and views.
Of the fruits, it is also measured what the whole search finds without vectors, and with them.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.data_sets import shared_folder
from benchmarks.dedupe import pairs_of, precision_and_recall
from benchmarks.dedupe_data import KnownDuplicates, Pair, fruits, near_duplicates, ordered
from benchmarks.dedupe_texts import untold
from benchmarks.embeddings import MODEL_FOLDER
from vicinal.core.arrays import Vectors
from vicinal.core.ports import Featurizer
from vicinal.core.search import nearest_by_augmentations
from vicinal.core.similarity import prepare_rows
from vicinal.duplicates import find_image_duplicates
from vicinal.evaluation.composition import augmenter_for, featurizers
from vicinal.evaluation.embedding import embed_augmentations_once, embed_once
from vicinal.evaluation.labelled import likely_duplicates
from vicinal.records.pool_options import Metric

COUNTS = (5, 10, 30)
FRUITS = 400


def measure(name: str, known: KnownDuplicates, featurizer: Featurizer, cache: Path) -> dict[str, object]:
    """Recall by vector and by views, each preset and each view alone, and what embedding took."""
    ids = list(known.family_of)
    contents = [content for _, content in known.contents()]
    augmentations = augmenter_for(featurizer, ["all"])
    started = time.process_time()
    plain = embed_once(name, contents, featurizer, cache).vectors
    seen = embed_augmentations_once(name, contents, augmentations, cache)
    figures: dict[str, object] = {
        f"{name}/images": len(ids),
        f"{name}/views": len(augmentations.names),
        f"{name}/cpu_seconds": round(time.process_time() - started, 1),
    }
    true = true_pairs(known)
    chosen = {"plain": [], "turns": augmenter_for(featurizer, ["turns"]).names, "all": augmentations.names}
    for label, names in {**chosen, **{view: [view] for view in augmentations.names}}.items():
        columns = [list(augmentations.names).index(view) for view in names]
        looked_at = np.concatenate([plain[:, np.newaxis], seen[:, columns]], axis=1)
        figures |= {f"{name}/{label}/{key}": value for key, value in recalls(ids, looked_at, true).items()}
    return figures


def measure_groups(
    name: str, known: KnownDuplicates, featurizer: Featurizer, cache: Path
) -> dict[str, object]:
    """Precision and recall of the groups, with and without the pairs that vectors and `turns` name."""
    ids = list(known.family_of)
    contents = [content for _, content in known.contents()]
    plain = embed_once(name, contents, featurizer, cache).vectors
    turned = embed_augmentations_once(name, contents, augmenter_for(featurizer, ["turns"]), cache)
    figures: dict[str, object] = {}
    for label, near in {"without": [], "with_turns": likely_duplicates(plain, turned)}.items():
        also = [(ids[left], ids[right]) for left, right in near]
        started = time.process_time()
        findings = find_image_duplicates(known.contents(), untold, also=also)
        figures[f"{name}/groups_{label}/cpu_seconds"] = round(time.process_time() - started, 1)
        found = precision_and_recall(pairs_of(group.item_ids for group in findings.groups), known)
        figures |= {f"{name}/groups_{label}/{key}": round(value, 3) for key, value in found.items()}
    return figures


def true_pairs(known: KnownDuplicates) -> set[Pair]:
    """All pairs of one family, but for those put aside."""
    families: dict[str, list[str]] = {}
    for item_id, family in known.family_of.items():
        if item_id not in known.aside:
            families.setdefault(family, []).append(item_id)
    return pairs_of(families.values())


def recalls(ids: Sequence[str], looked_at: Vectors, true: set[Pair]) -> dict[str, float]:
    """Share of the true pairs that meet, by how many nearest are taken of each item.

    Args:
        ids: n.
        looked_at: (n, v, d) plain vector and views of each; the plain vector comes first.
        true: pairs of ids.
    """
    rows = prepare_rows(looked_at.reshape(-1, looked_at.shape[2]), looked_at.shape[2], Metric.COSINE)[0]
    augmentations = rows.reshape(looked_at.shape)
    near = nearest_by_augmentations(
        augmentations, augmentations[:, 0].copy(), max(COUNTS) + 1, Metric.COSINE
    )[1].tolist()
    others = [[other for other in each if other != row] for row, each in enumerate(near)]
    return {
        f"recall_at_{count}": round(
            len(
                true
                & {ordered(ids[row], ids[other]) for row, each in enumerate(others) for other in each[:count]}
            )
            / max(len(true), 1),
            3,
        )
        for count in COUNTS
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    parser.add_argument("--fruits", type=int, default=FRUITS, help="at least so many pictures of fruits")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors from one run to the next")
    options = parser.parse_args()
    shared = Path(os.environ.get("VICINAL_SHARED", "../shared"))
    sets = {"near_duplicates": near_duplicates(shared), "fruits": fruits(shared, options.fruits, seed=0)}
    handle = os.environ.get("VICINAL_MOBILENET_HANDLE") or str(shared_folder() / MODEL_FOLDER)
    featurizer = featurizers(handle, threads=1).get("mobilenet-v2")
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, known in sets.items():
            figures |= measure(name, known, featurizer, options.cache or Path(folder))
            options.json.write_text(json.dumps(figures, indent=2) + "\n")
        figures |= measure_groups("fruits", sets["fruits"], featurizer, options.cache or Path(folder))
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
