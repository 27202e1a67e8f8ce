"""Tells by its name what a file or folder holds."""

import os
from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.images import data_checked, open_image, open_images, open_text_files
from vicinal.cli.inputs.labelled import Labelled
from vicinal.cli.inputs.labelled_arrays import open_labelled_arrays
from vicinal.cli.inputs.labelled_images import open_labelled_images, open_labelled_text_files
from vicinal.cli.inputs.labelled_shards import open_labelled_shards
from vicinal.cli.inputs.labelled_texts import open_labelled_texts
from vicinal.cli.inputs.rows import kind_of
from vicinal.cli.inputs.shards import are_shards
from vicinal.cli.inputs.source import Source
from vicinal.cli.inputs.texts import TEXT_SUFFIXES, open_texts
from vicinal.cli.inputs.vectors import VECTOR_SUFFIXES, open_vectors
from vicinal.data.folders import IMAGE_SUFFIXES, check_file, holds_texts_alone, is_image, refuse_kind


def open_source(path: Path, text_column: str, id_column: str, class_from: str = "") -> Source:
    """The items in a folder of images or text files, an image, a table of texts, or an NPZ/NPY of vectors.

    Args:
        path: of the file or folder.
        text_column: of texts.
        id_column: of texts; empty takes "id" if it is there, else row numbers.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no such file, it is of no known kind, or it is not what its name says.
    """
    if os.path.isdir(path):
        return open_text_files(path, class_from) if holds_texts_alone(path) else open_images(path, class_from)
    with data_checked():
        check_file(path)
    suffix = kind_of(path)
    if suffix in TEXT_SUFFIXES:
        return open_texts(path, text_column, id_column)
    if suffix in VECTOR_SUFFIXES:
        return open_vectors(path)
    with data_checked():
        if is_image(path):
            return open_image(path)
        raise refuse_kind(path, TEXT_SUFFIXES | VECTOR_SUFFIXES | IMAGE_SUFFIXES)


def open_labelled(
    path: Path, text_column: str, label_column: str, labels: Path | None = None, class_from: str = ""
) -> Labelled:
    """The labelled items in a folder of images or text files, a table of texts, an NPZ; or vectors at rest.

    Args:
        path: of the file or folder.
        text_column: of texts; empty is "text".
        label_column: of texts, of a folder's manifest, or the array's name; empty is "label", "class", "y".
        labels: file of labels of vectors, which have none beside them.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no such file, it is of no known kind, or it is not what its name says.
    """
    if labels is not None:
        return open_labelled_shards(path, labels)
    if are_shards(path):
        raise Failure(f"{path}: these are vectors, and nothing there tells their labels; give --labels")
    if os.path.isdir(path):
        if holds_texts_alone(path):
            return open_labelled_text_files(path, class_from)
        return open_labelled_images(path, label_column, class_from)
    with data_checked():
        check_file(path)
    suffix = kind_of(path)
    if suffix in TEXT_SUFFIXES:
        return open_labelled_texts(path, text_column, label_column)
    if suffix == ".npz":
        return open_labelled_arrays(path, label_column)
    known = ", ".join(sorted(TEXT_SUFFIXES | {".npz"}))
    raise Failure(f"{path}: labelled data are folders of images and files of the kinds {known}")
