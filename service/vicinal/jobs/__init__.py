"""Work on data at rest, without a service: contents into vectors, shard by shard."""

from vicinal.jobs.vectors_in import VectorShards, open_vectors, shard_batches

__all__ = ["VectorShards", "open_vectors", "shard_batches"]
