"""Rows of tables whose id an earlier row has, found in eight bytes for each id."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.data.repeated_ids import RepeatedIds
from vicinal.data.rows import open_table
from vicinal.data.tables import is_parquet
from vicinal.data.values import ValueFault, is_missing, name_of

# Each is kept in memory with what to say of it.
_MOST_REPEATED = 1_000_000


class RepeatedRow(NamedTuple):
    """A row whose id an earlier one has.

    Attributes:
        place: among the rows of its file, from 1, the header left out.
        why: it is left out.
    """

    place: int
    why: str


class _Named(NamedTuple):
    """The id of a row; its number is as a person counts."""

    table: Path
    place: int
    number: int
    item_id: str


def repeated_rows(tables: Mapping[str, Path], id_column: str) -> dict[Path, list[RepeatedRow]]:
    """Rows whose id an earlier row has, by file; tables that cannot be read are passed over.

    Args:
        tables: by their names within the input.
        id_column: of the ids.

    Raises:
        InvalidInput: there are so many that the column can hardly be one of ids.
    """
    named = {path: name for name, path in tables.items()}
    hashes = array("q", (hash(row.item_id) for row in _ids(list(named), id_column)))
    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64))
    is_repeat = ordered[1:] == ordered[:-1]
    if np.count_nonzero(is_repeat) > _MOST_REPEATED:
        raise InvalidInput.at(
            f"column {id_column!r}",
            f"of {len(hashes)} rows {np.count_nonzero(is_repeat)} have the id of another row; "
            "name a column whose values differ",
        )
    twice = set(ordered[1:][is_repeat].tolist())
    found: dict[Path, list[RepeatedRow]] = {}
    there = RepeatedIds()
    for row in _ids(list(named), id_column) if twice else ():
        if hash(row.item_id) in twice:
            repeat = there.check(row.item_id, named[row.table], row.number)
            if repeat is not None:
                why = f"{repeat.message} (row {row.number} of {repeat.file})"
                found.setdefault(row.table, []).append(RepeatedRow(row.place, why))
    return found


def _ids(tables: Sequence[Path], id_column: str) -> Iterator[_Named]:
    for table in tables:
        try:
            for place, number, value in _values(table, id_column):
                with suppress(ValueFault):  # such a row is left out, and named, where it is read
                    if not is_missing(value):
                        yield _Named(table, place, number, name_of(value))
        except (InvalidInput, OSError, arrow.ArrowException):
            continue  # told of where the table is cut into pieces, or embedded


def _values(table: Path, id_column: str) -> Iterator[tuple[int, int, object]]:
    """Places, numbers and ids of the rows of a table."""
    if not is_parquet(table):
        for row in open_table(table).rows():
            if not row.fault:
                yield row.index, row.number, row.values.get(id_column)
        return
    with parquet.ParquetFile(table) as file:
        batches = file.iter_batches(columns=[id_column])
        values = chain.from_iterable(batch.column(0).to_pylist() for batch in batches)
        yield from ((at, at, value) for at, value in enumerate(values, start=1))
