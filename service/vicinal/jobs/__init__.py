"""Work on data at rest, without a service: contents into vectors, shard by shard."""

from vicinal.jobs.composition import Model
from vicinal.jobs.embed import Embedding, embed
from vicinal.jobs.progress import Progress
from vicinal.jobs.sources import Wanted
from vicinal.jobs.vectors_in import VectorShards, open_vectors, shard_batches

__all__ = [
    "Embedding",
    "Model",
    "Progress",
    "VectorShards",
    "Wanted",
    "embed",
    "open_vectors",
    "shard_batches",
]
