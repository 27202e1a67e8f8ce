"""Data made up for measurements: vectors that look like embeddings."""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

# These three make the data as hard to search as MobileNet-v2 features of photos and drawings: how near the
# nearest are, how much of the variance 64 and 128 directions carry, and how many k-means cells the 20 nearest
# of an item are spread over.

# Variance of the j-th principal direction: j ** -SPECTRUM_DECAY.
SPECTRUM_DECAY = 1.2
# Standard deviation within a cluster, that between clusters being 1.
WITHIN_CLUSTER = 1.2
# Length of what all vectors have in common, likewise.
COMMON = 1.4
_BLOCK_ROWS = 4096


def clustered(items: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors in `isqrt(items)` clusters that run into one another, as features of images do.

    Clusters, and items within each, vary along the same directions, much along few and little along many.

    Args:
        items: N.
        dimension: d.
        seed: the same numbers give the same vectors.

    Returns:
        (N, d) float32; made in blocks, so that little else is held meanwhile.

    >>> rows = clustered(100, 16, seed=0)
    >>> rows.shape, rows.dtype, bool(np.allclose(np.linalg.norm(rows, axis=1), 1))
    ((100, 16), dtype('float32'), True)
    """
    rng = np.random.default_rng(seed)
    axes = _axes(dimension, rng)
    centres = rng.standard_normal((max(1, isqrt(items)), dimension), dtype=np.float32) @ axes
    common = rng.standard_normal(dimension, dtype=np.float32)
    centres += common * np.float32(COMMON / np.linalg.norm(common))
    rows = np.empty((items, dimension), dtype=np.float32)
    cluster_of_row = clusters(items, seed)
    for start in range(0, items, _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS]
        spread = rng.standard_normal(block.shape, dtype=np.float32)
        np.matmul(spread, axes, out=block)
        block *= np.float32(WITHIN_CLUSTER)
        block += centres[cluster_of_row[start : start + _BLOCK_ROWS]]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return rows


def clusters(items: int, seed: int) -> NDArray[np.int64]:
    """(N,) the cluster of each row of `clustered(items, dimension, seed)`, whatever the dimension."""
    return np.random.default_rng((seed, 1)).integers(max(1, isqrt(items)), size=items)


def _axes(dimension: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Turned by chance, and of falling length: squared lengths add up to 1."""
    turned, _ = np.linalg.qr(rng.standard_normal((dimension, dimension)))
    variances = np.arange(1, dimension + 1) ** -SPECTRUM_DECAY
    axes: NDArray[np.float32] = (np.sqrt(variances / variances.sum())[:, None] * turned).astype(np.float32)
    return axes
