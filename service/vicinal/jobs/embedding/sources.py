"""What people have at rest: folders and globs of images, and tables of texts or images, cut into pieces."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from vicinal.core.errors import InvalidInput
from vicinal.data.folders.walking import (
    FoundFile,
    ImageFiles,
    explain,
    find_files,
    find_glob_base,
    select_images,
)
from vicinal.data.left_out import LeftOut
from vicinal.data.tables.columns import TABLE_ENDINGS, id_column_in, is_table, quoted
from vicinal.data.tables.rows import open_table
from vicinal.jobs.embedding.row_ranges import ColumnKind, Columns, InputRowRange, split_file
from vicinal.jobs.files import LISTING, write_atomically
from vicinal.jobs.vectors_in import find_repeated_rows
from vicinal.records.errors import Violation

_DEFAULT_NAMES = {ColumnKind.TEXT: "text", ColumnKind.IMAGE: "image", ColumnKind.PATH: "path"}


@dataclass(frozen=True)
class ColumnChoice:
    """Which columns of tables to take; at most one of the first three.

    Attributes:
        text_column: of texts.
        image_column: of bytes of image files.
        path_column: of paths of image files, from the table's folder.
        id_column: of ids; empty takes "id" or "item_id" where it is there, else row numbers.
    """

    text_column: str = ""
    image_column: str = ""
    path_column: str = ""
    id_column: str = ""

    def content_column(self) -> tuple[ColumnKind, str] | None:
        """What was asked for; None where nothing was.

        Raises:
            InvalidInput: more than one.
        """
        named = {
            ColumnKind.TEXT: self.text_column,
            ColumnKind.IMAGE: self.image_column,
            ColumnKind.PATH: self.path_column,
        }
        chosen = [(holds, name) for holds, name in named.items() if name]
        if len(chosen) > 1:
            raise InvalidInput.at("columns", "name one of text_column, image_column and path_column")
        return chosen[0] if chosen else None


@dataclass(frozen=True)
class InputFiles:
    """Files that are the input.

    Attributes:
        folder: the folder that their names are relative to.
        tables: CSV, TSV, JSON, JSONL and Parquet files; none for images.
        images: in the folder, as they are found; None for tables.
        left_out: what else is there, counted; of images that are found on the way, see `collect_left_out`.
    """

    folder: Path
    tables: list[Path] = field(default_factory=list)
    images: Iterable[FoundFile] | None = None
    left_out: LeftOut = field(default_factory=LeftOut)

    def collect_left_out(self) -> LeftOut:
        """What else is there; known once the images have been gone through."""
        return self.images.left_out if isinstance(self.images, ImageFiles) else self.left_out


@dataclass(frozen=True)
class SplitInput:
    """An input cut into pieces.

    Attributes:
        names: of the files.
        columns: where contents and ids are.
        source_ranges: in the input's order.
        problems: files that cannot be read, and why.
    """

    names: list[str]
    columns: Columns
    row_ranges: list[InputRowRange]
    problems: list[Violation]


def find_input(source: str | Path) -> InputFiles:
    """What a folder, a glob or a file is as an input. Hidden files are left out.

    Raises:
        InvalidInput: there is neither image nor table, or there are both.
    """
    path = Path(source)
    if os.path.isdir(path):
        images = ImageFiles(path)
        if next(iter(images), None) is not None:
            return InputFiles(path, images=images)
        tables, left_out = find_files(path, is_table)
        if not tables:
            raise _neither(source, path, images.left_out)
        return InputFiles(path, tables, left_out=left_out)
    files, left_out = find_files(source, lambda _path: True)
    folder = path.parent if os.path.exists(path) else find_glob_base(path)
    tables, others = (
        [each for each in files if is_table(each)],
        [each for each in files if not is_table(each)],
    )
    images_there = list(select_images(others, folder, left_out))
    if tables and images_there:
        raise InvalidInput.at(
            str(source), f"both images and tables, such as {images_there[0].path}; name one kind"
        )
    if not tables and not images_there:
        raise _neither(source, folder, left_out)
    return InputFiles(folder, tables, images_there or None, left_out)


def split_input(found: InputFiles, wanted: ColumnChoice, shard_rows: int, listing: Path) -> SplitInput:
    """Cuts an input into pieces of at most `shard_rows` rows.

    Args:
        found: of `find`.
        wanted: columns of tables.
        shard_rows: most rows of a piece.
        listing: file for the names of images, which are an input of paths.

    Raises:
        InvalidInput: no file can be read or has the columns.
        StorageFailed: the listing cannot be written.
    """
    if found.images is not None:
        _write_listing(listing, found)
        columns = Columns("path", ColumnKind.PATH, "id", found.folder.resolve(), name_files=False)
        return SplitInput(["."], columns, split_file(listing, LISTING, shard_rows), [])
    columns = _columns(found, wanted)
    names = {_name(table, found): table for table in found.tables}
    repeated = find_repeated_rows(names, columns.id) if columns.id else {}
    row_ranges, problems = list[InputRowRange](), list[Violation]()
    for name, table in names.items():
        try:
            _check_columns(table, columns)
            row_ranges += split_file(table, name, shard_rows, repeated.get(table, ()))
        except InvalidInput as error:
            problems += error.violations
    if not row_ranges:
        raise InvalidInput.of(problems or [_without_rows(found)])
    return SplitInput(list(names), columns, row_ranges, problems)


def _without_rows(found: InputFiles) -> Violation:
    where = found.tables[0] if len(found.tables) == 1 else found.folder
    return Violation(str(where), "there is no row to embed; check the name")


def _name(table: Path, found: InputFiles) -> str:
    return table.relative_to(found.folder).as_posix()


def _neither(source: str | Path, folder: Path, left_out: LeftOut) -> InvalidInput:
    known = ", ".join(TABLE_ENDINGS)
    return InvalidInput.at(
        str(source),
        f"there is neither image nor table ({known}) here; check the name{explain(folder, left_out)}",
    )


def _write_listing(path: Path, found: InputFiles) -> None:
    """Lists the images, and below them those that cannot be had, with the reason."""
    with write_atomically(path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
        for each in found.images or ():
            name = each.item_id
            file.write(json.dumps({"id": name, "path": name, "bytes": each.size_bytes}) + "\n")
        for failure in found.collect_left_out().failures:
            file.write(json.dumps({"id": failure.name, "why": failure.message}) + "\n")


def _columns(found: InputFiles, wanted: ColumnChoice) -> Columns:
    """What was asked for, or by the usual names in the first table that can be read."""
    known, wrong = list[str](), list[Violation]()
    for table in found.tables:
        try:
            if known := list(open_table(table).names):
                break
        except InvalidInput as error:
            wrong += error.violations
    if not known:
        raise InvalidInput.of(wrong or [_without_rows(found)])
    usual = ((holds, name) for holds, name in _DEFAULT_NAMES.items() if name in known)
    chosen = wanted.content_column() or next(usual, None)
    if chosen is None:
        raise InvalidInput.at(
            _name(table, found),
            f"has no column text, image or path; name the one to embed; there are: {quoted(known)}",
        )
    item_id = wanted.id_column or id_column_in(known)
    return Columns(chosen[1], chosen[0], item_id, found.folder.resolve(), len(found.tables) > 1)


def _check_columns(table: Path, columns: Columns) -> None:
    opened = open_table(table)
    for name in filter(None, (columns.content, columns.id)):
        opened.check_column(name)
