"""Rows of a table as texts, where every one of them is needed."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from vicinal.cli.failures import Failure, reading
from vicinal.data.rows import open_table
from vicinal.data.values import ValueFault, as_text


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
