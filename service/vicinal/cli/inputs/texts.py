"""Tables of texts or vectors as items."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.source import DataKind, Source
from vicinal.client import NewItem
from vicinal.data.left_out import Reason, Unreadable
from vicinal.data.tables.columns import quoted
from vicinal.data.tables.items import ItemColumns, RowFault, TableItem, TableItems
from vicinal.data.tables.rows import open_table
from vicinal.data.tables.values import ValueFault, as_text


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows as texts by column, each with its number 1, 2, ...; what is null is an empty text.

    Raises:
        Failure: the file or one of its rows cannot be read; the message names the row.
    """
    with reading():
        for row in open_table(path).rows():
            if row.fault:
                raise Failure(f"{path}: {row.described_fault}")
            try:
                yield row.index, {name: as_text(value) for name, value in row.values.items()}
            except ValueFault as error:
                raise Failure(f"{path}: row {row.number}: {error}") from error


@dataclass(frozen=True, eq=False)
class RowItem(NewItem):
    """An item that is a row of a table.

    Attributes:
        file: of the table.
        row: its number as a person counts rows in the file.
        needed: values of the columns that were asked for.
    """

    file: str = ""
    row: int = 0
    needed: dict[str, str] = field(default_factory=dict)


def open_table_items(path: Path, columns: ItemColumns) -> Source:
    """The rows of a table; columns that are neither id nor content become metadata.

    The whole file is read first, so that a file without a row that can be used, or without a column, is
    refused before anything is taken.

    Raises:
        Failure: the file cannot be read, has no row that can be used, or lacks a column.
    """
    with reading():
        table = TableItems(path, columns)
    unreadable: list[Unreadable] = []
    holds = DataKind.VECTORS if table.holds_vectors else DataKind.TEXTS
    return Source(table.count, _items(path, table, unreadable), unreadable, holds, tuple(table.notes))


def _items(path: Path, table: TableItems, unreadable: list[Unreadable]) -> Iterator[NewItem]:
    with reading():
        for item in table:
            if isinstance(item, RowFault):
                unreadable.append(_left_out(path, item))
            else:
                yield _new_item(path, item)


def _new_item(path: Path, item: TableItem) -> RowItem:
    return RowItem(
        item.item_id, item.content, item.metadata, file=str(path), row=item.row, needed=dict(item.needed)
    )


def _left_out(path: Path, fault: RowFault) -> Unreadable:
    return Unreadable(fault.item_id or f"row {fault.row}", fault.why, str(path), fault.row)


def value_of(item: NewItem, column: str) -> str:
    """What an item has in a column that was asked for, or in its metadata; empty for nothing."""
    needed = item.needed.get(column, "") if isinstance(item, RowItem) else ""
    return needed or item.metadata.get(column, "")


def left_out_item(item: NewItem, why: str, reason: Reason) -> Unreadable:
    """An item that is left out, with its row where it is one."""
    if isinstance(item, RowItem):
        return Unreadable(item.item_id, why, item.file, item.row, reason)
    return Unreadable(item.item_id, why, reason=reason)


def without_value(item: NewItem, column: str, what: str) -> Unreadable:
    """An item that is left out, since it has nothing in a column."""
    if isinstance(item, RowItem) and column in item.needed:
        why = f"it has no {what} in column {column!r}; give it one or leave it out"
        return left_out_item(item, why, Reason.UNLABELLED)
    there = quoted(item.metadata)
    return left_out_item(
        item, f"it has no {what} in column {column!r}; there are: {there}", Reason.UNLABELLED
    )
