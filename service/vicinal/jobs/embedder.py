"""Shards of vectors as work for an engine."""

from dataclasses import dataclass

from vicinal.jobs.embedding_piece import Task, Work, check_model, embed_piece
from vicinal.jobs.engines.protocol import Tell, Worker
from vicinal.jobs.state import ShardRecord


@dataclass(frozen=True)
class Embedder:
    """Loads the model once, and makes one shard after the other.

    Attributes:
        work: what all shards have in common.
    """

    work: Work
    # A model may take its process with it, and TensorFlow keeps the memory that it took.
    apart = True

    @property
    def threads(self) -> int:
        """Of the model."""
        return self.work.model.threads

    def begin(self) -> Worker:
        """See `engines.protocol.Work.begin`; refuses another model than that of the shards that are there."""
        featurizer = self.work.model.load()
        check_model(featurizer.fingerprint, self.work)

        def embed(task: Task, tell: Tell) -> ShardRecord:
            return embed_piece(featurizer, task, self.work, tell)

        return embed
