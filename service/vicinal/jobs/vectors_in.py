"""Vectors on disk, opened as one: a folder, glob or file of Parquet shards, or files of numpy arrays.

Whatever `vicinal embed` wrote is read, and so is any Parquet file with a column of lists of numbers. Shards
are checked against one another when they are opened, and read in batches, so that memory is bounded by a
batch and not by the data.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vicinal.core.errors import InvalidInput
from vicinal.core.ports import Vectors
from vicinal.jobs import arrays_in, parquet_in
from vicinal.jobs.layout import MANIFEST, STATE_FOLDER
from vicinal.jobs.listing import found_files
from vicinal.jobs.shard import Shard

BATCH_ROWS = 16_384
SUFFIXES = frozenset({".parquet", *arrays_in.SUFFIXES})


@dataclass(frozen=True)
class VectorShards:
    """Files of vectors that belong together.

    Attributes:
        shards: in the order of their names, or in that of a manifest beside them.
        dimension: of all their vectors.
        fingerprint_digest: what the vectors were made with; empty where no shard tells.
    """

    shards: tuple[Shard, ...]
    dimension: int
    fingerprint_digest: str

    @property
    def rows(self) -> int:
        """Vectors in all shards."""
        return sum(shard.rows for shard in self.shards)

    def batches(self, batch_rows: int = BATCH_ROWS) -> Iterator[tuple[list[str], Vectors]]:
        """Ids and (n, dimension) float32 vectors of all shards, at most `batch_rows` at a time.

        Raises:
            InvalidInput: a shard cannot be read, an id is missing, or a vector is; names the shard.
        """
        for shard in self.shards:
            yield from shard_batches(shard, batch_rows)


def open_vectors(source: str | Path) -> VectorShards:
    """The shards of a folder, a glob or a single file, checked against one another.

    Args:
        source: folder of Parquet or numpy shards, a pattern such as `vectors/*.parquet`, or a file.

    Raises:
        InvalidInput: there is no shard, one is missing or cannot be read, dimensions or fingerprints
            differ, or a job in this folder has not finished; names the file.
    """
    shards = tuple(map(_opened, shard_paths(source)))
    first = shards[0]
    for shard in shards:
        _check_alike(first, shard)
    digests = {shard.fingerprint_digest for shard in shards}
    if len(shards) > 1 and not all(shard.has_ids for shard in shards):
        unnamed = next(shard.path for shard in shards if not shard.has_ids)
        raise InvalidInput.at(str(unnamed), "has no column or array of ids, which several files need")
    return VectorShards(shards, first.dimension, digests.pop())


def shard_paths(source: str | Path) -> list[Path]:
    """Files of vectors by their names; those of a manifest, where the folder has one.

    Raises:
        InvalidInput: there is none, one that the manifest names is missing, or a job has not finished.
    """
    folder = Path(source)
    if (folder / MANIFEST).is_file():
        return _named_by_manifest(folder)
    if (folder / STATE_FOLDER).is_dir():
        raise InvalidInput.at(str(folder), "the job that fills this folder has not finished; run it again")
    return found_files(source, SUFFIXES, "vectors")


def shard_batches(shard: Shard, batch_rows: int = BATCH_ROWS) -> Iterator[tuple[list[str], Vectors]]:
    """Ids and (n, dimension) float32 vectors of one shard, at most `batch_rows` at a time.

    Raises:
        InvalidInput: it cannot be read, or an id or a vector is missing; names the shard.
    """
    reader = parquet_in if shard.path.suffix.lower() == ".parquet" else arrays_in
    yield from reader.batches(shard, batch_rows)


def _opened(path: Path) -> Shard:
    return parquet_in.opened(path) if path.suffix.lower() == ".parquet" else arrays_in.opened(path)


def _named_by_manifest(folder: Path) -> list[Path]:
    manifest = folder / MANIFEST
    try:
        named = json.loads(manifest.read_text(encoding="utf-8"))["shards"]
        paths = [folder / str(each["file"]) for each in named]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput.at(str(manifest), f"cannot be read as a manifest ({error})") from error
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise InvalidInput.at(str(missing[0]), f"is missing, though {MANIFEST} names it; run the job again")
    if not paths:
        raise InvalidInput.at(str(folder), "holds no vectors: none of its items could be read")
    return paths


def _check_alike(first: Shard, shard: Shard) -> None:
    if shard.dimension != first.dimension:
        raise InvalidInput.at(
            str(shard.path),
            f"has vectors of dimension {shard.dimension}, {first.path} of dimension {first.dimension}; "
            "keep vectors of different models apart",
        )
    if shard.fingerprint_digest != first.fingerprint_digest:
        raise InvalidInput.at(
            str(shard.path),
            f"was made with {shard.fingerprint_digest or 'no fingerprint'}, {first.path} with "
            f"{first.fingerprint_digest or 'no fingerprint'}; keep vectors of different models apart",
        )
