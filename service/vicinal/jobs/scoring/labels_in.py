"""Labels from a file, or from the folder that `vicinal export --all` wrote."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vicinal.core.duplicates import inherits_label
from vicinal.core.errors import InvalidInput
from vicinal.core.records import DuplicateRecord
from vicinal.data.labels import GivenExample, GivenLabels, LabelLog, label_rows
from vicinal.data.tables.rows import Row
from vicinal.data.tables.values import ValueFault, located
from vicinal.jobs.exported import is_exported_pool, read_config, read_items
from vicinal.records.duplicates import DuplicateEvidence, DuplicateKind
from vicinal.records.pools import Medium

__all__ = ["GivenExample", "GivenLabels", "read_labels"]

# File and column of the representative in exported pools, as they are called now and up to version 5.
_DUPLICATES = (("duplicates.jsonl", "representative_id"), ("copies.jsonl", "kept_id"))


def read_labels(path: str | Path) -> GivenLabels:
    """Labels of a CSV, JSON, JSONL or Parquet file, or of an exported pool.

    A row has an id (`id` or `item_id`) and a `label`. Rows of `vicinal pull` also have a `state`, those of
    the service's export `kind`, `annotator`, `arm` and others: they are taken in order, as the service's own
    log. Where several annotators labelled an item, the majority counts, of equally many the label that came
    first, unless it was resolved. Labels of holdout items do not vote, as in the service.

    Rows with an `example_id` are no items of the pool; they vote if they have a `vector`, else they are
    counted as passed over. Of a file, a row that cannot be read is left out; an exported pool is damaged.

    Raises:
        InvalidInput: it cannot be read, or a row has no id or no label; names the row.
    """
    file = Path(path)
    return _read_exported(file) if file.is_dir() else _read_file(file)


def _read_file(file: Path) -> GivenLabels:
    log, good = LabelLog(str(file)), 0
    first = ""
    for row in label_rows(file):
        if why := _take_row(row, log):
            log.leave_out(row, why)
            first = first or located(why, row.number)
        else:
            good += 1
    given = log.outcome()
    if given.left_out and not good:
        count = len(given.left_out)
        raise InvalidInput.at(str(file), f"none of its {count} rows can be read; the first: {first}")
    return given


def _read_exported(folder: Path) -> GivenLabels:
    if not is_exported_pool(folder):
        raise InvalidInput.at(
            str(folder), "is a folder, and none that `vicinal export --all` wrote; give a file of labels"
        )
    log = _read_log(folder / "labels.jsonl")
    hashes: dict[str, str] = {}
    for item in read_items(folder):
        hashes[str(item["item_id"])] = str(item.get("content_hash") or "")
        if item.get("holdout") or item.get("gold"):
            log.measure(str(item["item_id"]))
    given = log.outcome()
    # An older service had neither duplicates nor examples, and did not export them.
    for name, representative in _DUPLICATES:
        if (folder / name).exists():
            carries = _CarryRule(read_config(folder), hashes)
            rows = (_rename_column(row, representative) for row in _read_rows(folder / name))
            _exclude_duplicates(given, rows, carries)
            break
    examples = folder / "examples.jsonl"
    if examples.exists():
        given.examples = _read_log(examples).outcome().examples
    return given


def _rename_column(row: Mapping[str, Any], representative: str) -> Mapping[str, Any]:
    return {"representative_id" if name == representative else name: value for name, value in row.items()}


class _CarryRule:
    """Which duplicates of an exported pool vote with the label of the item that stands for them.

    Args:
        config: of the pool.
        hashes: of the items' contents, by id.
    """

    def __init__(self, config: Mapping[str, Any], hashes: Mapping[str, str]) -> None:
        self._is_on = bool(config.get("carry_labels"))
        self._medium = Medium((config.get("fingerprint") or {}).get("medium", Medium.VECTOR))
        self._hashes = hashes

    def __call__(self, row: Mapping[str, Any]) -> bool:
        duplicate, representative = (str(row[name]) for name in ("item_id", "representative_id"))
        stored_evidence = json.loads(str(row.get("evidence") or "{}"))
        evidence = DuplicateEvidence(1.0, is_identical=bool(stored_evidence.get("is_identical")))
        record = DuplicateRecord(
            duplicate, representative, DuplicateKind.DUPLICATE, evidence, str(row.get("compared_with")), 0.0
        )
        hashes = [self._hashes.get(each, "") for each in (duplicate, representative)]
        is_same = hashes[0] == hashes[1] != ""
        return self._is_on and inherits_label(record, self._medium, is_same_content=is_same)


def _exclude_duplicates(
    given: GivenLabels, records: Iterator[Mapping[str, Any]], carries: Callable[[Mapping[str, Any]], bool]
) -> None:
    """Takes those out that other items stand for, unless they have labels of their own."""
    for record in records:
        item, label = str(record["item_id"]), given.labels.get(str(record["representative_id"]))
        if record.get("is_restored") or item in given.labels or item in given.measured:
            continue
        if label is not None and item not in given.aside and carries(record):
            given.carried[item] = label
        given.aside.add(item)


def _read_log(file: Path) -> LabelLog:
    log = LabelLog(str(file))
    for row in label_rows(file):
        if why := _take_row(row, log):
            raise _unreadable(file, row, why)
    return log


def _take_row(row: Row, log: LabelLog) -> str:
    """Gives a row to a log; why it cannot be read, empty where it can."""
    if row.fault:
        return row.fault
    try:
        log.take(row.number, row.values)
    except ValueFault as error:
        return str(error)
    return ""


def _read_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    for row in label_rows(file):
        if row.fault:
            raise _unreadable(file, row, row.fault)
        yield row.values


def _unreadable(file: Path, row: Row, why: str) -> InvalidInput:
    return InvalidInput.at(str(file), f"cannot be read ({located(why, row.number)}); check the file")
