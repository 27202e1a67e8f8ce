"""NPZ files of vectors or small pictures, with labels."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.labelled import Holds, Labelled

VECTORS, PICTURES, LABELS = "X", "x", "y"
GROUPS, CLASSES, IDS = "groups", "classes", "ids"


def open_labelled_arrays(path: Path, label_column: str) -> Labelled:
    """The vectors `X` or the pictures `x` of an NPZ, with labels `y`.

    `X` is (n, d) of floating point, `x` is uint8 (n, h, w) or (n, h, w, channels). Numbers in `y` are
    places in `classes`, if that is there, and names if it is not; NaN is no label. `groups` and `ids` are as
    long as `y`. Other one-dimensional arrays of that length are columns.

    Raises:
        Failure: an array is missing or not as it should be.
    """
    held = _read(path)
    label_column = label_column or LABELS
    for name in (label_column, VECTORS if VECTORS in held else PICTURES):
        if name not in held:
            raise Failure(
                f"{path}: there is no array {name!r}; it needs {VECTORS!r} (vectors) or {PICTURES!r} "
                f"(pictures), and {label_column!r} (labels); there are: {', '.join(held) or 'none'}"
            )
    labels = held[label_column]
    if labels.ndim != 1 or not len(labels):
        raise Failure(f"{path}: {label_column!r} must hold one label for each item, not {labels.shape}")
    for name in {VECTORS, PICTURES, GROUPS, IDS} & set(held):
        if held[name].shape[:1] != labels.shape:
            raise Failure(
                f"{path}: {name!r} has {len(np.atleast_1d(held[name]))} rows, {label_column!r} has "
                f"{len(labels)}; give one of each for each item"
            )
    columns = {
        name: [str(value) for value in array]
        for name, array in held.items()
        if array.ndim == 1 and len(array) == len(labels) and name not in (CLASSES, IDS)
    }
    ids = [str(value) for value in held[IDS]] if IDS in held else _numbered(len(labels))
    classes = _class_names(path, label_column, labels, held.get(CLASSES))
    if VECTORS in held:
        vectors = _vectors(path, held[VECTORS])
        return Labelled(path.stem, Holds.VECTORS, ids, classes, vectors=vectors, columns=columns)
    pictures = _pictures(path, held[PICTURES])
    return Labelled(path.stem, Holds.IMAGES, ids, classes, contents=PictureFiles(pictures), columns=columns)


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


def _read(path: Path) -> Mapping[str, NDArray[Any]]:
    try:
        held = np.load(path, allow_pickle=False)
        if isinstance(held, np.ndarray):
            raise Failure(f"{path}: holds one array; give an NPZ with {VECTORS!r} and {LABELS!r}")
        with held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise Failure(f"{path}: cannot be read as numpy arrays: {error}") from error


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
    absent = np.isnan(labels) if labels.dtype.kind == "f" else np.zeros(len(labels), dtype=bool)
    if classes is None or labels.dtype.kind not in "fiu":
        return ["" if no else str(label) for label, no in zip(labels.tolist(), absent, strict=True)]
    wrong = labels[~absent & ~((labels >= 0) & (labels < len(classes)))]
    if len(wrong):
        raise Failure(f"{path}: {column!r} holds {wrong[0]}, but {CLASSES!r} names {len(classes)} classes")
    return ["" if no else str(classes[int(label)]) for label, no in zip(labels, absent, strict=True)]


def _numbered(count: int) -> list[str]:
    """Row numbers from 0, of one length, so that ids sort as rows do."""
    return [f"{row:0{len(str(max(count - 1, 0)))}d}" for row in range(count)]
