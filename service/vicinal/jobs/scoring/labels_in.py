"""Labels from a file, or from the folder that `vicinal export --all` wrote."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.data.label_log import GivenExample, GivenLabels, LabelLog
from vicinal.data.labels import label_rows
from vicinal.jobs.exported import config_of, is_exported, items_of

__all__ = ["GivenExample", "GivenLabels", "read_labels"]


def read_labels(path: str | Path) -> GivenLabels:
    """Labels of a CSV, JSON, JSONL or Parquet file, or of an exported pool.

    A row has an id (`id` or `item_id`) and a `label`. Rows of `vicinal pull` also have a `state`, those of
    the service's export `kind`, `annotator`, `arm` and others: they are taken in order, as the service's own
    log. Where several annotators labelled an item, the majority counts, of equally many the label that came
    first, unless it was resolved. Labels of holdout items do not vote, as in the service.

    Rows with an `example_id` are no items of the pool; they vote if they have a `vector`, else they are
    counted as passed over.

    Raises:
        InvalidInput: it cannot be read, or a row has no id or no label; names the row.
    """
    file = Path(path)
    return _of_pool(file) if file.is_dir() else _taken(file).outcome()


def _of_pool(folder: Path) -> GivenLabels:
    if not is_exported(folder):
        raise InvalidInput.at(
            str(folder), "is a folder, and none that `vicinal export --all` wrote; give a file of labels"
        )
    carries = bool(config_of(folder).get("carry_labels"))
    log = _taken(folder / "labels.jsonl")
    for item in items_of(folder):
        if item.get("holdout") or item.get("gold"):
            log.measure(str(item["item_id"]))
    given = log.outcome()
    # An older service had neither, and did not export them.
    copies, examples = folder / "copies.jsonl", folder / "examples.jsonl"
    if copies.exists():
        _set_copies_aside(given, (row for _, row in label_rows(copies)), carries=carries)
    if examples.exists():
        given.examples = _taken(examples).outcome().examples
    return given


def _set_copies_aside(given: GivenLabels, records: Iterator[Mapping[str, Any]], *, carries: bool) -> None:
    """Takes those out that other items stand for, unless they have labels of their own."""
    for record in records:
        item, label = str(record["item_id"]), given.labels.get(str(record["kept_id"]))
        if record.get("is_restored") or item in given.labels or item in given.measured:
            continue
        if carries and label is not None and item not in given.aside:
            given.carried[item] = label
        given.aside.add(item)


def _taken(file: Path) -> LabelLog:
    log = LabelLog(str(file))
    for number, row in label_rows(file):
        log.take(number, row)
    return log
