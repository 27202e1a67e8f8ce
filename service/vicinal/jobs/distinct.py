"""Whether the ids of tables are all different, in eight bytes for each."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.data.rows import all_rows
from vicinal.data.tables import is_parquet
from vicinal.data.values import ValueFault, is_missing, name_of

_SHOWN = 3


def check_distinct(tables: Sequence[Path], id_column: str) -> None:
    """Refuses tables in which an id is there twice; those that cannot be read are passed over.

    Raises:
        InvalidInput: names some of the ids.
    """
    hashes = array("q", (hash(item_id) for item_id in _ids(tables, id_column)))
    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64))
    twice = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
    if not twice:
        return
    counts = Counter(item_id for item_id in _ids(tables, id_column) if hash(item_id) in twice)
    repeated = [item_id for item_id, count in counts.items() if count > 1]
    if repeated:
        shown = ", ".join(map(repr, repeated[:_SHOWN])) + (", ..." if len(repeated) > _SHOWN else "")
        raise InvalidInput.at(
            f"column {id_column!r}",
            f"{len(repeated)} ids are there more than once ({shown}); make them differ",
        )


def _ids(tables: Sequence[Path], id_column: str) -> Iterator[str]:
    for table in tables:
        try:
            yield from _parquet_ids(table, id_column) if is_parquet(table) else _text_ids(table, id_column)
        except (InvalidInput, OSError, arrow.ArrowException):
            continue  # told of where the table is cut into pieces, or embedded


def _parquet_ids(table: Path, id_column: str) -> Iterator[str]:
    with parquet.ParquetFile(table) as file:
        for batch in file.iter_batches(columns=[id_column]):
            yield from _named(batch.column(0).to_pylist())


def _text_ids(table: Path, id_column: str) -> Iterator[str]:
    return _named(row.get(id_column) for row in all_rows(table) if not isinstance(row, str))


def _named(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        with suppress(ValueFault):  # such a row is left out, and named, where it is read
            if not is_missing(value):
                yield name_of(value)
