"""A folder of images with all that is known of each: its class, its split, and what tables in it say."""

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

from vicinal.core.errors import InvalidInput
from vicinal.data.folders.classes import FolderClasses, choose_classes
from vicinal.data.folders.walking import FoundFile, ImageFiles
from vicinal.data.left_out import FIRST_NAMES, LeftOut, Reason, Unreadable
from vicinal.data.tables.columns import LABEL_COLUMNS
from vicinal.data.tables.rows import Table, open_table
from vicinal.data.tables.values import ValueFault, as_text, located, one_line

MANIFEST = "manifest.csv"
MANIFEST_FILE, MANIFEST_CLASS = "file", "class"
FILE_COLUMNS = ("file_name", "file", "filename", "path", "image")


@dataclass(frozen=True)
class FolderImage:
    """An image in a folder.

    Attributes:
        item_id: its path in the folder.
        path: to open it by.
        label: its class, by a table or else by its folder; empty where neither says.
        split: the split that its folder stands for; empty where none does.
        columns: what a table in the folder says of it, without the column of file names.
    """

    item_id: str
    path: Path
    label: str
    split: str
    columns: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class ImageFolder:
    """The images of a folder.

    Attributes:
        images: sorted by the parts of their paths.
        columns: names of the columns of all tables in it, without those of file names.
        left_out: what else is there.
        rows_without_file: what tables name and the folder does not have; counted in `left_out`, too.
        notes: what was found of classes and tables, a sentence each.
        ambiguous: why folders alone do not say what the classes are; empty where they do, or tables say it.
    """

    images: Sequence[FolderImage]
    columns: Sequence[str]
    left_out: LeftOut
    rows_without_file: Sequence[Unreadable]
    notes: Sequence[str]
    ambiguous: str = ""

    def check_classes(self) -> None:
        """Sees to it that there is one way to say what the classes are.

        Raises:
            InvalidInput: folders lie in folders, and nothing tells which of them are the classes.
        """
        if self.ambiguous:
            raise InvalidInput.at("class", self.ambiguous)


def read_image_folder(folder: Path, class_from: str = "", *, strict: bool = False) -> ImageFolder:
    """Lists the images of a folder, and joins what its tables say of them.

    Tables are `manifest.csv`, `metadata.csv`, `metadata.jsonl` and `labels.csv`, in the folder or below it,
    with a column of file names (`file_name`, `file`, `filename`, `path` or `image`) as seen from the table's
    own folder. The class of an image is what its table says (column `label` or `class`; of a manifest.csv
    `class`), else what `choose_classes` makes of its folders.

    Args:
        folder: of the images.
        class_from: as in `choose_classes`.
        strict: refuse a manifest.csv that is not as it should be, where it would else be counted as left out.

    Raises:
        InvalidInput: there is no image, or `class_from` does not go with the folders.
    """
    files = ImageFiles(folder)
    found = list(files)
    if not found:
        raise files.refuse()
    rule = choose_classes((each.item_id for each in found), class_from)
    tables = _Tables(found, files.left_out)
    for table in files.descriptions:
        tables.join(table, strict=strict)
    images = [_image(each, rule, tables) for each in found]
    by_folder = any(image.label and image.item_id not in tables.labels for image in images)
    notes = [*([rule.note] if rule.note else []), *tables.notes()]
    ambiguous = rule.ambiguous if by_folder else ""
    return ImageFolder(
        images, tables.column_names, files.left_out, tables.rows_without_file, notes, ambiguous
    )


@dataclass
class _Tables:
    """What the tables of a folder say of its images.

    Attributes:
        labels: classes by id, where a table names one.
    """

    found: Sequence[FoundFile]
    left_out: LeftOut
    labels: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    column_names: list[str] = field(default_factory=list)
    rows_without_file: list[Unreadable] = field(default_factory=list)
    _covered: dict[str, str] = field(default_factory=dict)
    _twice: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._ids = {each.item_id for each in self.found}
        self._by_nfc = {normalize("NFC", item_id): item_id for item_id in self._ids}

    def join(self, table: FoundFile, *, strict: bool) -> None:
        """Takes in the rows of a table, each for the file that it names."""
        shown = one_line(table.item_id)
        is_manifest = table.path.name.lower() == MANIFEST
        try:
            opened = open_table(table.path)
            numbered = list(self._readable_rows(opened, shown, strict=strict and is_manifest))
        except InvalidInput as error:
            if strict and is_manifest:
                raise
            self.left_out.fail(shown, str(error), Reason.TABLE)
            return
        for note in opened.notes:
            self.left_out.note(f"{shown}: {note}")
        if not numbered:
            return
        if strict and is_manifest:
            _check_manifest(table.path, numbered)
        rows = [values for _, values in numbered]
        names = list(dict.fromkeys(name for row in rows for name in row))
        usual = (MANIFEST_FILE, *FILE_COLUMNS) if is_manifest else FILE_COLUMNS
        file_column = next((name for name in usual if name in names), None)
        if file_column is None:
            wanted = ", ".join(FILE_COLUMNS[:-1]) + f" or {FILE_COLUMNS[-1]}"
            self.left_out.pass_over(Reason.TABLE, f"{shown} (has no column {wanted})")
            return
        self.column_names += [name for name in names if name not in (file_column, *self.column_names)]
        label_columns = (MANIFEST_CLASS,) if is_manifest else LABEL_COLUMNS
        self._join_rows(table, rows, file_column, label_columns)

    def _readable_rows(
        self, table: Table, shown: str, *, strict: bool
    ) -> Iterator[tuple[int, dict[str, str]]]:
        """Rows with their numbers, as texts by column.

        One that cannot be read fails alone, or stops a strict reader.
        """
        for row in table.rows():
            try:
                if row.fault:
                    raise ValueFault(row.fault)
                values = {name: as_text(value) for name, value in row.values.items()}
            except ValueFault as error:
                if strict:
                    raise InvalidInput.at(str(table.path), located(str(error), row.number)) from error
                self.left_out.failures.append(
                    Unreadable(f"row {row.number}", str(error), shown, row.number, Reason.TABLE)
                )
            else:
                yield row.number, values

    def notes(self) -> Iterator[str]:
        """What is odd about the tables, a sentence each."""
        for table, base in self._covered.items():
            without = [
                each.item_id
                for each in self.found
                if each.item_id.startswith(base) and each.item_id not in self.columns
            ]
            if without:
                some = ", ".join(map(one_line, without[:FIRST_NAMES]))
                are = "image has" if len(without) == 1 else "images have"
                yield f"{len(without)} {are} no row in {table}, such as {some}"
        for table, count in self._twice.items():
            yield f"{table} has {count} more rows of files that it names already; the last one counts"

    def _join_rows(
        self, table: FoundFile, rows: list[dict[str, str]], file_column: str, label_columns: Sequence[str]
    ) -> None:
        shown, base = one_line(table.item_id), table.item_id[: -len(table.path.name)]
        self._covered[shown] = base
        named = set()
        for row in rows:
            item_id = self._id_of(base, row.get(file_column, ""))
            if item_id is None:
                self._miss(one_line(base + row.get(file_column, "")), shown)
                continue
            self._twice.update([shown] if item_id in named else [])
            named.add(item_id)
            values = {name: value for name, value in row.items() if name != file_column}
            self.columns.setdefault(item_id, {}).update(values)
            label = next((values[name] for name in label_columns if values.get(name)), "")
            if label:
                self.labels[item_id] = label

    def _miss(self, name: str, table: str) -> None:
        reason = Reason.ROW_WITHOUT_FILE
        self.left_out.pass_over(reason, f"{name} (in {table})")
        self.rows_without_file.append(
            Unreadable(name, f"is in {table}, but not in the folder", reason=reason)
        )

    def _id_of(self, base: str, name: str) -> str | None:
        """The id of the file that a row names; accents may be stored in either way."""
        if not name:
            return None
        for each in (name, name.replace("\\", "/")):
            item_id = posixpath.normpath(base + each)
            if item_id in self._ids:
                return item_id
            if (found := self._by_nfc.get(normalize("NFC", item_id))) is not None:
                return found
        return None


def _check_manifest(path: Path, rows: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    for number, row in rows:
        first = next(iter(row))
        if first != MANIFEST_FILE:
            raise InvalidInput.at(str(path), f"the first column must be {MANIFEST_FILE!r}, not {first!r}")
        if not row[MANIFEST_FILE]:
            raise InvalidInput.at(str(path), f"row {number} names no file")


def _image(found: FoundFile, rule: FolderClasses, tables: _Tables) -> FolderImage:
    label = tables.labels.get(found.item_id) or rule.label_of(found.item_id)
    columns = tables.columns.get(found.item_id, {})
    return FolderImage(found.item_id, found.path, label, rule.split_of(found.item_id), columns)
