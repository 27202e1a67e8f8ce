"""Search among keyed vectors that come and go."""

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.core.ports import Neighbours
from vicinal.core.similarity import Metric
from vicinal.index.exact import measured, nearest
from vicinal.index.keyed_vectors import KeyedVectors
from vicinal.index.ranking import no_neighbours


class NumpyIndex(KeyedVectors):
    """`VectorIndex` by brute force: what `FaissIndex` is held against.

    Args:
        dimension: of the vectors.
        metric: that they were prepared for.
    """

    def __init__(self, dimension: int, metric: Metric) -> None:
        super().__init__(dimension)
        self._metric = metric

    def search(self, queries: Vectors, count: int) -> Neighbours:
        """The `count` nearest vectors of each prepared query; equal similarities by smaller key.

        Raises:
            InvalidInput: queries have another dimension, or `count` is below 1.
        """
        _check_search(self, queries, count)
        found = no_neighbours(len(queries), count)
        for row, query in enumerate(queries):
            best = measured(self.vectors, self.keys, query, count, self._metric)
            found.keys[row], found.similarities[row] = best.keys[0], best.similarities[0]
        return found


class FaissIndex(KeyedVectors):
    """`VectorIndex` by FAISS; exact, ties included.

    Args:
        dimension: of the vectors.
        metric: that they were prepared for.
        threads: for FAISS.
    """

    def __init__(self, dimension: int, metric: Metric, *, threads: int = 1) -> None:
        super().__init__(dimension)
        self._metric = metric
        self._threads = threads

    def search(self, queries: Vectors, count: int) -> Neighbours:
        """The `count` nearest vectors of each prepared query; equal similarities by smaller key.

        Raises:
            InvalidInput: queries have another dimension, or `count` is below 1.
        """
        _check_search(self, queries, count)
        return nearest(self.vectors, queries, count, self._metric, keys=self.keys, threads=self._threads)


def _check_search(held: KeyedVectors, queries: Vectors, count: int) -> None:
    held.check_dimension(queries, "queries")
    if count < 1:
        raise InvalidInput.at("count", f"is {count}; give 1 or more")
