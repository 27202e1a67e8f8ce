"""The only place that knows FAISS: vector search and the pool's neighbour lists."""

from vicinal.index.neighbourhoods import PoolNeighbourhoods
from vicinal.index.reference import ReferenceNeighbourhoods
from vicinal.index.vector_indexes import FaissIndex, NumpyIndex

__all__ = ["FaissIndex", "NumpyIndex", "PoolNeighbourhoods", "ReferenceNeighbourhoods"]
