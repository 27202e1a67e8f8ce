"""NPZ files of vectors or small pictures, with labels."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.labelled import DataKind, Labelled
from vicinal.data.arrays import ID_NAMES, names_in, read_arrays
from vicinal.data.tables import quoted

VECTORS, PICTURES, LABELS = "X", "x", "y"
GROUPS, CLASSES = "groups", "classes"


def open_labelled_arrays(path: Path, label_column: str) -> Labelled:
    """The vectors `X` or the pictures `x` of an NPZ, with labels `y`.

    `X` is (n, d) of numbers, `x` is uint8 (n, h, w) or (n, h, w, channels). Numbers in `y` are places in
    `classes`, if that is there, and names if it is not; NaN is no label, byte strings are UTF-8. `groups` and
    `ids` (or `item_ids`, `id`, `item_id`, `names`) are as long as `y`. Other one-dimensional arrays of that
    length are columns.

    Raises:
        Failure: an array is missing or not as it should be.
    """
    if path.suffix.lower() != ".npz":
        raise Failure(f"{path}: holds one array; give an NPZ with {VECTORS!r} and {LABELS!r}")
    with reading():
        held = read_arrays(path)
    label_column = label_column or LABELS
    contents = VECTORS if VECTORS in held else PICTURES
    _check_lengths(path, held, contents, label_column)
    labels = held[label_column]
    id_name = next((name for name in ID_NAMES if _is_column(held.get(name), len(labels))), "")
    with reading():
        columns = {
            name: names_in(path, name, array)
            for name, array in held.items()
            if _is_column(array, len(labels)) and name not in (CLASSES, id_name, contents)
        }
        ids = names_in(path, id_name, held[id_name]) if id_name else _numbered(len(labels))
        classes = _class_names(path, label_column, labels, held.get(CLASSES))
    if contents == VECTORS:
        vectors = _vectors(path, held[VECTORS])
        return Labelled(path.stem, DataKind.VECTORS, ids, classes, vectors=vectors, columns=columns)
    pictures = _pictures(path, held[PICTURES])
    return Labelled(
        path.stem, DataKind.IMAGES, ids, classes, contents=PictureFiles(pictures), columns=columns
    )


def _check_lengths(path: Path, held: Mapping[str, NDArray[Any]], contents: str, label_column: str) -> None:
    """Sees to it that the arrays that are needed are there, with a row for each label."""
    for name in (label_column, contents):
        if name not in held:
            raise Failure(
                f"{path}: there is no array {name!r}; it needs {VECTORS!r} (vectors) or {PICTURES!r} "
                f"(pictures), and {label_column!r} (labels); there are: {quoted(held)}"
            )
    labels = held[label_column]
    if labels.ndim != 1 or not len(labels) or labels.dtype.names:
        raise Failure(f"{path}: {label_column!r} must hold one label for each item, not {_shape_of(labels)}")
    for name in (contents, GROUPS, *ID_NAMES[:2]):
        if name in held and held[name].shape[:1] != labels.shape:
            raise Failure(
                f"{path}: {name!r} has {len(np.atleast_1d(held[name]))} rows, {label_column!r} has "
                f"{len(labels)}; give one of each for each item"
            )


def _shape_of(array: NDArray[Any]) -> str:
    return f"records of {quoted(array.dtype.names)}" if array.dtype.names else str(array.shape)


def _is_column(array: NDArray[Any] | None, rows: int) -> bool:
    return array is not None and array.shape == (rows,) and not array.dtype.names


class PictureFiles(Sequence[bytes]):
    """Pictures as PNG files, made as they are taken."""

    def __init__(self, pictures: NDArray[np.uint8]) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    @overload
    def __getitem__(self, row: int) -> bytes: ...
    @overload
    def __getitem__(self, row: slice) -> "PictureFiles": ...
    def __getitem__(self, row: int | slice) -> "bytes | PictureFiles":
        """A picture's PNG, or part of the pictures."""
        if isinstance(row, slice):
            return PictureFiles(self._pictures[row])
        from PIL import Image  # noqa: PLC0415 - not for vectors and texts

        file = io.BytesIO()
        Image.fromarray(self._pictures[row]).save(file, "PNG")
        return file.getvalue()


def _vectors(path: Path, vectors: NDArray[Any]) -> NDArray[np.float32]:
    if vectors.ndim != 2 or not vectors.shape[1] or vectors.dtype.kind not in "fiu":
        raise Failure(
            f"{path}: {VECTORS!r} must hold numbers in rows (n, dimension), "
            f"not {vectors.dtype} {vectors.shape}"
        )
    return vectors.astype(np.float32)


def _pictures(path: Path, pictures: NDArray[Any]) -> NDArray[np.uint8]:
    if pictures.ndim == 4 and pictures.shape[-1] == 1:
        pictures = pictures[..., 0]
    has_shape = pictures.ndim == 3 or (pictures.ndim == 4 and pictures.shape[-1] in (3, 4))
    if pictures.dtype != np.uint8 or not has_shape or 0 in pictures.shape:
        raise Failure(
            f"{path}: {PICTURES!r} must hold uint8 pictures (n, h, w) or (n, h, w, 1, 3 or 4 channels), "
            f"not {pictures.dtype} {pictures.shape}; vectors go by the name {VECTORS!r}"
        )
    return pictures


def _class_names(path: Path, column: str, labels: NDArray[Any], classes: NDArray[Any] | None) -> list[str]:
    """Labels as names; empty for those that are NaN."""
    if classes is None or labels.dtype.kind not in "fiu":
        return names_in(path, column, labels)
    absent = np.isnan(labels) if labels.dtype.kind == "f" else np.zeros(len(labels), dtype=bool)
    wrong = labels[~absent & ~((labels >= 0) & (labels < len(classes)))]
    if len(wrong):
        raise Failure(f"{path}: {column!r} holds {wrong[0]}, but {CLASSES!r} names {len(classes)} classes")
    named = names_in(path, CLASSES, classes)
    return ["" if no else named[int(label)] for label, no in zip(labels, absent, strict=True)]


def _numbered(count: int) -> list[str]:
    """Row numbers from 0, of one length, so that ids sort as rows do."""
    return [f"{row:0{len(str(max(count - 1, 0)))}d}" for row in range(count)]
