"""Folders of images or of text files with one folder for each class, with or without tables in them."""

from pathlib import Path

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.images import SPLIT, FileContents, TextFileContents, find_texts
from vicinal.cli.inputs.labelled import DataKind, Labelled
from vicinal.data.errors import InvalidInput
from vicinal.data.folder_classes import choose_classes
from vicinal.data.image_folder import MANIFEST, read_image_folder


def open_labelled_images(folder: Path, label_column: str, class_from: str = "") -> Labelled:
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
    return Labelled(
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


def open_labelled_text_files(folder: Path, class_from: str = "") -> Labelled:
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
    return Labelled(
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
