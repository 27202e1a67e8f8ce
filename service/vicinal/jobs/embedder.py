"""Shards of vectors as work for an engine."""

from dataclasses import dataclass

from vicinal.jobs.embedding_task import EmbeddingSpec, EmbeddingTask, check_model, embed_rows
from vicinal.jobs.engines.protocol import ReportRows, Worker
from vicinal.jobs.state import ShardRecord


@dataclass(frozen=True)
class Embedder:
    """Loads the model once, and makes one shard after the other.

    Attributes:
        spec: what all shards have in common.
    """

    spec: EmbeddingSpec
    # A model may take its process with it, and TensorFlow keeps the memory that it took.
    apart = True

    @property
    def threads(self) -> int:
        """Of the model."""
        return self.spec.model.threads

    def begin(self) -> Worker:
        """See `engines.protocol.EmbeddingSpec.begin`; refuses another model than that of the shards that are there."""
        featurizer = self.spec.model.load()
        check_model(featurizer.fingerprint, self.spec)

        def embed(task: EmbeddingTask, report: ReportRows) -> ShardRecord:
            return embed_rows(featurizer, task, self.spec, report)

        return embed
