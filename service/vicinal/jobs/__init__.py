"""Work on data at rest, without a service: contents into vectors, shard by shard."""

from vicinal.data.labels import GivenLabels
from vicinal.jobs.composition import ModelSource, threads_per_worker
from vicinal.jobs.embedding.job import EmbeddingOutcome, embed
from vicinal.jobs.embedding.sources import ColumnChoice
from vicinal.jobs.files import FAILURES, MANIFEST
from vicinal.jobs.labels_out import LabelRow, check_labels_name, write_labels
from vicinal.jobs.progress import Progress
from vicinal.jobs.scoring.labels_in import read_labels
from vicinal.jobs.scoring.score import classify, score
from vicinal.jobs.vectors_in import VectorShards, holds_vectors, open_vectors, read_shard_batches

__all__ = [
    "FAILURES",
    "MANIFEST",
    "ColumnChoice",
    "EmbeddingOutcome",
    "GivenLabels",
    "LabelRow",
    "ModelSource",
    "Progress",
    "VectorShards",
    "check_labels_name",
    "classify",
    "embed",
    "holds_vectors",
    "open_vectors",
    "read_labels",
    "read_shard_batches",
    "score",
    "threads_per_worker",
    "write_labels",
]
