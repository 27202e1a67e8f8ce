"""Tables of texts with a column of labels."""

from pathlib import Path

from vicinal.cli.failures import Failure, reading
from vicinal.cli.inputs.labelled import DataKind, Labelled
from vicinal.cli.inputs.source import Unreadable
from vicinal.data.rows import Row, Table, open_table
from vicinal.data.tables import (
    LABEL_COLUMNS,
    PACKED_SUFFIX,
    TEXT_COLUMN,
    id_column_in,
    label_column_in,
    no_column,
    suffix_of,
)
from vicinal.data.values import ValueFault, as_text, name_of, text_of


def open_labelled_texts(path: Path, text_column: str, label_column: str) -> Labelled:
    """The texts of a table, packed by gzip or not.

    Ids are those of the column `id` or `item_id`, if it tells all rows apart, else row numbers from 1. Rows
    that cannot be read are left out.

    Args:
        path: of the file.
        text_column: column of the texts; empty is "text".
        label_column: column of the labels; empty is "label" or "class".

    Raises:
        Failure: the file cannot be read, has no row that can be used, or lacks a column.
    """
    with reading():
        table = open_table(path)
        text_column = text_column or TEXT_COLUMN
        label_column = label_column or label_column_in(table.names) or LABEL_COLUMNS[0]
        for name in (text_column, label_column):
            table.check_column(name)
        rows, left_out = _read(table, text_column, label_column)
    if not rows:
        raise Failure(f"{path}: {_nothing(left_out)}")
    others = [name for name in table.names if name != text_column]
    columns = {name: [texts.get(name, "") for _, texts in rows] for name in others}
    return Labelled(
        path.name.removesuffix(PACKED_SUFFIX).removesuffix(suffix_of(path)),
        DataKind.TEXTS,
        _ids([index for index, _ in rows], columns.get(id_column_in(table.names))),
        [texts[label_column].strip() for _, texts in rows],
        contents=[texts[text_column] for _, texts in rows],
        columns=columns,
        left_out=left_out,
        notes=table.notes,
    )


def _nothing(left_out: list[Unreadable]) -> str:
    if not left_out:
        return "there is no row in it"
    first = left_out[0]
    return f"none of its {len(left_out)} rows can be read; the first: {first.name}: {first.message}"


def _read(
    table: Table, text_column: str, label_column: str
) -> tuple[list[tuple[int, dict[str, str]]], list[Unreadable]]:
    """The rows as texts with their places, and those left out."""
    rows, left_out = list[tuple[int, dict[str, str]]](), list[Unreadable]()
    for row in table.rows():
        try:
            rows.append((row.index, _texts(table, row, text_column, label_column)))
        except ValueFault as error:
            left_out.append(Unreadable(f"row {row.number}", str(error), str(table.path), row.number))
    return rows, left_out


def _texts(table: Table, row: Row, text_column: str, label_column: str) -> dict[str, str]:
    if row.fault:
        raise ValueFault(row.fault)
    for name in (text_column, label_column):
        if name not in row.values:
            known = no_column(table.path, name, row.values).violations[0].description
            raise ValueFault(f"the row {known}")
    names = {label_column, id_column_in(table.names)}
    texts = {name: (name_of if name in names else as_text)(value) for name, value in row.values.items()}
    return texts | {text_column: text_of(row.values[text_column], f"column {text_column!r}")}


def _ids(indexes: list[int], given: list[str] | None) -> list[str]:
    if given is not None and all(given) and len(set(given)) == len(given):
        return given
    # Of one length, so that ids sort as rows do.
    return [f"{index:0{len(str(indexes[-1]))}d}" for index in indexes]
