"""The only place that knows FAISS: vector search and the pool's neighbour lists."""

from vicinal.index.pool_neighbours import PoolNeighbourhoods

__all__ = ["PoolNeighbourhoods"]
