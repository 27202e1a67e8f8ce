"""The features of a pool, laid out for passes over all of it and for single items."""

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.madvise import release_pages
from vicinal.core.reduction import Reduction
from vicinal.core.votes.blend_kernel import BLOCK_ROWS
from vicinal.core.votes.head import GRAIN, rounded_features

_MULTIPLE = 4
# Of the pool's vectors, so many blocks stay in memory during a pass.
_BLOCKS_HELD = 8


class PoolFeatures:
    """Features of a growing pool under one reduction.

    Attributes:
        blocks: (blocks, q, BLOCK_ROWS) int16 in units of `GRAIN`: in each block of rows, feature by feature,
            so that sums over features run along memory. Zeros fill q up to a multiple of 4, and the last
            block.
    """

    def __init__(self, reduction: Reduction) -> None:
        self.reduction = reduction
        self._width = -(-reduction.width // _MULTIPLE) * _MULTIPLE
        self._rows = 0
        self.blocks = np.zeros((0, self._width, BLOCK_ROWS), dtype=np.int16)

    @property
    def width(self) -> int:
        """q, the length of a feature vector with what fills it up."""
        return self._width

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows at the pool's end that are new since the last call."""
        if len(pool) == self._rows:
            return
        whole = self._rows // BLOCK_ROWS
        blocks = -(-len(pool) // BLOCK_ROWS)
        grown = np.zeros((blocks, self._width, BLOCK_ROWS), dtype=np.int16)
        grown[:whole] = self.blocks[:whole]
        for block in range(whole, blocks):
            rows = pool[block * BLOCK_ROWS : (block + 1) * BLOCK_ROWS]
            features = rounded_features(self.reduction.features(rows)) / GRAIN
            grown[block, : self.reduction.width, : len(rows)] = features.T
            if block % _BLOCKS_HELD == 0:
                release_pages(pool)
        release_pages(pool)
        self.blocks, self._rows = grown, len(pool)

    def of(self, positions: NDArray[np.int64]) -> Vectors:
        """(n, q) features of items of the pool, multiples of `GRAIN`."""
        features: Vectors = self.blocks[positions // BLOCK_ROWS, :, positions % BLOCK_ROWS].astype(np.float32)
        features *= np.float32(GRAIN)
        return features

    def of_vectors(self, vectors: Vectors) -> Vectors:
        """(n, q) features of prepared vectors from anywhere, multiples of `GRAIN`."""
        features = np.zeros((len(vectors), self._width), dtype=np.float32)
        features[:, : self.reduction.width] = rounded_features(self.reduction.features(vectors))
        return features
