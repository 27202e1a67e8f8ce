"""Data made up for measurements: vectors that look like embeddings."""

from math import isqrt

import numpy as np
from numpy.typing import NDArray

# Variance of the j-th principal direction: j ** -SPECTRUM_DECAY. Makes the first 64 of 1280 directions carry
# about two thirds of the variance, as in the MobileNet-v2 features of photos and drawings.
SPECTRUM_DECAY = 1.1
# Standard deviation within a cluster, that between clusters being 1.
WITHIN_CLUSTER = 0.7
# Length of what all vectors have in common, likewise: similarities of features average well above 0.
COMMON = 1.0
_BLOCK_ROWS = 4096


def clustered(items: int, dimension: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors in `isqrt(items)` clusters of unequal directions, as features of images lie.

    Clusters, and items within each, vary along the same directions, much along few and little along many:
    neither a search in a few dimensions nor one among the cells of k-means is handed its answer.

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
