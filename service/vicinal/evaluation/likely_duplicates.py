"""Which items may be duplicates of one another, as far as vectors tell."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.augmentations import nearest_by_augmentations
from vicinal.core.similarity import Metric, prepare_rows

MOST_LIKELY = 10
"""Others that an item is compared with, at most; further ones hardly ever prove true."""

_BLOCK_ROWS = 1024


def likely_duplicates(
    vectors: Vectors, augmentations: Vectors | None = None, count: int = MOST_LIKELY
) -> list[tuple[int, int]]:
    """Pairs of rows (smaller first) worth comparing: each row with its nearest, and with those of its views.

    Args:
        vectors: (n, d); a row of zeros is near nobody.
        augmentations: (m, v, d) of the first m rows, their vectors as they look after transforms; may be mapped from
            a file.
        count: how many others for each row: so many by its vector, and as many by its views.

    Returns:
        The pairs, the most alike first.
    """
    pool = _prepared(vectors)
    good = np.flatnonzero(pool.any(axis=1))
    alike: dict[tuple[int, int], float] = {}
    for seen in (pool[:, np.newaxis], augmentations):
        for pair, similarity in _near(pool[good], good, seen, count):
            alike[pair] = max(similarity, alike.get(pair, -1.0))
    return sorted(alike, key=lambda pair: (-alike[pair], pair))


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
