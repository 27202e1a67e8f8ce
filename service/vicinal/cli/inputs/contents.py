"""Images, texts or vectors that can be taken in any order and more than once."""

import os
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.images import FileContents, TextFileContents, find_texts
from vicinal.cli.inputs.source import ContentSubset, DataKind
from vicinal.cli.inputs.texts import RowItem, left_out_item, open_table_items
from vicinal.cli.inputs.vectors import are_shards, read_shards, read_vectors
from vicinal.client import NewItem
from vicinal.data.folders.walking import (
    IMAGE_SUFFIXES,
    ImageFiles,
    check_file,
    has_only_text_files,
    is_image,
    refuse_kind,
)
from vicinal.data.left_out import LeftOut, Reason, Unreadable
from vicinal.data.repeated_ids import RepeatedIds
from vicinal.data.tables.columns import TABLE_SUFFIXES, is_parquet, is_table
from vicinal.data.tables.items import ItemColumns
from vicinal.data.vectors.arrays import ARRAY_SUFFIXES

_BLANK = "the text is empty; give one or leave the row out"


@dataclass(frozen=True, eq=False)
class Contents:
    """Images, texts or vectors under their ids.

    Attributes:
        name: of the file or folder.
        holds: what the contents are.
        ids: n names.
        contents: n image files, read as they are taken, which may raise OSError; n texts; none for vectors.
        left_out: what could not be read; grows while the items are taken.
        vectors: (n, d), or None for images and texts.
        notes: what was read otherwise than it is written, a sentence each.
        passed_over: what else was there and is no item, counted.
    """

    name: str
    holds: DataKind
    ids: Sequence[str]
    contents: Sequence[bytes | str]
    left_out: list[Unreadable] = field(default_factory=list)
    vectors: NDArray[Any] | None = None
    notes: Sequence[str] = ()
    passed_over: LeftOut = field(default_factory=LeftOut)

    def __len__(self) -> int:
        return len(self.ids)

    def images(self) -> Iterator[tuple[str, bytes]]:
        """Ids and image files; what cannot be read goes to `left_out`."""
        yield from ((name, content) for name, content in self.items() if isinstance(content, bytes))

    def texts(self) -> Iterator[tuple[str, str]]:
        """Ids and texts."""
        yield from ((name, content) for name, content in self.items() if isinstance(content, str))

    def content_of(self, item_id: str) -> bytes | str | None:
        """One of them; None where the file is gone by now, or there never was one."""
        row = self._row_of.get(item_id) if len(self.contents) else None
        try:
            return None if row is None else self.contents[row]
        except OSError:
            return None

    def under(self, prefix: str) -> "Contents":
        """Returns the same contents, with a prefix before each id."""
        return replace(self, ids=[f"{prefix}{item_id}" for item_id in self.ids])

    def without(self, item_ids: Container[str]) -> "Contents":
        """The same without some of them."""
        rows = [row for row, item_id in enumerate(self.ids) if item_id not in item_ids]
        vectors = None if self.vectors is None else self.vectors[rows]
        contents = ContentSubset(self.contents, rows) if len(self.contents) else ()
        return Contents(self.name, self.holds, [self.ids[row] for row in rows], contents, [], vectors)

    def items(self) -> Iterator[tuple[str, bytes | str | NDArray[Any]]]:
        """Ids and contents or vectors; what cannot be read goes to `left_out`."""
        for row, item_id in enumerate(self.ids):
            try:
                content = self.contents[row] if self.vectors is None else self.vectors[row]
            except OSError as error:
                self.left_out.append(Unreadable(item_id, error.strerror or str(error)))
            else:
                yield item_id, content

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.ids)}


def open_contents(path: Path, text_column: str, id_column: str) -> Contents:
    """Images or text files of a folder, an image, texts of a table, or vectors of a folder, glob or file.

    Args:
        path: of the file or folder.
        text_column: of texts.
        id_column: of texts; empty takes "id" or "item_id" if it is there, else row numbers.

    Raises:
        Failure: there is no such file, or it is of no known kind.
    """
    name = path.resolve().name
    if are_shards(path):
        return _at_rest(name, path)
    if os.path.isdir(path):
        return _in_folder(name, path)
    with reading():
        check_file(path)
    if is_parquet(path) and _holds_vectors(path):
        return _at_rest(name, path)
    if path.suffix.lower() in ARRAY_SUFFIXES:
        vectors, ids, left_out, notes = read_vectors(path)
        return Contents(name, DataKind.VECTORS, ids, (), left_out, vectors, notes)
    if is_table(path):
        return _of_table(name, path, ItemColumns(text_column, id_column, keeps_metadata=False))
    with reading():
        if is_image(path):
            return Contents(name, DataKind.IMAGES, [path.name], FileContents([path]))
        raise refuse_kind(path, TABLE_SUFFIXES | ARRAY_SUFFIXES | IMAGE_SUFFIXES)


def _holds_vectors(path: Path) -> bool:
    with reading():
        from vicinal.data.vectors.parquet import holds_vectors  # noqa: PLC0415 - Arrow takes a while

        return holds_vectors(path)


def _of_table(name: str, path: Path, columns: ItemColumns) -> Contents:
    source = open_table_items(path, columns)
    items = list(source.items)
    if source.holds is not DataKind.VECTORS:
        blank = [item for item in items if not str(item.content).strip()]
        source.unreadable.extend(left_out_item(item, _BLANK, Reason.UNREADABLE) for item in blank)
        items = [item for item in items if str(item.content).strip()]
    items = _once(items, source.unreadable)
    ids = [item.item_id for item in items]
    if source.holds is DataKind.VECTORS:
        vectors = _stacked(path, [item.content for item in items])
        return Contents(name, DataKind.VECTORS, ids, (), source.unreadable, vectors, source.notes)
    texts = [str(item.content) for item in items]
    return Contents(name, DataKind.TEXTS, ids, texts, source.unreadable, notes=source.notes)


def _once(items: Sequence[NewItem], unreadable: list[Unreadable]) -> list[NewItem]:
    """Those whose id is new; the others are added to `unreadable`."""
    there, kept = RepeatedIds(), list[NewItem]()
    for row, item in enumerate(items):
        at = (item.file, item.row) if isinstance(item, RowItem) else ("", row)
        if (repeat := there.check(item.item_id, *at)) is None:
            kept.append(item)
        else:
            unreadable.append(repeat)
    return kept


def _stacked(path: Path, vectors: Sequence[Any]) -> NDArray[Any]:
    lengths = sorted({len(vector) for vector in vectors})
    if len(lengths) > 1:
        raise Failure(f"{path}: has vectors of {lengths[0]} and of {lengths[-1]} numbers; give all as many")
    return np.stack(vectors)


def _in_folder(name: str, folder: Path) -> Contents:
    """The images of a folder, or its text files if that is all there is."""
    if has_only_text_files(folder):
        texts, of_texts = find_texts(folder)
        contents = TextFileContents([each.path for each in texts])
        ids, left_out = [each.item_id for each in texts], of_texts.left_out
        return Contents(name, DataKind.TEXTS, ids, contents, left_out.failures, passed_over=left_out)
    files = ImageFiles(folder)
    found = list(files)
    if not found:
        with reading():
            raise files.refuse()
    ids, paths = [each.item_id for each in found], [each.path for each in found]
    left_out = files.left_out
    return Contents(name, DataKind.IMAGES, ids, FileContents(paths), left_out.failures, passed_over=left_out)


def _at_rest(name: str, path: Path) -> Contents:
    left_out = LeftOut()
    ids, vectors = read_shards(path, left_out)
    return Contents(name, DataKind.VECTORS, ids, (), left_out.failures, vectors, passed_over=left_out)
