"""Data whose labels are known, as people have them on disk: for simulations."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure, extra_needed, reading
from vicinal.cli.inputs.images import SPLIT, FileContents, TextFileContents, find_texts
from vicinal.cli.inputs.source import DataKind
from vicinal.cli.inputs.vectors import read_shards
from vicinal.core.errors import InvalidInput
from vicinal.data.folders.classes import choose_classes
from vicinal.data.folders.images import MANIFEST, read_image_folder
from vicinal.data.left_out import LeftOut, Unreadable
from vicinal.data.tables.columns import (
    LABEL_COLUMNS,
    PACKED_SUFFIX,
    TEXT_COLUMN,
    id_column_in,
    label_column_in,
    no_column,
    quoted,
    suffix_of,
)
from vicinal.data.tables.rows import Row, Table, open_table
from vicinal.data.tables.values import ValueFault, as_text, name_of, text_of
from vicinal.data.vectors.arrays import ID_NAMES, names_in, read_arrays

_SHOWN = 3


@dataclass(frozen=True, eq=False)
class LabelledItems:
    """Items with what is known of them, row by row.

    Attributes:
        name: of the file or folder.
        holds: what the items are.
        ids: n names.
        classes: n labels, empty where there is none.
        contents: n image files or texts, read as they are taken, which may raise OSError; empty for vectors.
        vectors: (n, d), or None for images and texts.
        columns: more texts of each item, by column name, n each.
        groups_by_class: a group's name is to be taken together with its class.
        left_out: items that are named somewhere, but cannot be had.
        passed_over: what else was there and is no item, counted.
        notes: what was read otherwise than it is written, and what was found of classes, a sentence each.
    """

    name: str
    holds: DataKind
    ids: Sequence[str]
    classes: Sequence[str]
    contents: Sequence[bytes] | Sequence[str] = ()
    vectors: NDArray[Any] | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    groups_by_class: bool = False
    left_out: Sequence[Unreadable] = ()
    passed_over: LeftOut = field(default_factory=LeftOut)
    notes: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.ids)


def groups_of(data: LabelledItems, groups: str) -> list[str]:
    """The group of each item: items of one group are of one source.

    Args:
        data: the items.
        groups: a column, else a regular expression searched for in the ids, whose first group, or else whole
            match, names the item's group; empty makes each item its own group.

    Raises:
        Failure: no such column and no expression, or an item has no group by it.
    """
    if not groups:
        # An array of this name speaks for itself; other columns have to be named.
        return list(data.columns["groups"]) if "groups" in data.columns else list(data.ids)
    named = data.columns[groups] if groups in data.columns else _matches(data, groups)
    without = [data.ids[row] for row, name in enumerate(named) if not name and data.classes[row]]
    if without:
        shown = ", ".join(map(repr, without[:_SHOWN])) + (", ..." if len(without) > _SHOWN else "")
        raise Failure(f"--groups {groups!r}: {_described(data, groups)} {len(without)} items ({shown})")
    if not data.groups_by_class:
        return list(named)
    return [f"{label}/{name}" for label, name in zip(data.classes, named, strict=True)]


def _matches(data: LabelledItems, expression: str) -> list[str]:
    known = f"columns are: {quoted(data.columns)}"
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise Failure(f"--groups {expression!r} is no column ({known}) and no expression: {error}") from error
    found = [pattern.search(item_id) for item_id in data.ids]
    if not any(found):
        raise Failure(
            f"--groups {expression!r} is no column ({known}), and as an expression it matches none of the "
            f"{len(data)} ids, such as {data.ids[0]!r}"
        )
    return [(match[1 if pattern.groups else 0] or "") if match else "" for match in found]


def _described(data: LabelledItems, groups: str) -> str:
    return "the column is empty for" if groups in data.columns else "the expression names no group for"


VECTORS, PICTURES, LABELS = "X", "x", "y"
GROUPS, CLASSES = "groups", "classes"


def open_labelled_arrays(path: Path, label_column: str) -> LabelledItems:
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
        arrays = read_arrays(path)
    label_column = label_column or LABELS
    contents = VECTORS if VECTORS in arrays else PICTURES
    _check_lengths(path, arrays, contents, label_column)
    labels = arrays[label_column]
    id_name = next((name for name in ID_NAMES if _is_column(arrays.get(name), len(labels))), "")
    with reading():
        columns = {
            name: names_in(path, name, array)
            for name, array in arrays.items()
            if _is_column(array, len(labels)) and name not in (CLASSES, id_name, contents)
        }
        ids = names_in(path, id_name, arrays[id_name]) if id_name else _numbered(len(labels))
        classes = _class_names(path, label_column, labels, arrays.get(CLASSES))
    if contents == VECTORS:
        vectors = _vectors(path, arrays[VECTORS])
        return LabelledItems(path.stem, DataKind.VECTORS, ids, classes, vectors=vectors, columns=columns)
    pictures = _pictures(path, arrays[PICTURES])
    return LabelledItems(
        path.stem, DataKind.IMAGES, ids, classes, contents=PictureFiles(pictures), columns=columns
    )


def _check_lengths(path: Path, arrays: Mapping[str, NDArray[Any]], contents: str, label_column: str) -> None:
    """Sees to it that the arrays that are needed are there, with a row for each label."""
    for name in (label_column, contents):
        if name not in arrays:
            raise Failure(
                f"{path}: there is no array {name!r}; it needs {VECTORS!r} (vectors) or {PICTURES!r} "
                f"(pictures), and {label_column!r} (labels); there are: {quoted(arrays)}"
            )
    labels = arrays[label_column]
    if labels.ndim != 1 or not len(labels) or labels.dtype.names:
        raise Failure(f"{path}: {label_column!r} must hold one label for each item, not {_shape_of(labels)}")
    for name in (contents, GROUPS, *ID_NAMES[:2]):
        if name in arrays and arrays[name].shape[:1] != labels.shape:
            raise Failure(
                f"{path}: {name!r} has {len(np.atleast_1d(arrays[name]))} rows, {label_column!r} has "
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


def open_labelled_images(folder: Path, label_column: str, class_from: str = "") -> LabelledItems:
    """The images of a folder, with the columns of its tables if there are any.

    The class of an image is what a table says in the label column, else that of its folder, else unknown.

    Args:
        folder: of the images.
        label_column: of the tables; empty is "class" or "label", and without either the folder.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no image, a manifest is wrong, or it is not clear what the classes are.
    """
    with reading():
        read = read_image_folder(folder, class_from, strict=True)
        if not label_column:
            read.check_classes()
    if label_column and label_column not in read.columns:
        known = ", ".join(read.columns) or "none"
        raise Failure(
            f"--label-column {label_column!r}: {folder / MANIFEST} has no such column; there are: {known}"
        )
    images = read.images
    classes = [image.columns.get(label_column, "") if label_column else image.label for image in images]
    columns = {name: [image.columns.get(name, "") for image in images] for name in read.columns}
    if any(image.split for image in images):
        columns.setdefault(SPLIT, [image.split for image in images])
    return LabelledItems(
        folder.resolve().name,
        DataKind.IMAGES,
        [image.item_id for image in images],
        classes,
        contents=FileContents([image.path for image in images]),
        columns=columns,
        groups_by_class=True,
        left_out=[*read.left_out.failures, *sorted(read.rows_without_file, key=lambda each: each.name)],
        passed_over=read.left_out,
        notes=[*([] if label_column else read.notes), *read.left_out.notes],
    )


def open_labelled_text_files(folder: Path, class_from: str = "") -> LabelledItems:
    """The texts of a folder of text files, likewise.

    Raises:
        Failure: it is not clear what the classes are.
    """
    found, files = find_texts(folder)
    ids = [each.item_id for each in found]
    with reading():
        rule = choose_classes(ids, class_from)
        if rule.ambiguous:
            raise InvalidInput.at("class", rule.ambiguous)
    splits = [rule.split_of(item_id) for item_id in ids]
    return LabelledItems(
        folder.resolve().name,
        DataKind.TEXTS,
        ids,
        [rule.label_of(item_id) for item_id in ids],
        contents=TextFileContents([each.path for each in found]),
        columns={SPLIT: splits} if any(splits) else {},
        groups_by_class=True,
        left_out=files.left_out.failures,
        passed_over=files.left_out,
        notes=[*([rule.note] if rule.note else []), *files.left_out.notes],
    )


_NAMED = 3


def open_labelled_shards(path: Path, labels: Path) -> LabelledItems:
    """The labelled ones of the vectors in a folder, glob or file; those kept for measuring too.

    Args:
        path: of the vectors, as the jobs take them.
        labels: of the labels, likewise.

    Raises:
        Failure: one of the two cannot be read, or labels are of items that are not there.
    """
    with extra_needed("jobs"):
        from vicinal.jobs import read_labels  # noqa: PLC0415 - Arrow takes a while
    with reading():
        given = read_labels(labels)
    label_of = {**given.labels, **given.measured}
    if not label_of:
        raise Failure(f"{labels}: there is no label in it")
    left_out = LeftOut(failures=list(given.left_out))
    ids, vectors = read_shards(path, left_out, label_of.keys())
    unknown = sorted(label_of.keys() - set(ids))
    if unknown:
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        named = ", ".join(map(repr, unknown[:_NAMED]))
        raise Failure(f"{labels}: labels items that {path} does not have: {named}{more}")
    classes = [label_of[item_id] for item_id in ids]
    return LabelledItems(
        path.resolve().name,
        DataKind.VECTORS,
        ids,
        classes,
        vectors=vectors,
        left_out=left_out.failures,
        passed_over=left_out,
        notes=left_out.notes,
    )


def open_labelled_texts(path: Path, text_column: str, label_column: str) -> LabelledItems:
    """The texts of a table, packed by gzip or not.

    Ids are those of the column `id` or `item_id`, if it tells all rows apart, else row numbers from 1. Rows
    that cannot be read are left out.

    Args:
        path: of the file.
        text_column: column of the texts; empty is "text".
        label_column: column of the labels; empty is "label" or "class".

    Raises:
        Failure: the file cannot be read, has no row that can be used, or lacks a column.
    """
    with reading():
        table = open_table(path)
        text_column = text_column or TEXT_COLUMN
        label_column = label_column or label_column_in(table.names) or LABEL_COLUMNS[0]
        for name in (text_column, label_column):
            table.check_column(name)
        rows, left_out = _read(table, text_column, label_column)
    if not rows:
        raise Failure(f"{path}: {_nothing(left_out)}")
    others = [name for name in table.names if name != text_column]
    columns = {name: [texts.get(name, "") for _, texts in rows] for name in others}
    return LabelledItems(
        path.name.removesuffix(PACKED_SUFFIX).removesuffix(suffix_of(path)),
        DataKind.TEXTS,
        _ids([index for index, _ in rows], columns.get(id_column_in(table.names))),
        [texts[label_column].strip() for _, texts in rows],
        contents=[texts[text_column] for _, texts in rows],
        columns=columns,
        left_out=left_out,
        notes=table.notes,
    )


def _nothing(left_out: list[Unreadable]) -> str:
    if not left_out:
        return "there is no row in it"
    first = left_out[0]
    return f"none of its {len(left_out)} rows can be read; the first: {first.name}: {first.message}"


def _read(
    table: Table, text_column: str, label_column: str
) -> tuple[list[tuple[int, dict[str, str]]], list[Unreadable]]:
    """The rows as texts with their places, and those left out."""
    rows, left_out = list[tuple[int, dict[str, str]]](), list[Unreadable]()
    for row in table.rows():
        try:
            rows.append((row.index, _texts(table, row, text_column, label_column)))
        except ValueFault as error:
            left_out.append(Unreadable(f"row {row.number}", str(error), str(table.path), row.number))
    return rows, left_out


def _texts(table: Table, row: Row, text_column: str, label_column: str) -> dict[str, str]:
    if row.fault:
        raise ValueFault(row.fault)
    for name in (text_column, label_column):
        if name not in row.values:
            known = no_column(table.path, name, row.values).violations[0].description
            raise ValueFault(f"the row {known}")
    names = {label_column, id_column_in(table.names)}
    texts = {name: (name_of if name in names else as_text)(value) for name, value in row.values.items()}
    return texts | {text_column: text_of(row.values[text_column], f"column {text_column!r}")}


def _ids(indexes: list[int], given: list[str] | None) -> list[str]:
    if given is not None and all(given) and len(set(given)) == len(given):
        return given
    # Of one length, so that ids sort as rows do.
    return [f"{index:0{len(str(indexes[-1]))}d}" for index in indexes]
