"""Labels as a file that jobs read: columns id, label and state."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.jobs.files import write_atomically

LABEL_SUFFIXES = (".parquet", ".csv", ".jsonl")
_GROUP_ROWS = 65_536


class LabelRow(NamedTuple):
    """An item that is not simply open.

    Attributes:
        id: of the item.
        label: None where it has none.
        state: "labelled"; "holdout" or "gold", whose labels do not vote; "carried", of a duplicate that votes
            with the label; "skipped", "excluded" or "leased", which are not chosen; "restored": not filtered.
    """

    id: str
    label: str | None
    state: str


def check_labels_name(out: Path) -> None:
    """Refuses a name that does not say which kind of file it is to be.

    Raises:
        InvalidInput: it ends otherwise.
    """
    if out.suffix.lower() not in LABEL_SUFFIXES:
        raise InvalidInput.at(str(out), f"name a file that ends in {', '.join(LABEL_SUFFIXES)}")


def write_labels(rows: Iterable[LabelRow], out: Path) -> int:
    """Writes what is known of items; the file appears when it is complete.

    Returns:
        How many rows there were.

    Raises:
        InvalidInput: the file's name ends otherwise than in .parquet, .csv or .jsonl.
        StorageFailed: it cannot be written.
    """
    check_labels_name(out)
    write = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}[out.suffix.lower()]
    with write_atomically(out) as unfinished:
        return write(rows, unfinished)


def _parquet(rows: Iterable[LabelRow], path: Path) -> int:
    label_rows = list(rows)
    schema = arrow.schema([(name, arrow.string()) for name in LabelRow._fields])
    columns = [[row[at] for row in label_rows] for at in range(len(schema))]
    parquet.write_table(arrow.table(columns, schema=schema), path, row_group_size=_GROUP_ROWS)
    return len(label_rows)


def _csv(rows: Iterable[LabelRow], path: Path) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LabelRow._fields)
        return sum(1 for row in rows if writer.writerow(row))


def _jsonl(rows: Iterable[LabelRow], path: Path) -> int:
    with path.open("w", encoding="utf-8") as file:
        lines = (json.dumps(row._asdict(), ensure_ascii=False) + "\n" for row in rows)
        return sum(1 for line in lines if file.write(line))
