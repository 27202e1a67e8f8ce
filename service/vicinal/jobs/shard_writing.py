"""Vectors into a Parquet shard, and what could not be embedded into a file beside it."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.ports import Fingerprint
from vicinal.jobs.durable import appearing
from vicinal.jobs.layout import DIGEST_KEY, FINGERPRINT_KEY

# Rows that are gathered before they go to the file: readers take a row group at once.
_GROUP_ROWS = 4096


def describe_fingerprint(fingerprint: Fingerprint) -> dict[str, Any]:
    """A fingerprint field by field, with its digest."""
    return {**asdict(fingerprint), "medium": str(fingerprint.medium), "digest": fingerprint.digest}


def schema_of(fingerprint: Fingerprint) -> Any:
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
def written_shard(path: Path, fingerprint: Fingerprint) -> Iterator[ShardWriter]:
    """A shard that appears under its name when all its rows have come.

    Raises:
        StorageFailed: it cannot be written; nothing is left of it.
    """
    schema = schema_of(fingerprint)
    with (
        appearing(path) as unfinished,
        # Numbers of a vector repeat too little to be packed.
        parquet.ParquetWriter(
            unfinished, schema, compression={"id": "zstd"}, use_dictionary=False, write_statistics=["id"]
        ) as writer,
    ):
        shard = ShardWriter(writer, schema)
        yield shard
        shard.flush()
