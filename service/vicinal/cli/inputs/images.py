"""Folders of images."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.source import Source, Unreadable
from vicinal.client import NewItem

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff"})


def find_images(folder: Path) -> list[Path]:
    """Image files in the folder and all below it, by their suffix; sorted, hidden ones left out.

    Raises:
        Failure: there is none.
    """
    found = [
        Path(parent, name)
        for parent, folders, names in _walk(folder)
        for name in names
        if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES
    ]
    if not found:
        raise Failure(f"there is no image in {str(folder)!r} ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, folders, names


def well_named_images(folder: Path) -> tuple[list[Path], list[Unreadable]]:
    """The images whose names are UTF-8, and the others.

    Raises:
        Failure: there is no image at all.
    """
    paths, badly_named = list[Path](), list[Unreadable]()
    for path in find_images(folder):
        raw = os.fsencode(path.relative_to(folder))
        try:
            raw.decode()
            paths.append(path)
        except UnicodeDecodeError:
            shown = raw.decode(errors="replace")
            badly_named.append(Unreadable(shown, "its name is not UTF-8; rename the file"))
    return paths, badly_named


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


def open_images(folder: Path) -> Source:
    """The images of a folder; ids are paths in it, metadata its path and the topmost folder as class.

    Raises:
        Failure: there is no image in it.
    """
    paths = find_images(folder)
    unreadable: list[Unreadable] = []
    return Source(len(paths), _items(folder, paths, unreadable), unreadable)


def open_image(path: Path) -> Source:
    """A single image; its id is its name."""
    unreadable: list[Unreadable] = []
    return Source(1, _items(path.parent, [path], unreadable), unreadable)


def _items(folder: Path, paths: list[Path], unreadable: list[Unreadable]) -> Iterator[NewItem]:
    for path in paths:
        relative = path.relative_to(folder)
        metadata = {"path": str(path)}
        if len(relative.parts) > 1:
            metadata["class"] = relative.parts[0]
        try:
            relative.as_posix().encode()
            yield NewItem(relative.as_posix(), path.read_bytes(), metadata)
        except OSError as error:
            unreadable.append(Unreadable(relative.as_posix(), error.strerror or str(error)))
        except UnicodeEncodeError:
            shown = os.fsencode(relative).decode(errors="replace")
            unreadable.append(Unreadable(shown, "its name is not UTF-8; rename the file"))
