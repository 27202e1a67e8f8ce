"""The only place that knows FAISS: vector search and the pool's neighbour lists."""
