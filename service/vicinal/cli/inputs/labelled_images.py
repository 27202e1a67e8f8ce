"""Folders of images with one folder for each class, with or without a manifest."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.images import FileContents, well_named_images
from vicinal.cli.inputs.labelled import Holds, Labelled
from vicinal.cli.inputs.rows import read_rows
from vicinal.cli.inputs.source import Unreadable

MANIFEST = "manifest.csv"
FILE_COLUMN, CLASS_COLUMN = "file", "class"


def open_labelled_images(folder: Path, label_column: str) -> Labelled:
    """The images of a folder, with the columns of its manifest.csv if there is one.

    The manifest's first column is `file`, the path in the folder. The class of an image is what the manifest
    says in its label column, else the topmost folder that the image is in, else unknown.

    Args:
        folder: of the images.
        label_column: of the manifest; empty is "class".

    Raises:
        Failure: there is no image, or the manifest is not as it should be.
    """
    paths, badly_named = well_named_images(folder)
    ids = [path.relative_to(folder).as_posix() for path in paths]
    rows = _manifest(folder / MANIFEST)
    known = next(iter(rows.values()), {})
    if label_column and label_column not in known:
        raise Failure(
            f"--label-column {label_column!r}: {folder / MANIFEST} has no such column; "
            f"there are: {', '.join(known) or 'none'}"
        )
    column = label_column or CLASS_COLUMN
    classes = [rows.get(item_id, {}).get(column) or _folder_class(item_id, label_column) for item_id in ids]
    columns = {name: [rows.get(item_id, {}).get(name, "") for item_id in ids] for name in known}
    absent = [Unreadable(name, f"is in {MANIFEST}, but not in the folder") for name in rows.keys() - set(ids)]
    return Labelled(
        folder.resolve().name,
        Holds.IMAGES,
        ids,
        classes,
        contents=FileContents(paths),
        columns=columns,
        groups_by_class=True,
        left_out=badly_named + sorted(absent, key=lambda each: each.name),
    )


def _folder_class(item_id: str, label_column: str) -> str:
    """The topmost folder, unless another label was asked for."""
    top, _, below = item_id.partition("/")
    return top if below and not label_column else ""


def _manifest(path: Path) -> Mapping[str, Mapping[str, str]]:
    return dict(_manifest_rows(path)) if path.is_file() else {}


def _manifest_rows(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, row in read_rows(path):
        if next(iter(row)) != FILE_COLUMN:
            raise Failure(f"{path}: the first column must be {FILE_COLUMN!r}, not {next(iter(row))!r}")
        if not row[FILE_COLUMN]:
            raise Failure(f"{path}: row {number} names no file")
        yield row[FILE_COLUMN], {name: value for name, value in row.items() if name != FILE_COLUMN}
