"""Rows of a table as items: an id, a text or a vector, and metadata; a wrong row is left out alone."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import (
    CONTROL_CHARACTER,
    MAX_METADATA_BYTES,
    MAX_METADATA_ENTRIES,
    MAX_NAME_CHARACTERS,
)
from vicinal.data.tables.columns import TEXT_COLUMN, VECTOR_COLUMNS, has_no_name, id_column_in, no_column
from vicinal.data.tables.rows import Row, Table, open_table
from vicinal.data.tables.values import ValueFault, as_text, item_id_of, located, name_of, printable, text_of

_NAMED, _SHOWN_CHARACTERS = 5, 40

MetadataOf = Callable[[Mapping[str, Any]], dict[str, str]]

EXAMPLE_ID = "example_id"
# Items of the first reading that are kept in memory, so that a table of a usual size is read once.
_KEPT_ITEMS, _KEPT_CHARACTERS = 200_000, 64 * 1024 * 1024

# A tuple and not an item: the garbage collector need not look at tuples of texts again and again.
_Kept = tuple[int, str, str | NDArray[np.float32], Mapping[str, str], Mapping[str, str]]
_NOTHING: Mapping[str, str] = {}


class MetadataColumns:
    """The columns that are kept with each item.

    Every row has to be looked at before the first is taken, so that all of them keep the same columns.

    Args:
        table: whose columns they are.
        taken: columns that are the item itself.
        chosen: columns to keep; none keeps what there is.
    """

    def __init__(self, table: Table, taken: Collection[str], chosen: Collection[str] = ()) -> None:
        self._taken = frozenset(taken)
        self._chosen = frozenset(chosen)
        self._left_out: dict[str, str] = {}
        self._known: dict[str, bool] = {}
        self._has_all_names = table.has_all_names
        self._kept: tuple[str, ...] | None = None
        for name in table.names:
            self._keeps(name)
        for name in table.repeated - self._taken:
            self._leave_out(name, "several columns have this name")

    def look_at(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Sees to it that the row's metadata are no more than a server takes; returns them.

        Raises:
            ValueFault: a value cannot be written as UTF-8; names the column.
        """
        kept = self.of(values)
        if len(kept) > MAX_METADATA_ENTRIES:
            for name in list(kept)[MAX_METADATA_ENTRIES:]:
                self._leave_out(name, f"more than {MAX_METADATA_ENTRIES} columns")
                del kept[name]
        # No character is longer than four bytes, so that most rows need not be encoded.
        if 4 * (sum(map(len, kept)) + sum(map(len, kept.values()))) > MAX_METADATA_BYTES:
            self._shorten(kept)
        return kept

    def _shorten(self, kept: dict[str, str]) -> None:
        sizes = {name: len(name.encode()) + len(text.encode()) for name, text in kept.items()}
        while sum(sizes.values()) > MAX_METADATA_BYTES:
            longest = max(sizes, key=sizes.__getitem__)
            self._leave_out(longest, f"with it a row has more than {MAX_METADATA_BYTES // 1024} KiB")
            del sizes[longest], kept[longest]

    def of(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The metadata of a row.

        Raises:
            ValueFault: as for `look_at`.
        """
        if self._kept is None:
            kept = tuple(name for name in values if self._keeps(name))
            self._kept = kept if self._has_all_names else None
        else:
            kept = self._kept
        return {
            name: value if type(value := values[name]) is str and value.isascii() else _text(name, value)
            for name in kept
        }

    @property
    def left_out_count(self) -> int:
        """Columns that are left out so far."""
        return len(self._left_out)

    def notes(self) -> list[str]:
        """A sentence on the columns that are left out; none where all are kept."""
        if not self._left_out:
            return []
        by_reason: dict[str, list[str]] = {}
        for name, why in self._left_out.items():
            by_reason.setdefault(why, []).append(name)
        told = "; ".join(f"{_shown(names)} ({why})" for why, names in by_reason.items())
        return [f"left out of the metadata: {told}; --metadata-column names the columns to keep"]

    def _keeps(self, name: str) -> bool:
        if name not in self._known:
            wanted = name not in self._taken and (not self._chosen or name in self._chosen)
            why = _cannot_be_kept(name) if wanted else ""
            self._known[name] = wanted and not why
            if why:
                self._left_out[name] = why
        return self._known[name]

    def _leave_out(self, name: str, why: str) -> None:
        if self._keeps(name):
            self._known[name] = False
            self._left_out[name] = why
            self._kept = None


def _cannot_be_kept(name: str) -> str:
    """Why a column's name is none for metadata; empty where it is one."""
    if has_no_name(name):
        return "no name of its own"
    if len(name) > MAX_NAME_CHARACTERS:
        return f"a name of more than {MAX_NAME_CHARACTERS} characters"
    if CONTROL_CHARACTER.search(name):
        return "a control character in the name"
    return "" if name == printable(name) else "a name that is not UTF-8"


def _text(name: str, value: object) -> str:
    try:
        return as_text(value)
    except ValueFault as error:
        raise ValueFault(f"column {name!r}: {error}") from error


def _shown(names: Iterable[str]) -> str:
    held = [printable(name) for name in names]
    short = [name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}..." for name in held]
    more = f" and {len(held) - _NAMED} more" if len(held) > _NAMED else ""
    return ", ".join(map(repr, short[:_NAMED])) + more


@dataclass(frozen=True)
class ItemColumns:
    """Where in a table contents, ids and metadata are.

    Attributes:
        text: of the texts; empty is "text".
        id: of the ids; empty takes "id" or "item_id" where it is there, else row numbers from 1.
        metadata: columns to keep with the items; none keeps all.
        needed: further columns that have to be there, such as one of labels.
        keeps_metadata: whether there are to be metadata at all.
    """

    text: str = TEXT_COLUMN
    id: str = ""
    metadata: Sequence[str] = ()
    needed: Sequence[str] = ()
    keeps_metadata: bool = True


@dataclass(eq=False, slots=True)  # not frozen: that takes three times as long to make
class TableItem:
    """A row that can be used.

    Attributes:
        row: its number as a person counts rows in the file.
        content: a text, or a (d,) float32 vector.
        metadata: that a server takes.
        needed: values of the columns that were asked for, as texts.
    """

    row: int
    item_id: str
    content: str | NDArray[np.float32]
    metadata: Mapping[str, str]
    needed: Mapping[str, str]


@dataclass(frozen=True)
class RowFault:
    """A row that cannot be used.

    Attributes:
        row: its number as a person counts rows in the file.
        item_id: empty where the row does not say.
        why: it cannot, and what to do.
    """

    row: int
    item_id: str
    why: str


class TableItems:
    """The items of a table, read once and checked; a big one is read again as they are taken.

    Args:
        path: of the table.
        columns: where in it things are.

    Attributes:
        count: rows that hold something.
        good: rows that can be used.
        holds_vectors: whether its contents are vectors, since it has a column of them and none of texts.
        notes: what is read otherwise than it is written, a sentence each.

    Raises:
        InvalidInput: the file cannot be read, lacks a column, or has no row that can be used; names it.
    """

    def __init__(self, path: Path, columns: ItemColumns) -> None:
        self._table = open_table(path)
        self._content, self.holds_vectors = _content_column(self._table, columns.text or TEXT_COLUMN)
        self._id = columns.id or id_column_in(self._table.names)
        self._id = self._id or (EXAMPLE_ID if EXAMPLE_ID in self._table.names else "")
        self._needed = tuple(filter(None, columns.needed))
        further = (*columns.metadata, *self._needed) if self._table.has_all_names else ()
        for name in filter(None, (self._content, self._id, *further)):
            self._table.check_column(name)
        self._metadata = MetadataColumns(self._table, {self._content, self._id} - {""}, columns.metadata)
        self._keeps_metadata = columns.keeps_metadata
        self._content_where, self._id_where = _where(self._content), _where(self._id)
        self._all: list[_Kept | RowFault] | None = None
        self.count, self.good = 0, 0
        self._look_at_all()
        self.notes = [*self._table.notes, *(self._metadata.notes() if self._keeps_metadata else ())]

    def __iter__(self) -> Iterator[TableItem | RowFault]:
        if self._all is not None:
            yield from (each if isinstance(each, RowFault) else TableItem(*each) for each in self._all)
            return
        for row in self._table.rows():
            taken = self._taken(row, self._metadata.of)
            yield taken if isinstance(taken, RowFault) else TableItem(*taken)

    def _look_at_all(self) -> None:
        first: RowFault | None = None
        kept, characters = list[_Kept | RowFault](), 0
        count, faults = 0, 0
        left_out = self._metadata.left_out_count
        is_kept = not self.holds_vectors
        for row in self._table.rows():
            count += 1
            taken = self._taken(row, self._metadata.look_at)
            if isinstance(taken, RowFault):
                faults += 1
                first = first or taken
            if is_kept:
                kept.append(taken)
                characters += _characters(taken)
                # Beyond the bound the table is read again.
                is_kept = len(kept) <= _KEPT_ITEMS and characters <= _KEPT_CHARACTERS
                if not is_kept:
                    kept.clear()
        self.count, self.good = count, count - faults
        # Where a later row has left a column out, items before it have a column too many.
        if is_kept and self._metadata.left_out_count == left_out:
            self._all = kept
        if not self.count:
            raise InvalidInput.at(str(self._table.path), "there is no row in it; check the file")
        if first is not None and not self.good:
            self._refuse_all(first)

    def _refuse_all(self, first: RowFault) -> None:
        path = self._table.path
        told = f"{path.name}:{first.row}: {located(first.why, first.row)}"
        raise InvalidInput.at(str(path), f"none of its {self.count} rows can be read; the first is {told}")

    def _taken(self, row: Row, metadata_of: MetadataOf) -> _Kept | RowFault:
        if row.fault:
            return RowFault(row.number, "", row.fault)
        item_id = ""
        try:
            item_id = item_id_of(row.values.get(self._id), self._id_where) if self._id else str(row.index)
            content = self._content_of(row.values)
            needed = (
                {name: name_of(row.values.get(name)) for name in self._needed} if self._needed else _NOTHING
            )
            metadata = metadata_of(row.values) if self._keeps_metadata else _NOTHING
            return row.number, item_id, content, metadata, needed
        except ValueFault as error:
            return RowFault(row.number, item_id, str(error))

    def _content_of(self, values: Mapping[str, Any]) -> str | NDArray[np.float32]:
        if self._content not in values:
            known = no_column(self._table.path, self._content, values).violations[0].description
            raise ValueFault(f"the row {known}")
        value, where = values[self._content], self._content_where
        return _vector_of(value, where) if self.holds_vectors else text_of(value, where)


def _characters(taken: _Kept | RowFault) -> int:
    if isinstance(taken, RowFault):
        return len(taken.why)
    _, item_id, content, metadata, needed = taken
    characters = len(content) + len(item_id) + sum(map(len, metadata.values()))
    return characters + sum(map(len, needed.values())) if needed else characters


def _content_column(table: Table, text_column: str) -> tuple[str, bool]:
    """The column of contents, and whether they are vectors."""
    if text_column in table.names or text_column != TEXT_COLUMN:
        return text_column, False
    vectors = next((name for name in VECTOR_COLUMNS if name in table.names), None)
    if vectors is None:
        return text_column, False
    first = next((row.values.get(vectors) for row in table.rows() if not row.fault), None)
    return (vectors, True) if isinstance(first, list) else (text_column, False)


def _vector_of(value: object, where: str) -> NDArray[np.float32]:
    try:
        vector = np.asarray(value, dtype=np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueFault(f"{where} holds no list of numbers ({error}); leave the row out") from error
    if vector.ndim != 1 or not len(vector):
        raise ValueFault(f"{where} holds no list of numbers; leave the row out")
    return vector


def _where(column: str) -> str:
    return f"column {column!r}"
