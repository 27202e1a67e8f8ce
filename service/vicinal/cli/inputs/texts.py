"""Files of texts: CSV with a header, or JSONL."""

from collections.abc import Iterator
from pathlib import Path

from vicinal.cli.failures import Failure
from vicinal.cli.inputs.rows import ROW_SUFFIXES, column, read_rows
from vicinal.cli.inputs.source import Source
from vicinal.client import NewItem

TEXT_SUFFIXES = ROW_SUFFIXES
USUAL_ID_COLUMN = "id"


def open_texts(path: Path, text_column: str, id_column: str) -> Source:
    """The texts of a file; its other columns become metadata. The whole file is checked first.

    Args:
        path: of the file.
        text_column: column of the text.
        id_column: column of the id; empty takes "id" if it is there, else row numbers from 1.

    Raises:
        Failure: the file cannot be read, has no row, or lacks a column.
    """
    count = sum(1 for _ in _items(path, text_column, id_column))
    if not count:
        raise Failure(f"{path}: there is no row in it")
    return Source(count, _items(path, text_column, id_column))


def _items(path: Path, text_column: str, id_column: str) -> Iterator[NewItem]:
    for number, row in read_rows(path):
        text = column(path, number, row, text_column)
        given = column(path, number, row, id_column) if id_column else row.get(USUAL_ID_COLUMN)
        taken = {text_column, id_column or USUAL_ID_COLUMN}
        metadata = {name: value for name, value in row.items() if name not in taken}
        item_id = str(number) if given is None else given
        yield NewItem(item_id, text, metadata)
