"""Neighbour lists of a pool in many parts: an index for each part, and answers merged by the nearest."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.parallel import release_pages
from vicinal.core.records import Neighbours
from vicinal.core.similarity import pair_similarity
from vicinal.index.exact import FAISS_METRICS, SPARE_CANDIDATES, drop_own_rows, nearest
from vicinal.index.kernels import NO_KEY, NO_SIMILARITY, Keys, convert_to_similarities, rank_neighbours
from vicinal.records.pool_options import Metric

# Lists of an inverted file that are searched, of as many as the root of its rows.
_PROBES = 12
# Rows that each list's centre is found from.
_ROWS_PER_LIST = 64
_QUERY_ROWS = 2048


def write_part_index(vectors: Vectors, metric: Metric, path: Path) -> None:
    """Builds the index of a part: an inverted file of vectors at half precision.

    Source: J. Johnson, M. Douze, H. Jégou, "Billion-scale similarity search with GPUs", 2017.

    Args:
        vectors: (n, d) prepared, n at least 1.
        metric: of the pool.
        path: file to write.
    """
    rows, dimension = vectors.shape
    lists = max(1, int(np.sqrt(rows)))
    flat = faiss.IndexFlat(dimension, FAISS_METRICS[metric])
    half = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexIVFScalarQuantizer(flat, dimension, lists, half, FAISS_METRICS[metric])
    sample = np.random.default_rng(0).permutation(rows)[: _ROWS_PER_LIST * lists]
    index.cp.min_points_per_centroid = 1
    index.train(vectors[np.sort(sample)])
    index.add(vectors)
    faiss.write_index(index, str(path))


def find_lists_by_parts(
    pool: Vectors, rows: slice, parts: Sequence[tuple[int, Path]], count: int, metric: Metric
) -> Neighbours:
    """The nearest others of some rows, from the indexes of all parts.

    Each part proposes candidates; the best of all are measured exactly.

    Args:
        pool: (N, d) prepared vectors.
        rows: whose neighbours are asked for.
        parts: the first row of each part, and the file of its index.
        count: K.
        metric: of the pool.

    Returns:
        (n, K) keys are positions in the pool.
    """
    width = count + 1 + SPARE_CANDIDATES
    candidates = Neighbours(
        np.full((rows.stop - rows.start, width), NO_KEY, dtype=np.int64),
        np.full((rows.stop - rows.start, width), NO_SIMILARITY, dtype=np.float32),
    )
    for first, path in parts:
        index: Any = faiss.read_index(str(path))
        index.nprobe = _PROBES
        for start in range(0, rows.stop - rows.start, _QUERY_ROWS):
            here = slice(start, min(start + _QUERY_ROWS, rows.stop - rows.start))
            scores, found = index.search(pool[rows.start + here.start : rows.start + here.stop], width)
            near = np.where(found >= 0, convert_to_similarities(scores, metric), np.float32(NO_SIMILARITY))
            keys = np.where(found >= 0, found + first, NO_KEY)
            best = rank_neighbours(
                np.concatenate((candidates.keys[here], keys), axis=1),
                np.concatenate((candidates.similarities[here], near), axis=1),
                width,
            )
            candidates.keys[here], candidates.similarities[here] = best.keys, best.similarities
        release_pages(pool)
    return _measured(pool, rows, candidates.keys, count, metric)


def find_exact_lists(pool: Vectors, rows: slice, count: int, metric: Metric) -> Neighbours:
    """As `find_lists_by_parts`, by comparing with all; bit for bit what `PoolNeighbourhoods` finds so."""
    around = nearest(pool, pool[rows], count + 1, metric)
    return drop_own_rows(around, np.arange(rows.start, rows.stop), count)


def _measured(pool: Vectors, rows: slice, keys: Keys, count: int, metric: Metric) -> Neighbours:
    exact = np.full(keys.shape, NO_SIMILARITY, dtype=np.float32)
    for start in range(0, len(keys), 256):
        here = slice(start, start + 256)
        own = np.arange(rows.start, rows.stop)[here]
        near = pair_similarity(pool[own][:, np.newaxis], pool[np.maximum(keys[here], 0)], metric)
        exact[here] = np.where(keys[here] == NO_KEY, np.float32(NO_SIMILARITY), near)
    release_pages(pool)
    merged = rank_neighbours(keys, exact, keys.shape[1])
    return drop_own_rows(merged, np.arange(rows.start, rows.stop), count)
