"""What scoring a pool on disk takes at sizes that were not measured; docs/scale.md tells of it.

Every item costs the same wherever it lies, so that time is a sum: workers read and score in parallel, one
process ranks and writes, and a shared disk carries the vectors three times. The costs are those of one run at
1,000,000 x 256 with one worker; a test holds the model against the other sizes that were measured.
"""

from dataclasses import dataclass

# Seconds of processor time for an item of 256 numbers, against 1,000 labels.
READ_SECONDS = 6.3e-6
SCORE_SECONDS = 14.0e-6
# Of the one process: ranks by sorting, or by summaries, and writing.
RANK_SECONDS = 4.9e-6
START_SECONDS = 0.9
BYTES_OF_NUMBER = 4
# Read from Parquet, written as float32 rows, read again.
TIMES_CARRIED = 3
# Of an item beside its vector: part, ids and output.
OTHER_BYTES = 250


@dataclass(frozen=True)
class Cluster:
    """Where a job runs.

    Attributes:
        cores: that work.
        disk_bytes_per_second: of the disk that all machines share; what it reads and writes together.
    """

    cores: int
    disk_bytes_per_second: float = float("inf")


@dataclass(frozen=True)
class Predicted:
    """Of one job.

    Attributes:
        worker_seconds: reading and scoring, on all cores.
        disk_seconds: carrying vectors; the larger of this and `worker_seconds` counts.
        single_seconds: ranking and writing, in one process.
        disk_bytes: room for the scratch folder and the output.
    """

    worker_seconds: float
    disk_seconds: float
    single_seconds: float
    disk_bytes: float

    @property
    def seconds(self) -> float:
        """The whole job."""
        return START_SECONDS + max(self.worker_seconds, self.disk_seconds) + self.single_seconds


def predicted(items: int, dimension: int, cluster: Cluster, labels: int = 1_000) -> Predicted:
    """What a job takes by strategy `classic`.

    Args:
        items: of the pool.
        dimension: of its vectors.
        cluster: that does the work.
        labels: that vote; comparing with them grows with their number and the dimension.

    >>> round(predicted(1_000_000, 256, Cluster(1)).seconds)
    26
    """
    size = dimension / 256
    work = READ_SECONDS * size + SCORE_SECONDS * size * labels / 1_000
    vector_bytes = BYTES_OF_NUMBER * dimension
    carried = items * (TIMES_CARRIED * vector_bytes + OTHER_BYTES)
    return Predicted(
        items * work / cluster.cores,
        carried / cluster.disk_bytes_per_second,
        items * RANK_SECONDS,
        items * (vector_bytes + OTHER_BYTES),
    )
