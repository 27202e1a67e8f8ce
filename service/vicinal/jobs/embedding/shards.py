"""One row range of an input into one shard: the same work in every engine."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.errors import FingerprintMismatch, InvalidInput
from vicinal.core.ports import Featurizer
from vicinal.data.vectors.parquet import DIGEST_KEY
from vicinal.jobs.composition import ModelSource
from vicinal.jobs.embedding.row_ranges import ColumnKind, Columns, ContentRow, InputRowRange, read_row_range
from vicinal.jobs.embedding.state import JobState, ShardRecord
from vicinal.jobs.engines.protocol import ReportRows, Worker
from vicinal.jobs.files import FINGERPRINT_KEY, LISTING, compute_sha256, write_atomically
from vicinal.records.pools import Fingerprint, Medium

# Rows that are gathered before they go to the file: readers take a row group at once.
_GROUP_ROWS = 4096


def describe_fingerprint(fingerprint: Fingerprint) -> dict[str, Any]:
    """A fingerprint field by field, with its digest."""
    return {**asdict(fingerprint), "medium": str(fingerprint.medium), "digest": fingerprint.digest}


def shard_schema(fingerprint: Fingerprint) -> Any:
    """Columns id and vector, and in the metadata what the vectors are made with."""
    fields = [
        arrow.field("id", arrow.string(), nullable=False),
        arrow.field("vector", arrow.list_(arrow.float32(), fingerprint.dimension), nullable=False),
    ]
    facts = {
        DIGEST_KEY: fingerprint.digest,
        FINGERPRINT_KEY: json.dumps(describe_fingerprint(fingerprint), sort_keys=True),
    }
    return arrow.schema(fields, metadata=facts)


class ShardWriter:
    """Takes the vectors of a shard as they come."""

    def __init__(self, writer: Any, schema: Any) -> None:
        self._writer = writer
        self._schema = schema
        self._gathered: list[Any] = []
        self.rows = 0

    def write(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Adds n rows: n ids and (n, dimension) float32."""
        lists = arrow.FixedSizeListArray.from_arrays(arrow.array(vectors.ravel()), vectors.shape[1])
        columns = [arrow.array(ids, arrow.string()), lists]
        self._gathered.append(arrow.record_batch(columns, schema=self._schema))
        self.rows += len(ids)
        if sum(map(len, self._gathered)) >= _GROUP_ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what was gathered as one row group."""
        if self._gathered:
            self._writer.write_table(arrow.Table.from_batches(self._gathered, self._schema), _GROUP_ROWS * 2)
            self._gathered = []


@contextmanager
def open_shard_writer(path: Path, fingerprint: Fingerprint) -> Iterator[ShardWriter]:
    """A shard that appears under its name when all its rows have come.

    Raises:
        StorageFailed: it cannot be written; nothing is left of it.
    """
    schema = shard_schema(fingerprint)
    with (
        write_atomically(path) as unfinished,
        # Numbers of a vector repeat too little to be packed.
        parquet.ParquetWriter(
            unfinished, schema, compression={"id": "zstd"}, use_dictionary=False, write_statistics=["id"]
        ) as writer,
    ):
        shard = ShardWriter(writer, schema)
        yield shard
        shard.flush()


T = TypeVar("T")

# Enough that a model is seldom without work at the ends of a chunk, few enough that progress is seen; bytes
# bound what large pictures take.
_CHUNK_ROWS, _CHUNK_BYTES = 512, 64 << 20


@dataclass(frozen=True)
class EmbeddingTask:
    """A piece, and the name of the shard that it becomes."""

    row_range: InputRowRange
    file: str

    @property
    def rows(self) -> int:
        """Of the piece."""
        return self.row_range.rows

    def __str__(self) -> str:
        first, last = self.row_range.first_row + 1, self.row_range.first_row + self.row_range.rows
        listed = self.row_range.name == LISTING
        return f"{self.file} ({'images' if listed else f'{self.row_range.name}, rows'} {first} to {last})"


@dataclass(frozen=True)
class EmbeddingSpec:
    """What all tasks of a job have in common; goes to the processes that do them.

    Attributes:
        model: that is to be loaded.
        columns: where contents and ids are.
        out: folder of the shards.
        expected_digest: of the model, if shards are there already; else empty.
    """

    model: ModelSource
    columns: Columns
    out: Path
    expected_digest: str


def check_model(fingerprint: Fingerprint, spec: EmbeddingSpec) -> None:
    """Refuses a model that does not go with the input, or is not that of the shards that are there.

    Raises:
        InvalidInput: it reads images and the input is texts, or the other way round.
        FingerprintMismatch: it is another one.
    """
    medium = Medium.TEXT if spec.columns.holds is ColumnKind.TEXT else Medium.IMAGE
    if fingerprint.medium != medium:
        raise InvalidInput.at(
            "featurizer", f"{fingerprint.name} reads {fingerprint.medium}s, but these are {medium}s"
        )
    if spec.expected_digest and fingerprint.digest != spec.expected_digest:
        raise FingerprintMismatch(
            f"{spec.out}: holds vectors of another model or version ({spec.expected_digest}) than "
            f"{fingerprint.name} as it is here ({fingerprint.digest}); name a new folder"
        )


def embed_rows(
    featurizer: Featurizer,
    task: EmbeddingTask,
    spec: EmbeddingSpec,
    rows_done: Callable[[int], None] = lambda _rows: None,
) -> ShardRecord:
    """Embeds the rows of a piece, and writes its shard, its failures, and last the record of both.

    Args:
        featurizer: loaded.
        task: what to do.
        spec: likewise.
        rows_done: called with how many more rows were gone through.

    Raises:
        InvalidInput: the input cannot be read.
        StorageFailed: the output cannot be written.
    """
    state = JobState(spec.out)
    path, failures = spec.out / task.file, 0
    with (
        write_atomically(state.failures_file(task.file)) as aside,
        aside.open("w", encoding="utf-8") as left_out,
        open_shard_writer(path, featurizer.fingerprint) as shard,
    ):
        for chunk in _read_ahead(_split_into_chunks(read_row_range(task.row_range, spec.columns))):
            ids, vectors, failed = _embed_chunk(featurizer, chunk)
            if ids:
                shard.write(ids, vectors)
            left_out.writelines(json.dumps({"id": item_id, "reason": why}) + "\n" for item_id, why in failed)
            failures += len(failed)
            rows_done(len(chunk))
    record = _make_record(task, path, shard.rows, failures, featurizer.fingerprint)
    state.write_record(record)
    return record


def _embed_chunk(
    featurizer: Featurizer, chunk: list[ContentRow]
) -> tuple[list[str], Vectors, list[tuple[str, str]]]:
    """Ids and vectors of the rows that have one, and of the others ids and why."""
    ids = [row.item_id for row in chunk if row.content is not None]
    answer = featurizer.embed([row.content for row in chunk if row.content is not None])
    failed = [(row.item_id, row.why) for row in chunk if row.content is None]
    failed += [(ids[at], str(error)) for at, error in sorted(answer.failures.items())]
    kept = [at for at in range(len(ids)) if at not in answer.failures]
    return [ids[at] for at in kept], answer.vectors[kept], failed


def _make_record(
    task: EmbeddingTask, path: Path, rows: int, failures: int, fingerprint: Fingerprint
) -> ShardRecord:
    size = path.stat().st_size
    return ShardRecord(
        task.file,
        task.row_range.key,
        rows,
        failures,
        size,
        compute_sha256(path),
        describe_fingerprint(fingerprint),
    )


def _split_into_chunks(rows: Iterable[ContentRow]) -> Iterator[list[ContentRow]]:
    chunk, size = list[ContentRow](), 0
    for row in rows:
        chunk.append(row)
        size += len(row.content or "")
        if len(chunk) >= _CHUNK_ROWS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _read_ahead(values: Iterator[T]) -> Iterator[T]:
    """The same values, each read in a thread of its own while the one before is worked on."""
    with ThreadPoolExecutor(1, "vicinal-input") as reader:
        ahead = reader.submit(lambda: next(values, None))
        while (value := ahead.result()) is not None:
            ahead = reader.submit(lambda: next(values, None))
            yield value


@dataclass(frozen=True)
class Embedder:
    """Loads the model once, and makes one shard after the other.

    Attributes:
        spec: what all shards have in common.
    """

    spec: EmbeddingSpec
    # A model may take its process with it, and TensorFlow keeps the memory that it took.
    needs_own_process = True

    @property
    def threads(self) -> int:
        """Of the model."""
        return self.spec.model.threads

    def begin(self) -> Worker:
        """See `engines.protocol.WorkerFactory.begin`; refuses another model than that of the shards."""
        featurizer = self.spec.model.load()
        check_model(featurizer.fingerprint, self.spec)

        def embed(task: EmbeddingTask, report: ReportRows) -> ShardRecord:
            return embed_rows(featurizer, task, self.spec, report)

        return embed
