"""Finds by its name what a file or folder holds."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from vicinal.cli.failures import Failure, extra_needed, reading
from vicinal.cli.inputs.images import open_image, open_images, open_text_files
from vicinal.cli.inputs.labelled import (
    LabelledItems,
    open_labelled_arrays,
    open_labelled_images,
    open_labelled_shards,
    open_labelled_text_files,
    open_labelled_texts,
)
from vicinal.cli.inputs.source import DataKind, Source
from vicinal.cli.inputs.texts import open_table_items
from vicinal.cli.inputs.vectors import are_shards, open_vectors
from vicinal.client import NewItem
from vicinal.data.folders.walking import (
    IMAGE_SUFFIXES,
    check_file,
    has_only_text_files,
    is_image,
    refuse_kind,
)
from vicinal.data.left_out import Unreadable
from vicinal.data.tables.columns import TABLE_SUFFIXES, is_table
from vicinal.data.tables.items import ItemColumns
from vicinal.data.vectors.arrays import ARRAY_SUFFIXES
from vicinal.data.vectors.parquet import Shard


def open_source(
    path: Path, text_column: str, id_column: str, more: ItemColumns | None = None, class_from: str = ""
) -> Source:
    """The items in a folder of images or text files, an image, a table, an NPZ/NPY, or vectors at rest.

    Args:
        path: of the file or folder.
        text_column: of texts.
        id_column: of texts; empty takes "id" or "item_id" if it is there, else row numbers.
        more: further columns of tables that are wanted.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no such file, it is of no known kind, or it is not what its name says.
    """
    columns = replace(more or ItemColumns(), text=text_column, id=id_column)
    if are_shards(path):
        return _at_rest(path)
    if os.path.isdir(path):
        if has_only_text_files(path):
            return replace(open_text_files(path, class_from), holds=DataKind.TEXTS)
        return replace(open_images(path, class_from), holds=DataKind.IMAGES)
    with reading():
        check_file(path)
    if is_table(path):
        return open_table_items(path, columns)
    if path.suffix.lower() in ARRAY_SUFFIXES:
        return open_vectors(path, columns.needed)
    with reading():
        if is_image(path):
            return replace(open_image(path), holds=DataKind.IMAGES)
        raise refuse_kind(path, TABLE_SUFFIXES | ARRAY_SUFFIXES | IMAGE_SUFFIXES)


def open_labelled(
    path: Path, text_column: str, label_column: str, labels: Path | None = None, class_from: str = ""
) -> LabelledItems:
    """The labelled items in a folder of images or text files, a table of texts, an NPZ; or vectors at rest.

    Args:
        path: of the file or folder.
        text_column: of texts; empty is "text".
        label_column: of texts, of a folder's manifest, or the array's name; empty is "label", "class", "y".
        labels: file of labels of vectors, which have none next to them.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no such file, it is of no known kind, or it is not what its name says.
    """
    if labels is not None:
        return open_labelled_shards(path, labels)
    if are_shards(path):
        raise Failure(f"{path}: these are vectors, and nothing there tells their labels; give --labels")
    if os.path.isdir(path):
        if has_only_text_files(path):
            return open_labelled_text_files(path, class_from)
        return open_labelled_images(path, label_column, class_from)
    with reading():
        check_file(path)
    if is_table(path):
        return open_labelled_texts(path, text_column, label_column)
    if path.suffix.lower() == ".npz":
        return open_labelled_arrays(path, label_column)
    known = ", ".join(sorted(TABLE_SUFFIXES | {".npz"}))
    raise Failure(f"{path}: labelled data are folders of images and files of the kinds {known}")


def _at_rest(path: Path) -> Source:
    """A folder or glob of vectors, as the jobs read them."""
    with extra_needed("jobs"):
        from vicinal.jobs import open_vectors as open_shards  # noqa: PLC0415 - Arrow takes a while
    with reading():
        shards = open_shards(path)

    unreadable: list[Unreadable] = []

    def leave_out(shard: Shard, row: int, why: str) -> None:
        unreadable.append(Unreadable(f"row {row}", why, str(shard.path), row))

    def items() -> Iterator[NewItem]:
        with reading():
            for ids, vectors in shards.read_batches(leave_out=leave_out):
                for item_id, vector in zip(ids, vectors, strict=True):
                    yield NewItem(item_id, vector)

    return Source(
        shards.rows,
        items(),
        unreadable,
        DataKind.VECTORS,
        notes=shards.left_out.notes,
        dimension=shards.dimension,
        left_out=shards.left_out,
    )
