"""Folders of images, or of text files; single images."""

import errno
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import overload

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.source import Source
from vicinal.client import NewItem
from vicinal.data.folders.classes import choose_classes
from vicinal.data.folders.images import FolderImage, read_image_folder
from vicinal.data.folders.walking import FoundFile, TextFiles
from vicinal.data.left_out import Unreadable

PATH, CLASS, SPLIT = "path", "class", "split"
# What a service takes of one item.
MAX_METADATA_ENTRIES, MAX_METADATA_BYTES, MAX_METADATA_NAME = 64, 16 * 1024, 128


class FileContents(Sequence[bytes]):
    """The contents of files, read as they are taken."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, row: int) -> bytes: ...
    @overload
    def __getitem__(self, row: slice) -> "FileContents": ...
    def __getitem__(self, row: int | slice) -> "bytes | FileContents":
        """A file's bytes, or part of the files.

        Raises:
            OSError: the file cannot be read.
        """
        return FileContents(self._paths[row]) if isinstance(row, slice) else self._paths[row].read_bytes()


class TextFileContents(Sequence[str]):
    """The texts in files, read as they are taken."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> "TextFileContents": ...
    def __getitem__(self, row: int | slice) -> "str | TextFileContents":
        """A file's text, or part of the files.

        Raises:
            OSError: the file cannot be read, or is not UTF-8.
        """
        return TextFileContents(self._paths[row]) if isinstance(row, slice) else _read_text(self._paths[row])


def find_texts(folder: Path) -> tuple[list[FoundFile], TextFiles]:
    """The text files of a folder, and what was left out meanwhile.

    Raises:
        Failure: there is none whose name can be an id.
    """
    files = TextFiles(folder)
    found = list(files)
    if not found:
        raise Failure(f"{folder}: {files.left_out.failures[0].name}: {files.left_out.failures[0].message}")
    return found, files


def open_images(folder: Path, class_from: str = "") -> Source:
    """The images of a folder; ids are paths in it.

    Metadata are the file's path, its class, the split that it lies in, and what tables in the folder say.

    Args:
        folder: of the images.
        class_from: as in `choose_classes`.

    Raises:
        Failure: there is no image in it, or its classes cannot be chosen so.
    """
    with reading():
        read = read_image_folder(folder, class_from)
    notes = list(read.notes)
    metadata = _all_metadata(read.images, notes)
    failures = read.left_out.failures
    count = len(read.images) + len(failures)
    items = _items(read.images, metadata, failures)
    return Source(
        count,
        items,
        failures,
        notes=[*notes, *read.left_out.notes],
        left_out=read.left_out,
        ambiguous=read.ambiguous,
    )


def open_text_files(folder: Path, class_from: str = "") -> Source:
    """The texts of a folder of text files, likewise.

    Raises:
        Failure: their classes cannot be chosen so.
    """
    found, files = find_texts(folder)
    with reading():
        rule = choose_classes((each.item_id for each in found), class_from)
    failures = files.left_out.failures

    def items() -> Iterator[NewItem]:
        for each in found:
            known = {CLASS: rule.label_of(each.item_id), SPLIT: rule.split_of(each.item_id)}
            metadata = {PATH: str(each.path)} | {name: value for name, value in known.items() if value}
            try:
                yield NewItem(each.item_id, _read_text(each.path), metadata)
            except OSError as error:
                failures.append(Unreadable(each.item_id, error.strerror or str(error)))

    notes = [*([rule.note] if rule.note else []), *files.left_out.notes]
    return Source(
        len(found) + len(failures),
        items(),
        failures,
        notes=notes,
        left_out=files.left_out,
        ambiguous=rule.ambiguous,
    )


def open_image(path: Path) -> Source:
    """A single image; its id is its name."""
    image = FolderImage(path.name, path, "", "", {})
    failures: list[Unreadable] = []
    return Source(1, _items([image], [{PATH: str(path)}], failures), failures)


def _items(
    images: Sequence[FolderImage], metadata: Sequence[Mapping[str, str]], failures: list[Unreadable]
) -> Iterator[NewItem]:
    for image, known in zip(images, metadata, strict=True):
        try:
            yield NewItem(image.item_id, image.path.read_bytes(), known)
        except OSError as error:
            failures.append(Unreadable(image.item_id, error.strerror or str(error)))


def _all_metadata(images: Sequence[FolderImage], notes: list[str]) -> list[dict[str, str]]:
    """Metadata of each image; what of tables a service would not take is left out, which is noted."""
    dropped: dict[str, int] = {}
    made = []
    for image in images:
        known = {PATH: str(image.path), CLASS: image.label, SPLIT: image.split}
        metadata = {name: value for name, value in known.items() if value}
        size = _size(metadata)
        for name, value in image.columns.items():
            if not value or (name in (CLASS, SPLIT) and name in metadata):
                continue
            size += _size({name: value})
            fits = len(metadata) < MAX_METADATA_ENTRIES and size <= MAX_METADATA_BYTES
            if not fits or name == PATH or not _is_name(name):
                size -= _size({name: value})
                dropped[name] = dropped.get(name, 0) + 1
            else:
                metadata[name] = value
        made.append(metadata)
    for name, count in dropped.items():
        notes.append(
            f"column {name[:MAX_METADATA_NAME]!r} of a table is not taken as metadata, for {count} items"
        )
    return made


def _is_name(name: str) -> bool:
    return 0 < len(name) <= MAX_METADATA_NAME and name.isprintable() and not name.isspace()


def _size(metadata: Mapping[str, str]) -> int:
    return sum(
        len(name.encode(errors="replace")) + len(value.encode(errors="replace"))
        for name, value in metadata.items()
    )


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, "is not UTF-8; convert it first") from error
