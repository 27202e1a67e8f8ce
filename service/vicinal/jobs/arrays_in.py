"""Numpy files of vectors, as the client and the command line know them, read row by row."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from vicinal.core.errors import InvalidInput
from vicinal.core.ports import Vectors
from vicinal.core.similarity import Metric, check_resolution
from vicinal.jobs.shard import Shard

SUFFIXES = frozenset({".npy", ".npz"})
VECTOR_NAMES = ("vectors", "X", "embeddings", "arr_0")
ID_NAMES = ("ids", "item_ids")
_ENDING = ".npy"


def opened(path: Path) -> Shard:
    """What an NPY or NPZ holds, told by the headers of its arrays.

    Raises:
        InvalidInput: it cannot be read, or has no (n, dimension) array of numbers.
    """
    try:
        if path.suffix.lower() == ".npy":
            with path.open("rb") as stream:
                return _described(path, stream, "", "")
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(_ENDING) for name in archive.namelist()]
            vector_name = _vector_name(path, names)
            with archive.open(vector_name + _ENDING) as stream:
                id_name = next((name for name in ID_NAMES if name in names), "")
                return _described(path, stream, vector_name, id_name)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def batches(shard: Shard, batch_rows: int) -> Iterator[tuple[list[str], Vectors]]:
    """Ids and (n, dimension) float32 vectors of an NPY or NPZ, at most `batch_rows` at a time.

    Raises:
        InvalidInput: it cannot be read, is cut off, or has not as many ids as vectors.
    """
    try:
        if shard.path.suffix.lower() == ".npy":
            with shard.path.open("rb") as stream:
                yield from _rows(shard, stream, None, batch_rows)
            return
        with zipfile.ZipFile(shard.path) as archive:
            ids = _ids(shard, archive)
            with archive.open(shard.vector_name + _ENDING) as stream:
                yield from _rows(shard, stream, ids, batch_rows)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise _unreadable(shard.path, error) from error


def _described(path: Path, stream: IO[bytes], vector_name: str, id_name: str) -> Shard:
    shape, by_column, kind = _header(stream)
    if len(shape) != 2 or kind.kind not in "fiu":
        raise InvalidInput.at(
            str(path), f"vectors must be numbers in rows (n, dimension), not {kind} {shape}"
        )
    if by_column:
        raise InvalidInput.at(str(path), "vectors lie column by column; save numpy.ascontiguousarray of them")
    return Shard(path, shape[0], shape[1], "", vector_name, id_name)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_column, kind = read(stream)
    return tuple(shape), bool(by_column), kind


def _rows(
    shard: Shard, stream: IO[bytes], ids: NDArray[Any] | None, batch_rows: int
) -> Iterator[tuple[list[str], Vectors]]:
    *_, kind = _header(stream)
    for start in range(0, shard.rows, batch_rows):
        count = min(batch_rows, shard.rows - start)
        raw = stream.read(count * shard.dimension * kind.itemsize)
        rows = np.frombuffer(raw, dtype=kind).reshape(count, shard.dimension)
        named = range(start + 1, start + count + 1) if ids is None else ids[start : start + count]
        ids_here = [str(name) for name in named]
        if not all(ids_here):
            row = start + ids_here.index("") + 1
            raise InvalidInput.at(str(shard.path), f"row {row} has no id in {shard.id_name!r}; give it one")
        check_resolution(rows, Metric.EUCLIDEAN, str(shard.path))
        with np.errstate(over="ignore"):
            yield ids_here, rows.astype(np.float32)


def _ids(shard: Shard, archive: zipfile.ZipFile) -> NDArray[Any] | None:
    if not shard.id_name:
        return None
    with archive.open(shard.id_name + _ENDING) as stream:
        ids: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    if ids.shape != (shard.rows,):
        raise InvalidInput.at(
            str(shard.path), f"{shard.rows} vectors need as many ids, not an array {ids.shape}"
        )
    return ids


def _vector_name(path: Path, names: list[str]) -> str:
    others = [name for name in names if name not in ID_NAMES]
    known = [name for name in VECTOR_NAMES if name in others] or (others if len(others) == 1 else [])
    if not known:
        there = ", ".join(names) or "none"
        raise InvalidInput.at(str(path), f"name the array of vectors 'vectors'; there are: {there}")
    return known[0]


def _unreadable(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput.at(
        str(path), f"cannot be read as numpy arrays ({error}); write it anew or leave it out"
    )
