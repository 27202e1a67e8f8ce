"""Labels as a file that jobs read: columns id and label."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as arrow
from pyarrow import parquet

from vicinal.core.errors import InvalidInput
from vicinal.jobs.durable import appearing

LABEL_SUFFIXES = (".parquet", ".csv", ".jsonl")
_GROUP_ROWS = 65_536


def check_labels_name(out: Path) -> None:
    """Refuses a name that does not say which kind of file it is to be.

    Raises:
        InvalidInput: it ends otherwise.
    """
    if out.suffix.lower() not in LABEL_SUFFIXES:
        raise InvalidInput.at(str(out), f"name a file that ends in {', '.join(LABEL_SUFFIXES)}")


def write_labels(labels: Iterable[tuple[str, str]], out: Path) -> int:
    """Writes ids and labels; the file appears when it is complete.

    Returns:
        How many there were.

    Raises:
        InvalidInput: the file's name ends otherwise than in .parquet, .csv or .jsonl.
        StorageFailed: it cannot be written.
    """
    check_labels_name(out)
    write = {".parquet": _parquet, ".csv": _csv, ".jsonl": _jsonl}[out.suffix.lower()]
    with appearing(out) as unfinished:
        return write(labels, unfinished)


def _parquet(labels: Iterable[tuple[str, str]], path: Path) -> int:
    rows = list(labels)
    schema = arrow.schema([("id", arrow.string()), ("label", arrow.string())])
    columns = [[item_id for item_id, _ in rows], [label for _, label in rows]]
    parquet.write_table(arrow.table(columns, schema=schema), path, row_group_size=_GROUP_ROWS)
    return len(rows)


def _csv(labels: Iterable[tuple[str, str]], path: Path) -> int:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "label"))
        return sum(1 for label in labels if writer.writerow(label))


def _jsonl(labels: Iterable[tuple[str, str]], path: Path) -> int:
    with path.open("w", encoding="utf-8") as file:
        lines = (
            json.dumps({"id": name, "label": label}, ensure_ascii=False) + "\n" for name, label in labels
        )
        return sum(1 for line in lines if file.write(line))
