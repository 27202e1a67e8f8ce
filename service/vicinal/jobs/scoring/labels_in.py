"""Labels from a file: pairs of id and label, or what `vicinal export` wrote."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.core.opinions import majority

ID_NAMES = ("id", "item_id")
LABEL_NAMES = ("label",)
SUFFIXES = (".csv", ".json", ".jsonl", ".parquet")
_GIVES = {"labelled", "relabelled", "resolved", ""}


@dataclass
class GivenLabels:
    """What a file says of a pool's items.

    Attributes:
        labels: those that vote, by id.
        aside: ids that neither vote nor can be chosen: holdout, skipped and excluded items.
        kept_in: ids that are never held back, since a person restored them.
    """

    labels: dict[str, str] = field(default_factory=dict)
    aside: set[str] = field(default_factory=set)
    kept_in: set[str] = field(default_factory=set)


def read_labels(path: str | Path) -> GivenLabels:
    """Labels of a CSV, JSON, JSONL or Parquet file.

    A row has an id (`id` or `item_id`) and a `label`. Rows of the service's export may also have `kind`,
    `annotator` and `arm`: they are taken in order, as the service's own log. Where several annotators
    labelled an item, the majority counts, of equally many the label that came first, unless it was resolved.
    Labels of holdout items do not vote, as in the service.

    Raises:
        InvalidInput: the file cannot be read, or a row has no id or no label; names the row.
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise InvalidInput.at(str(file), f"is no file of labels; give one of {', '.join(SUFFIXES)}")
    given = _Log()
    try:
        for number, row in enumerate(_rows(file), start=1):
            given.take(str(file), number, row)
    except (OSError, ValueError, csv.Error) as error:
        raise InvalidInput.at(str(file), f"cannot be read ({error}); check the file") from error
    return given.outcome()


class _Log:
    """Lines of labels, taken one after the other."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, str]] = {}
        self._resolved: dict[str, str] = {}
        self._holdout: set[str] = set()
        self._given = GivenLabels()

    def take(self, file: str, number: int, row: Mapping[str, Any]) -> None:
        """Takes one line in."""
        item = _first(row, ID_NAMES)
        if not item:
            raise InvalidInput.at(file, f"row {number} has no id; name the column {' or '.join(ID_NAMES)}")
        kind, label = str(row.get("kind") or ""), _first(row, LABEL_NAMES)
        if row.get("arm") == "holdout":
            self._holdout.add(item)
        if kind in _GIVES:
            if not label:
                raise InvalidInput.at(
                    file, f"row {number}, of {item!r}, has no label; give one or leave it out"
                )
            self._label(item, label, str(row.get("annotator") or ""), kind == "resolved")
        elif kind == "label_removed":
            self._said.pop(item, None)
            self._resolved.pop(item, None)
        elif kind in {"skipped", "excluded"}:
            self._given.aside.add(item)
        elif kind == "restored":
            self._given.aside.discard(item)
            self._given.kept_in.add(item)
        else:
            raise InvalidInput.at(file, f"row {number} has the unknown kind {kind!r}; export the labels anew")

    def outcome(self) -> GivenLabels:
        """What all lines come to."""
        given = self._given
        given.aside |= self._holdout
        for item, opinions in self._said.items():
            if item not in self._holdout:
                given.labels[item] = self._resolved.get(item) or majority(list(opinions.values()))
        return given

    def _label(self, item: str, label: str, annotator: str, is_resolved: bool) -> None:
        self._said.setdefault(item, {})[annotator] = label
        if is_resolved:
            self._resolved[item] = label
        self._given.aside.discard(item)


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    held = next((row[name] for name in names if row.get(name) not in (None, "")), "")
    return str(held)


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    match file.suffix.lower():
        case ".csv":
            with file.open(encoding="utf-8-sig", newline="") as text:
                yield from csv.DictReader(text)
        case ".jsonl":
            with file.open(encoding="utf-8") as text:
                yield from (_record(json.loads(line)) for line in text if line.strip())
        case ".json":
            yield from map(_record, json.loads(file.read_text(encoding="utf-8")))
        case _:
            from pyarrow import parquet  # noqa: PLC0415 - heavy

            with parquet.ParquetFile(file) as table:
                for batch in table.iter_batches():
                    yield from batch.to_pylist()


def _record(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a row is no object with an id and a label")
    return value
