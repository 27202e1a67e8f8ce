"""Approximate nearest neighbours for pools that are too large to compare all with all."""

from math import isqrt

import faiss
import numpy as np
from numpy.typing import NDArray

from vicinal.core.ports import Vectors
from vicinal.core.similarity import Metric
from vicinal.index.exact import FAISS_METRICS
from vicinal.index.ranking import similarities_of
from vicinal.index.threads import faiss_threads

PROBED_CELLS = 8
TRAINING_ROWS_PER_CELL = 64
TRAINING_ROUNDS = 10
GROWTH_BEFORE_TRAINING = 4


class InvertedFile:
    """FAISS inverted file over the pool: about 2 sqrt(N) k-means cells, of which a search looks into 8.

    The cells are trained anew each time the pool has grown fourfold. It holds a copy of the vectors.

    Source: Sivic and Zisserman, Video Google, ICCV 2003; Johnson et al., arXiv:1702.08734.
    """

    def __init__(self, metric: Metric, threads: int = 1) -> None:
        self._metric = metric
        self._threads = threads
        self._index: faiss.IndexIVFFlat | None = None
        self._trained_rows = 0

    def grow(self, pool: Vectors) -> None:
        """Takes in the rows that were added to the pool since the last call.

        Args:
            pool: (N, d) prepared vectors; rows seen before are unchanged.
        """
        with faiss_threads(self._threads):
            if self._index is None or len(pool) >= GROWTH_BEFORE_TRAINING * self._trained_rows:
                self._index = _trained(pool, self._metric)
                self._trained_rows = len(pool)
            self._index.add(pool[self._index.ntotal :])

    def search(self, queries: Vectors, count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """About the nearest rows of each query.

        Args:
            queries: (m, d) prepared vectors.
            count: 1 or more.

        Returns:
            (m, count) rows of the pool, -1 where the probed cells hold fewer, and their similarities to 1e-5.
        """
        if self._index is None:
            raise ValueError("grow before search")
        with faiss_threads(self._threads):
            scores, rows = self._index.search(queries, count)
        return rows, similarities_of(scores, self._metric)


def _trained(pool: Vectors, metric: Metric) -> faiss.IndexIVFFlat:
    cells, dimension = 2 * isqrt(len(pool)), pool.shape[1]
    centres = faiss.IndexFlat(dimension, FAISS_METRICS[metric])
    index = faiss.IndexIVFFlat(centres, dimension, cells, FAISS_METRICS[metric])
    index.nprobe = PROBED_CELLS
    index.cp.niter = TRAINING_ROUNDS
    index.cp.max_points_per_centroid = TRAINING_ROWS_PER_CELL
    index.cp.min_points_per_centroid = 1
    index.train(pool)
    return index
