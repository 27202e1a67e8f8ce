"""How well a pool of plain vectors finds duplicates by distances, and what it finds where there are none.

    python -m benchmarks.near_duplicates --json FILE

Compares rules for how near a duplicate has to be, on embeddings of pictures and tweets with known
duplicates, and on made-up pools and drawings that have none. All rules meet the same guard against chains.
Precision and recall are over all pairs within groups; `items_grouped` is the share of items in groups.
Where pictures are at hand, pairs that names call wrong are compared by their pixels, too: `confirmed` of
them are duplicates all the same.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.data_sets import load_data_set, shared_folder
from benchmarks.dedupe import pairs_of
from benchmarks.dedupe_data import Pair, near_duplicates
from benchmarks.dedupe_texts import made_up
from benchmarks.embeddings import MODEL_FOLDER
from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import compute_duplicate_reach, convert_to_distances, measure_distance_growth
from vicinal.core.records import RawContent
from vicinal.core.similarity import prepare, similarities
from vicinal.duplicates import compare_images
from vicinal.duplicates.grouping import GroupBuilder
from vicinal.evaluation.composition import featurizers
from vicinal.evaluation.embedding import cache_folder, embed_once
from vicinal.records.pool_options import Metric

NEIGHBOURS = 20
_BLOCK = 512
_OF_FAMILY = 4
_MOST_CONFIRMED = 100
Spread = NDArray[np.float64]
Rule = Callable[[Spread, NDArray[np.int64], Metric], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Pool:
    """Vectors, and which are duplicates of one another.

    Attributes:
        vectors: (n, d), not prepared.
        families: of each; the same for duplicates.
        aside: rows that do not count.
        pictures: behind the vectors, if any.
    """

    name: str
    vectors: Vectors
    families: Sequence[str]
    aside: frozenset[int] = frozenset()
    metric: Metric = Metric.COSINE
    pictures: Sequence[RawContent] = ()


def by_chance(spread: Spread, keys: NDArray[np.int64], metric: Metric) -> NDArray[np.float64]:
    """So near as chance would put no pair, by the dimension around each item: the rule that is used."""
    return compute_duplicate_reach(spread, measure_distance_growth(spread)[keys], len(spread), metric)


def by_pool(spread: Spread, keys: NDArray[np.int64], metric: Metric) -> NDArray[np.float64]:
    """Likewise, by one dimension of the whole pool."""
    growth = np.full(keys.shape, np.nanmedian(measure_distance_growth(spread)))
    return compute_duplicate_reach(spread, growth, len(spread), metric)


def by_scale(spread: Spread, *_: object) -> NDArray[np.float64]:
    """A third of the distance of the tenth neighbour."""
    return spread[:, 9] / 3


def by_quantile(spread: Spread, *_: object) -> NDArray[np.float64]:
    """Three deviations below the median nearest distance of the pool, in logarithms and robust."""
    nearest = np.log(np.maximum(spread[:, 0], 1e-6))
    middle = np.median(nearest)
    deviation = 1.4826 * np.median(np.abs(nearest - middle))
    return np.full(len(spread), np.exp(middle - 3 * deviation))


def by_gap(spread: Spread, *_: object) -> NDArray[np.float64]:
    """The nearer side of the widest gap between distances that follow, if the farther is twice as far."""
    logs = np.log(np.maximum(spread, 1e-6))
    gaps = np.diff(logs, axis=1)
    widest = gaps.argmax(axis=1)
    rows = np.arange(len(spread))
    return np.where(gaps[rows, widest] > np.log(2), spread[rows, widest], 0.0)


RULES: dict[str, Rule] = {
    "chance": by_chance,
    "pool": by_pool,
    "scale": by_scale,
    "quantile": by_quantile,
    "gap": by_gap,
}


def pools(shared: Path) -> Iterator[Pool]:
    """With known duplicates, then without any."""
    crowd, copied = _pictures(shared, "caltech"), _near_duplicates(shared)
    yield copied
    yield _among(crowd, copied)
    yield _pictures(shared, "fruits")
    texts, family_of, _ = made_up(shared, seed=0)
    vectors = _embedded(shared, "tweets_edited", list(texts.values()), "use-offline")
    yield Pool("tweets", vectors, [family_of[item] for item in texts])
    yield crowd
    yield _pictures(shared, "mnist")
    yield _pictures(shared, "quickdraw")
    yield from without_duplicates()


def _near_duplicates(shared: Path) -> Pool:
    known = near_duplicates(shared)
    aside = frozenset(place for place, item in enumerate(known.family_of) if item in known.aside)
    pictures = [content for _, content in known.contents()]
    vectors = _embedded(shared, "near_duplicates", pictures, "mobilenet-v2")
    families = list(known.family_of.values())
    return Pool("near_duplicates", vectors, families, aside, pictures=pictures)


def _pictures(shared: Path, name: str) -> Pool:
    data = load_data_set(name)
    vectors = _embedded(shared, name, data.contents, data.featurizer)
    return Pool(name, vectors, data.groups, pictures=data.contents)


def _among(crowd: Pool, copied: Pool) -> Pool:
    """A few of each family among pictures that are different."""
    families: dict[str, list[int]] = {}
    for row in np.random.default_rng(0).permutation(len(copied.families)).tolist():
        if row not in copied.aside:
            families.setdefault(copied.families[row], []).append(row)
    rows = sorted(row for family in families.values() for row in family[:_OF_FAMILY])
    return Pool(
        "near_duplicates_among_caltech",
        np.concatenate([crowd.vectors, copied.vectors[rows]]),
        [*(f"caltech {family}" for family in crowd.families), *(copied.families[row] for row in rows)],
        pictures=[*crowd.pictures, *(copied.pictures[row] for row in rows)],
    )


def without_duplicates() -> Iterator[Pool]:
    """Uniform, and in clusters of different widths; none of these items is a duplicate."""
    rng = np.random.default_rng(0)
    for dimension in (2, 8, 32, 256):
        for metric in Metric:
            drawn = rng.uniform(-1, 1, (5000, dimension)).astype(np.float32)
            yield Pool(f"uniform_{dimension}_{metric}", drawn, _alone(drawn), metric=metric)
    for dimension in (2, 16, 128):
        centres = rng.normal(0, 4, (50, dimension))
        widths = 10 ** rng.uniform(-2, 0, 50)
        cluster = rng.integers(0, 50, 5000)
        drawn = centres[cluster] + rng.normal(size=(5000, dimension)) * widths[cluster, None]
        yield Pool(f"clusters_{dimension}", drawn.astype(np.float32), _alone(drawn), metric=Metric.EUCLIDEAN)


def _alone(rows: NDArray[np.floating]) -> list[str]:
    return [str(row) for row in range(len(rows))]


def _embedded(shared: Path, name: str, contents: Sequence[RawContent], featurizer: str) -> Vectors:
    known = featurizers(str(shared / MODEL_FOLDER)).get(featurizer)
    return embed_once(name, contents, known, cache_folder()).vectors


def lists_of(rows: Vectors, metric: Metric) -> tuple[NDArray[np.int64], Spread]:
    """(n, K) keys and distances of each row's nearest other rows."""
    keys = np.empty((len(rows), NEIGHBOURS), dtype=np.int64)
    spread = np.empty((len(rows), NEIGHBOURS))
    for start in range(0, len(rows), _BLOCK):
        found = similarities(rows[start : start + _BLOCK], rows, metric)
        here = np.arange(len(found))
        found[here, start + here] = -np.inf
        near = np.argpartition(-found, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        values = np.take_along_axis(found, near, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        keys[start : start + _BLOCK] = np.take_along_axis(near, order, axis=1)
        spread[start : start + _BLOCK] = convert_to_distances(
            np.take_along_axis(values, order, axis=1), metric
        )
    return keys, spread


def grouped(
    rows: Vectors, metric: Metric, keys: NDArray[np.int64], spread: Spread, rule: Rule
) -> list[list[int]]:
    """Groups by one rule."""
    reach = rule(spread, keys, metric)
    # Where nothing is within reach, not even rows that rounding puts in one place are.
    reach[reach == 0] = -1.0

    def agrees(pair: tuple[int, int]) -> bool:
        apart = convert_to_distances(similarities(rows[[pair[0]]], rows[[pair[1]]], metric), metric)[0, 0]
        return bool(apart <= min(reach[pair[0]], reach[pair[1]]))

    items, places = np.nonzero(spread <= reach[:, None])
    met = {
        (float(spread[item, place]), min(item, other), max(item, other))
        for item, place in zip(items.tolist(), places.tolist(), strict=True)
        for other in [int(keys[item, place])]
    }
    joining = GroupBuilder(len(rows), agrees)
    joining.consider((low, high) for _, low, high in sorted(met))
    return joining.groups()


def measured(pool: Pool) -> dict[str, object]:
    """The figures of one pool."""
    rows = prepare(pool.vectors, pool.vectors.shape[1], pool.metric)
    keys, spread = lists_of(rows, pool.metric)
    families: dict[str, list[str]] = {}
    for row, family in enumerate(pool.families):
        if row not in pool.aside:
            families.setdefault(family, []).append(str(row))
    true = pairs_of(families.values())
    figures: dict[str, object] = {"items": len(rows), "pairs": len(true)}
    for name, rule in RULES.items():
        groups = grouped(rows, pool.metric, keys, spread, rule)
        called = pairs_of([str(row) for row in group if row not in pool.aside] for group in groups)
        figures[f"{name}/items_grouped"] = round(sum(map(len, groups)) / len(rows), 4)
        figures[f"{name}/called"] = len(called)
        figures[f"{name}/precision"] = round(len(true & called) / max(len(called), 1), 4)
        figures[f"{name}/recall"] = round(len(true & called) / max(len(true), 1), 4)
        if pool.pictures and called - true:
            figures[f"{name}/confirmed"] = confirmed(pool.pictures, sorted(called - true))
    return figures


def confirmed(pictures: Sequence[RawContent], pairs: Sequence[Pair]) -> str:
    """Of pairs (a random sample of many) that names call wrong, those that pixels call duplicates."""
    drawn = np.random.default_rng(0).permutation(len(pairs))[:_MOST_CONFIRMED]
    compared = [[pictures[int(row)] for row in pairs[each]] for each in drawn]
    duplicates = [
        compare_images(first, second) is not None
        for first, second in compared
        if isinstance(first, bytes) and isinstance(second, bytes)
    ]
    return f"{sum(duplicates)} of {len(duplicates)}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="file to write the figures to")
    options = parser.parse_args()
    figures = {}
    for pool in pools(shared_folder()):
        figures[pool.name] = measured(pool)
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
        print(pool.name, json.dumps(figures[pool.name]), flush=True)


if __name__ == "__main__":
    main()
