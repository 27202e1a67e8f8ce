"""Vectors on disk, opened as one: a folder, glob or file of Parquet shards, or files of numpy arrays."""

import glob
import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.arrays import Vectors
from vicinal.core.errors import InvalidInput
from vicinal.data.folders.walking import explain, find_files, find_glob_base
from vicinal.data.left_out import LeftOut, Reason
from vicinal.data.repeated_ids import RepeatedIds
from vicinal.data.tables.columns import PARQUET_SUFFIX, is_parquet
from vicinal.data.tables.rows import open_table
from vicinal.data.tables.values import ValueFault, is_missing, name_of, one_line
from vicinal.data.vectors.arrays import ARRAY_SUFFIXES, array_batches, list_unread_arrays, open_arrays
from vicinal.data.vectors.parquet import LeaveOut, Shard, open_parquet, parquet_batches, refuse_row
from vicinal.jobs.exported import (
    find_vectors_file,
    is_exported_pool,
    read_fingerprint_digest,
    read_items,
    take_ids,
)
from vicinal.jobs.files import FAILURES, MANIFEST, STATE_FOLDER, compute_sha256

# Each is kept in memory with what to say of it.
_MOST_REPEATED = 1_000_000


class RepeatedRow(NamedTuple):
    """A row whose id an earlier one has.

    Attributes:
        place: among the rows of its file, from 1, the header left out.
        why: it is left out.
    """

    place: int
    why: str


class _Named(NamedTuple):
    """The id of a row; its number is as a person counts."""

    table: Path
    place: int
    number: int
    item_id: str


def find_repeated_rows(tables: Mapping[str, Path], id_column: str) -> dict[Path, list[RepeatedRow]]:
    """Rows whose id an earlier row has, by file; tables that cannot be read are passed over.

    Args:
        tables: by their names within the input.
        id_column: of the ids.

    Raises:
        InvalidInput: there are so many that the column can hardly be one of ids.
    """
    named = {path: name for name, path in tables.items()}
    hashes = array("q", (hash(row.item_id) for row in _read_ids(list(named), id_column)))
    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64))
    is_repeat = ordered[1:] == ordered[:-1]
    if np.count_nonzero(is_repeat) > _MOST_REPEATED:
        raise InvalidInput.at(
            f"column {id_column!r}",
            f"of {len(hashes)} rows {np.count_nonzero(is_repeat)} have the id of another row; "
            "name a column whose values differ",
        )
    twice = set(ordered[1:][is_repeat].tolist())
    found: dict[Path, list[RepeatedRow]] = {}
    there = RepeatedIds()
    for row in _read_ids(list(named), id_column) if twice else ():
        if hash(row.item_id) in twice:
            repeat = there.check(row.item_id, named[row.table], row.number)
            if repeat is not None:
                why = f"{repeat.message} (row {row.number} of {repeat.file})"
                found.setdefault(row.table, []).append(RepeatedRow(row.place, why))
    return found


def _read_ids(tables: Sequence[Path], id_column: str) -> Iterator[_Named]:
    for table in tables:
        try:
            for place, number, value in _read_values(table, id_column):
                with suppress(ValueFault):  # such a row is left out, and named, where it is read
                    if not is_missing(value):
                        yield _Named(table, place, number, name_of(value))
        except (InvalidInput, OSError, arrow.ArrowException):
            continue  # told of where the table is cut into pieces, or embedded


def _read_values(table: Path, id_column: str) -> Iterator[tuple[int, int, object]]:
    """Places, numbers and ids of the rows of a table."""
    if not is_parquet(table):
        for row in open_table(table).rows():
            if not row.fault:
                yield row.index, row.number, row.values.get(id_column)
        return
    with parquet.ParquetFile(table) as file:
        batches = file.iter_batches(columns=[id_column])
        values = chain.from_iterable(batch.column(0).to_pylist() for batch in batches)
        yield from ((at, at, value) for at, value in enumerate(values, start=1))


BATCH_ROWS = 16_384
SUFFIXES = ARRAY_SUFFIXES | {PARQUET_SUFFIX}
_JOB_FILES = (MANIFEST, FAILURES)


@dataclass(frozen=True)
class VectorShards:
    """Files of vectors that belong together.

    Attributes:
        shards: in the order of their names, or in that of a manifest next to them.
        dimension: of all their vectors.
        fingerprint_digest: what the vectors were made with; empty where no shard tells.
        left_out: what else is in the folder or glob, counted.
    """

    shards: tuple[Shard, ...]
    dimension: int
    fingerprint_digest: str
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def rows(self) -> int:
        """Vectors in all shards."""
        return sum(shard.rows for shard in self.shards)

    def read_batches(
        self, batch_rows: int = BATCH_ROWS, leave_out: LeaveOut = refuse_row
    ) -> Iterator[tuple[list[str], Vectors]]:
        """Ids and (n, dimension) float32 vectors of all shards, at most `batch_rows` at a time.

        Args:
            batch_rows: most rows of a batch.
            leave_out: called with each row that has no id or no vector; without it such a row is refused.

        Raises:
            InvalidInput: a shard cannot be read, an id is missing, or a vector is; names the shard.
        """
        for shard in self.shards:
            yield from read_shard_batches(shard, batch_rows, leave_out)


def open_vectors(source: str | Path) -> VectorShards:
    """The shards of a folder, a glob or a single file, checked against one another.

    Args:
        source: folder of Parquet or numpy shards, that of an exported pool, a pattern such as
            `vectors/*.parquet`, or a file.

    Raises:
        InvalidInput: there is no shard, one is missing, is not what its manifest says or cannot be read,
            dimensions or fingerprints differ, or a job in this folder has not finished; names the file.
    """
    folder = Path(source)
    opened = _open_exported(folder) if is_exported_pool(folder) else _open_together(source, folder)
    if not opened.rows:
        raise InvalidInput.at(str(source), "holds no vectors; there is nothing to work on")
    return opened


def holds_vectors(source: str | Path) -> bool:
    """Whether this is a folder or glob of vectors and of nothing else, by names; what `open_vectors` is for.

    A folder counts if a job of ours fills it, if it is an exported pool, or if all that is in it are files of
    vectors and what a job writes next to them.
    """
    folder = Path(source)
    if not os.path.isdir(folder):
        return not os.path.exists(folder) and any(
            map(_is_file_of_vectors, glob.glob(str(folder), recursive=True))
        )
    if (folder / STATE_FOLDER).is_dir() or is_exported_pool(folder):
        return True
    there = [each for each in folder.iterdir() if not each.name.startswith(".")]
    files = list(filter(_is_file_of_vectors, there))
    return bool(files) and all(each in files or each.name in _JOB_FILES for each in there)


def read_shard_batches(
    shard: Shard, batch_rows: int = BATCH_ROWS, leave_out: LeaveOut = refuse_row
) -> Iterator[tuple[list[str], Vectors]]:
    """Ids and (n, dimension) float32 vectors of one shard, at most `batch_rows` at a time.

    Args:
        shard: to read.
        batch_rows: most rows of a batch.
        leave_out: called with each row that has no id or no vector; without it such a row is refused.

    Raises:
        InvalidInput: it cannot be read, is not the file that its manifest tells of, or an id or a vector is
            missing; names the shard.
    """
    if shard.sha256:
        _check_bytes(shard)
    read = parquet_batches if is_parquet(shard.path) else array_batches
    if not shard.exported:
        yield from read(shard, batch_rows, leave_out)
        return
    items = read_items(shard.path.parent)
    for _, vectors in read(shard, batch_rows):
        yield take_ids(items, len(vectors), shard.path.parent), vectors


def _open_exported(folder: Path) -> VectorShards:
    digest = read_fingerprint_digest(folder)
    only = replace(_open(find_vectors_file(folder)), fingerprint_digest=digest, exported=True)
    return VectorShards((only,), only.dimension, digest)


def _open_together(source: str | Path, folder: Path) -> VectorShards:
    listed, left_out = _read_manifest(folder) if (folder / MANIFEST).is_file() else _list_files(source)
    shards = tuple(replace(_open(each.path), sha256=each.sha256) for each in listed)
    for shard in shards:
        _check_same_model(shards[0], shard)
    digests = {shard.fingerprint_digest for shard in shards}
    if len(shards) > 1 and not all(shard.has_ids for shard in shards):
        unnamed = next(shard.path for shard in shards if not shard.has_ids)
        raise InvalidInput.at(str(unnamed), "has no column or array of ids, which several files need")
    for shard in shards:
        for name in list_unread_arrays(shard):
            left_out.note(f"the array {name!r} is not read; of an NPZ the vectors and their ids are")
    return VectorShards(shards, shards[0].dimension, digests.pop(), left_out)


@dataclass(frozen=True)
class _Listed:
    """A file to open, with what a manifest says of it."""

    path: Path
    sha256: str = ""


def _list_files(source: str | Path) -> tuple[list[_Listed], LeftOut]:
    folder = Path(source)
    if (folder / STATE_FOLDER).is_dir():
        raise InvalidInput.at(str(folder), "the job that fills this folder has not finished; run it again")
    files, left_out = find_files(source, lambda path: path.suffix.lower() in SUFFIXES, _JOB_FILES)
    if not files:
        known, within = (
            ", ".join(sorted(SUFFIXES)),
            folder if os.path.isdir(folder) else find_glob_base(folder),
        )
        raise InvalidInput.at(
            str(source),
            f"there is no file of vectors ({known}) here; check the name{explain(within, left_out)}",
        )
    return [_Listed(path) for path in files], left_out


def _is_file_of_vectors(path: str | Path) -> bool:
    return Path(path).suffix.lower() in SUFFIXES and Path(path).is_file()


def _open(path: Path) -> Shard:
    return open_parquet(path) if is_parquet(path) else open_arrays(path)


def _read_manifest(folder: Path) -> tuple[list[_Listed], LeftOut]:
    manifest = folder / MANIFEST
    try:
        named = json.loads(manifest.read_text(encoding="utf-8"))["shards"]
        listed = [_Listed(folder / str(each["file"]), str(each.get("sha256", ""))) for each in named]
        sizes = [each.get("bytes") for each in named]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput.at(str(manifest), f"cannot be read as a manifest ({error})") from error
    for each, size in zip(listed, sizes, strict=True):
        if not each.path.is_file():
            raise InvalidInput.at(
                str(each.path), f"is missing, though {MANIFEST} names it; run `vicinal embed` again"
            )
        if size is not None and each.path.stat().st_size != size:
            raise InvalidInput.at(
                str(each.path),
                f"has {each.path.stat().st_size} bytes, not {size} as {MANIFEST} says; "
                "run `vicinal embed` again, which makes it again",
            )
    if not listed:
        raise InvalidInput.at(str(folder), "holds no vectors: none of its items could be read")
    left_out, known = LeftOut(), {each.path for each in listed}
    for path in sorted(folder.iterdir()):
        if _is_file_of_vectors(path) and path not in known:
            left_out.pass_over(Reason.NOT_NAMED, one_line(path.name))
    return listed, left_out


def _check_bytes(shard: Shard) -> None:
    try:
        digest = compute_sha256(shard.path)
    except OSError as error:
        raise InvalidInput.at(str(shard.path), f"cannot be read ({error.strerror or error})") from error
    if digest != shard.sha256:
        raise InvalidInput.at(
            str(shard.path),
            f"is damaged: its bytes are not those that {MANIFEST} has the checksum of; "
            "run `vicinal embed` again, which makes it again",
        )


def _check_same_model(first: Shard, shard: Shard) -> None:
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
