"""Files of vectors: an NPY with one array, or an NPZ with vectors and, if wanted, ids."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs.source import Source
from vicinal.client import NewItem

PARQUET_COLUMNS = ("vector", "vectors", "embedding", "embeddings")
VECTOR_SUFFIXES = frozenset({".npy", ".npz"})
VECTOR_NAMES = ("vectors", "X", "embeddings", "arr_0")
ID_NAMES = ("ids", "item_ids")


def open_vectors(path: Path) -> Source:
    """The vectors of a file.

    Ids are those of the array `ids` (or `item_ids`) of an NPZ, else row numbers from 1. The vectors of
    an NPZ are in `vectors`, `X`, `embeddings`, or its only array.

    Raises:
        Failure: the file is not what it should be.
    """
    vectors, ids = read_vectors(path)
    return Source(len(vectors), _items(vectors, ids), notes=_notes_on(path))


def read_vectors(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """The (n, d) vectors of a file and their n ids, as `open_vectors` has them.

    Raises:
        Failure: the file is not what it should be.
    """
    vectors, ids = _read(path)
    if vectors.ndim != 2 or not len(vectors) or vectors.dtype.kind not in "fiu":
        raise Failure(
            f"{path}: vectors must be numbers in rows (n, dimension), not {vectors.dtype} {vectors.shape}"
        )
    if ids is None:
        ids = np.arange(1, len(vectors) + 1)
    if ids.shape != (len(vectors),):
        raise Failure(f"{path}: {len(vectors)} vectors need as many ids, not an array {ids.shape}")
    return vectors, ids


def holds_vectors(path: Path) -> bool:
    """Whether a Parquet file has a column of vectors, by its name and type.

    Raises:
        Failure: it is no Parquet file.
    """
    with extra_needed("evaluation"):
        import pyarrow as arrow  # noqa: PLC0415 - for Parquet alone
        from pyarrow import parquet  # noqa: PLC0415
    try:
        schema = parquet.read_schema(path)
    except (OSError, arrow.ArrowException) as error:
        raise Failure(f"{path}: cannot be read as Parquet: {error}") from error
    known = [name for name in PARQUET_COLUMNS if name in schema.names]
    return any("list<" in str(schema.field(name).type) for name in known)


def _items(vectors: NDArray[Any], ids: NDArray[Any]) -> Iterator[NewItem]:
    for item_id, vector in zip(ids, vectors, strict=True):
        yield NewItem(str(item_id), np.asarray(vector, dtype=np.float32))


def _read(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    try:
        held = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(held, np.ndarray):
            return held, None
        with held:
            return _vectors_of(path, held), next((held[name] for name in ID_NAMES if name in held), None)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise Failure(f"{path}: cannot be read as numpy arrays: {error}") from error


def _notes_on(path: Path) -> list[str]:
    """Which arrays of an NPZ are not read."""
    if path.suffix.lower() != ".npz":
        return []
    with np.load(path, allow_pickle=False) as held:
        names = [name for name in held.files if name not in ID_NAMES]
    read = next((name for name in VECTOR_NAMES if name in names), names[0])
    unread = ", ".join(name for name in names if name != read)
    return [f"{path}: the array {read!r} is read as vectors; not read: {unread}"] if unread else []


def _vectors_of(path: Path, held: Any) -> NDArray[Any]:
    names = [name for name in held.files if name not in ID_NAMES]
    chosen = next((name for name in VECTOR_NAMES if name in names), names[0] if len(names) == 1 else None)
    if chosen is None:
        raise Failure(f"{path}: name the array of vectors 'vectors'; there are: {', '.join(names) or 'none'}")
    array: NDArray[Any] = held[chosen]
    return array
