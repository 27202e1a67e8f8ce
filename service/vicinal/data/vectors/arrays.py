"""Numpy files: the vectors of an NPY or NPZ row by row, and the ids, labels and columns next to them."""

import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from vicinal.core.errors import InvalidInput
from vicinal.core.similarity import check_resolution
from vicinal.data.tables.columns import quoted
from vicinal.data.tables.values import ValueFault, name_of
from vicinal.data.vectors.parquet import LeaveOut, Shard, drop_bad_rows, refuse_row
from vicinal.records.pool_options import Metric

ARRAY_SUFFIXES = frozenset({".npy", ".npz"})
VECTOR_NAMES = ("vectors", "X", "embeddings", "arr_0")
ID_NAMES = ("ids", "item_ids", "id", "item_id", "names")
"""Arrays of ids by their usual names, the first that is there is taken."""

_ENDING = ".npy"


def open_arrays(path: Path) -> Shard:
    """What an NPY or NPZ holds, read from the headers of its arrays.

    The vectors are the array `vectors`, `X`, `embeddings`, or the only one next to ids. Ids are
    those of `ids`, `item_ids`, `id`, `item_id` or `names`, else row numbers from 1.

    Raises:
        InvalidInput: it cannot be read, or has no (n, dimension) array of numbers.
    """
    with _named(path):
        if path.suffix.lower() == ".npy":
            with path.open("rb") as stream:
                return _described(path, stream, "", "")
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(_ENDING) for name in archive.namelist()]
            vector_name = _vector_name(path, names)
            with archive.open(vector_name + _ENDING) as stream:
                return _described(path, stream, vector_name, _id_name(names, vector_name))


def array_batches(
    shard: Shard, batch_rows: int, leave_out: LeaveOut = refuse_row
) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Ids and (n, dimension) float32 vectors of an NPY or NPZ, at most `batch_rows` at a time.

    Args:
        shard: of `open_arrays`.
        batch_rows: most rows of a batch.
        leave_out: called with each row that has no id; without it such a row is refused.

    Raises:
        InvalidInput: it cannot be read, is cut off, or has not as many ids as vectors.
    """
    with _named(shard.path):
        if shard.path.suffix.lower() == ".npy":
            with shard.path.open("rb") as stream:
                yield from _batches(shard, stream, None, batch_rows, leave_out)
            return
        with zipfile.ZipFile(shard.path) as archive:
            ids = _ids(shard, archive)
            with archive.open(shard.vector_name + _ENDING) as stream:
                yield from _batches(shard, stream, ids, batch_rows, leave_out)


def array_columns(path: Path, names: Collection[str], rows: int) -> dict[str, list[Any]]:
    """Those of an NPZ's arrays that have one value for each row, as columns.

    Args:
        path: of the file; an NPY has no columns.
        names: wanted.
        rows: of the file.

    Raises:
        InvalidInput: an array cannot be read.
    """
    if path.suffix.lower() == ".npy":
        return {}
    columns = {}
    with _named(path), zipfile.ZipFile(path) as archive:
        there = {name.removesuffix(_ENDING) for name in archive.namelist()}
        for name in there.intersection(names):
            with archive.open(name + _ENDING) as stream:
                array = _array(path, name, stream)
            if array.shape == (rows,):
                columns[name] = list(array)
    return columns


def list_unread_arrays(shard: Shard) -> list[str]:
    """Names of the arrays of an NPZ that are neither its vectors nor their ids; none of other files.

    Raises:
        InvalidInput: it cannot be read.
    """
    if shard.path.suffix.lower() != ".npz":
        return []
    with _named(shard.path), zipfile.ZipFile(shard.path) as archive:
        names = [name.removesuffix(_ENDING) for name in archive.namelist()]
    return [name for name in names if name not in (shard.vector_name, shard.id_name)]


def read_arrays(path: Path) -> Mapping[str, NDArray[Any]]:
    """All arrays of an NPZ, in memory.

    Raises:
        InvalidInput: it cannot be read, or an array holds Python objects; names it.
    """
    with _named(path), zipfile.ZipFile(path) as archive:
        arrays = {}
        for name in archive.namelist():
            with archive.open(name) as stream:
                arrays[name.removesuffix(_ENDING)] = _array(path, name.removesuffix(_ENDING), stream)
        return arrays


def names_in(path: Path, array_name: str, array: NDArray[Any]) -> list[str]:
    """Ids, labels or names of an array as texts; what is missing (NaN, NaT) is an empty text.

    Byte strings are UTF-8; a whole number is written without a point, whatever the array's type.

    Raises:
        InvalidInput: a value is no text, as bytes that are not UTF-8; names array and row.

    >>> names_in(Path("a.npz"), "y", np.array([b"cat", b""]))
    ['cat', '']
    >>> names_in(Path("a.npz"), "y", np.array([1.0, np.nan]))
    ['1', '']
    """
    names = []
    for row, value in enumerate(array, start=1):
        try:
            names.append(name_of(value))
        except ValueFault as error:
            raise InvalidInput.at(str(path), f"row {row} of array {array_name!r}: {error}") from error
    return names


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError) as error:
        raise InvalidInput.at(
            str(path), f"cannot be read as numpy arrays ({error}); write it again or leave it out"
        ) from error


def _described(path: Path, stream: IO[bytes], vector_name: str, id_name: str) -> Shard:
    shape, _, kind = _header(stream)
    _refuse_objects(path, vector_name, kind)
    if len(shape) != 2 or kind.kind not in "fiu":
        raise InvalidInput.at(
            str(path), f"vectors must be numbers in rows (n, dimension), not {_kind_in_words(kind)} {shape}"
        )
    return Shard(path, shape[0], shape[1], "", vector_name, id_name)


def _kind_in_words(kind: np.dtype[Any]) -> str:
    return f"a structured array of {quoted(kind.names)}" if kind.names else str(kind)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_column, kind = read(stream)
    return tuple(shape), bool(by_column), kind


def _array(path: Path, name: str, stream: IO[bytes]) -> NDArray[Any]:
    try:
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    except ValueError as error:
        if "pickle" in str(error):
            raise _objects(path, name) from error
        raise
    return array


def _refuse_objects(path: Path, name: str, kind: np.dtype[Any]) -> None:
    if kind.hasobject:
        raise _objects(path, name)


def _objects(path: Path, name: str) -> InvalidInput:
    which = f"array {name!r}" if name else "the array"
    return InvalidInput.at(
        str(path),
        f"{which} holds Python objects, which numpy keeps as pickles that may run code; save texts as "
        "array.astype(str), numbers as array.astype(float)",
    )


def _batches(
    shard: Shard, stream: IO[bytes], ids: NDArray[Any] | None, batch_rows: int, leave_out: LeaveOut
) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    for start, rows in _rows(shard, stream, batch_rows):
        if ids is None:
            yield [str(row) for row in range(start + 1, start + len(rows) + 1)], rows
            continue
        named, kept = drop_bad_rows(shard, ids[start : start + len(rows)].tolist(), start, leave_out)
        yield named, rows if len(kept) == len(rows) else rows[kept]


def _rows(shard: Shard, stream: IO[bytes], batch_rows: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Rows with the place of the first of them; what lies column by column has to be read as a whole."""
    begin = stream.tell()
    _, by_column, kind = _header(stream)
    whole: NDArray[Any] | None = None
    if by_column:
        stream.seek(begin)
        whole = npy.read_array(stream, allow_pickle=False)
    for start in range(0, shard.rows, batch_rows):
        count = min(batch_rows, shard.rows - start)
        if whole is not None:
            rows = whole[start : start + count]
        else:
            raw = stream.read(count * shard.dimension * kind.itemsize)
            rows = np.frombuffer(raw, dtype=kind).reshape(count, shard.dimension)
        check_resolution(rows, Metric.EUCLIDEAN, str(shard.path))
        with np.errstate(over="ignore"):
            narrowed = rows.astype(np.float32)
        yield start, narrowed


def _ids(shard: Shard, archive: zipfile.ZipFile) -> NDArray[Any] | None:
    if not shard.id_name:
        return None
    with archive.open(shard.id_name + _ENDING) as stream:
        ids = _array(shard.path, shard.id_name, stream)
    if ids.shape != (shard.rows,) or ids.dtype.names:
        held = _kind_in_words(ids.dtype) if ids.dtype.names else f"an array {ids.shape}"
        raise InvalidInput.at(
            str(shard.path), f"{shard.rows} vectors need as many ids, not {held} in {shard.id_name!r}"
        )
    return ids


def _id_name(names: list[str], vector_name: str) -> str:
    return next((name for name in ID_NAMES if name in names and name != vector_name), "")


def _vector_name(path: Path, names: list[str]) -> str:
    others = [name for name in names if name not in ID_NAMES]
    known = [name for name in VECTOR_NAMES if name in others] or (others if len(others) == 1 else [])
    if not known:
        raise InvalidInput.at(str(path), f"name the array of vectors 'vectors'; there are: {quoted(others)}")
    return known[0]
