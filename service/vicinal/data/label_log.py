"""What labels come to: lines of a label log, or rows of labels as they stand, taken one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vicinal.core.annotations import majority
from vicinal.core.errors import InvalidInput
from vicinal.core.labels import normalise_label
from vicinal.data.labels import EXAMPLE_ID, EXAMPLE_VECTOR
from vicinal.data.left_out import Unreadable
from vicinal.data.rows import Row
from vicinal.data.tables import ID_COLUMNS, LABEL_COLUMNS, label_column_in
from vicinal.data.values import ValueFault, is_missing, name_of

_GIVES = frozenset({"labelled", "relabelled", "resolved", ""})
_SETS_ASIDE = frozenset({"holdout", "gold", "skipped", "excluded", "leased", "carried"})
_STATES = _SETS_ASIDE | {"labelled", "restored", ""}


@dataclass(frozen=True)
class GivenExample:
    """A labelled thing that is no item of the pool; `vector` as it was given."""

    label: str
    vector: tuple[float, ...]


@dataclass
class GivenLabels:
    """What a file says of a pool's items.

    Attributes:
        labels: those that vote, by id.
        aside: ids that cannot be chosen: holdout, gold, skipped, excluded and leased items, and duplicates.
        never_filter: ids that are never filtered, since a person restored them.
        carried: labels of the items that others are duplicates of, by the duplicate's id; they vote and do not count.
        measured: labels of holdout and gold items, by id; they do not vote.
        examples: what votes besides, by id.
        passed_over: examples without a vector.
        left_out: rows that cannot be read.
    """

    labels: dict[str, str] = field(default_factory=dict)
    aside: set[str] = field(default_factory=set)
    never_filter: set[str] = field(default_factory=set)
    carried: dict[str, str] = field(default_factory=dict)
    measured: dict[str, str] = field(default_factory=dict)
    examples: dict[str, GivenExample] = field(default_factory=dict)
    passed_over: int = 0
    left_out: list[Unreadable] = field(default_factory=list)

    @property
    def mentioned(self) -> frozenset[str]:
        """Ids of all items that anything is said of."""
        return frozenset({*self.labels, *self.aside, *self.never_filter, *self.carried})


class LabelLog:
    """Takes lines of labels in, as the service takes its own log.

    Args:
        name: of the file, for errors.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: dict[str, dict[str, str]] = {}
        self._resolved: dict[str, tuple[str, str]] = {}
        self._measured: set[str] = set()
        self._given = GivenLabels()

    def take(self, number: int, row: Mapping[str, Any]) -> None:
        """Takes a line in.

        Args:
            number: of the line, from 1.
            row: with an id and a label, or with the columns of an export or of `vicinal pull`.

        Raises:
            InvalidInput: there is no id or no label, or a word is unknown; names the row.
            ValueFault: an id or a label cannot be read.
        """
        if row.get(EXAMPLE_ID):
            self._example(number, row)
            return
        item = _item_in(row)
        if not item:
            raise self._wrong(f"row {number} has no id; name the column {' or '.join(ID_COLUMNS)}")
        if row.get("arm") == "holdout" or _is_set(row.get("holdout")):
            self._measured.add(item)
        if row.get("carried_from"):
            self._state(number, item, row, "carried")
        elif row.get("state"):
            self._state(number, item, row, str(row["state"]))
        else:
            self._event(number, item, row)

    def leave_out(self, row: Row, why: str) -> None:
        """Takes note of a row that cannot be read, and why."""
        self._given.left_out.append(Unreadable(_name_of(row), why, self._name, row.number))

    def measure(self, item: str) -> None:
        """Keeps an item for measuring: it is not chosen, and its label does not vote; so with gold."""
        self._measured.add(item)

    def outcome(self) -> GivenLabels:
        """What all lines come to."""
        given = self._given
        given.aside |= self._measured
        for item in dict.fromkeys([*self._said, *self._resolved]):
            annotations = list(self._said.get(item, {}).values())
            label = self._resolved[item][0] if item in self._resolved else majority(annotations)
            (given.measured if item in self._measured else given.labels)[item] = label
        for item in given.labels.keys() | self._measured:
            given.carried.pop(item, None)
        return given

    def _event(self, number: int, item: str, row: Mapping[str, Any]) -> None:
        kind, annotator = str(row.get("kind") or ""), normalise_label(str(row.get("annotator") or ""))
        if kind in _GIVES:
            self._label(item, self._label_of(number, item, row), annotator, kind)
        elif kind == "label_removed":
            self._remove(item, annotator)
        elif kind in {"skipped", "excluded"}:
            self._given.aside.add(item)
        elif kind == "restored":
            self._given.aside.discard(item)
            self._given.never_filter.add(item)
        else:
            raise self._wrong(f"row {number} has the unknown kind {kind!r}; export the labels again")

    def _state(self, number: int, item: str, row: Mapping[str, Any], state: str) -> None:
        if state not in _STATES:
            known = ", ".join(sorted(_STATES - {""}))
            raise self._wrong(f"row {number} has the unknown state {state!r}; use one of {known}")
        if state in _SETS_ASIDE:
            self._given.aside.add(item)
        if state in {"holdout", "gold"}:
            self._measured.add(item)
        if state == "carried":
            self._given.carried[item] = self._label_of(number, item, row)
        elif state == "restored":
            self._given.never_filter.add(item)
        elif state == "labelled" or (
            item in self._measured and not is_missing(row.get(label_column_in(row) or LABEL_COLUMNS[0]))
        ):
            self._said[item] = {"": self._label_of(number, item, row)}

    def _label(self, item: str, label: str, annotator: str, kind: str) -> None:
        if kind == "resolved":
            self._resolved[item] = label, annotator
        else:
            annotations = self._said.setdefault(item, {})
            if kind == "relabelled" and annotator not in annotations:
                annotations.clear()  # where each item has one label, anybody may change it
            annotations[annotator] = label
            self._drop_consensus(item)
        self._given.aside.discard(item)

    def _remove(self, item: str, annotator: str) -> None:
        """Takes back one annotator's label, or else resolution; otherwise all of both."""
        annotations = self._said.get(item, {})
        if annotator and annotator in annotations:
            del annotations[annotator]
            self._drop_consensus(item)
        elif annotator and annotator == self._resolver(item):
            del self._resolved[item]
        else:
            annotations.clear()
            self._resolved.pop(item, None)
        if not annotations:
            self._said.pop(item, None)

    def _resolver(self, item: str) -> str:
        return self._resolved.get(item, ("", ""))[1]

    def _drop_consensus(self, item: str) -> None:
        """What no person resolved holds until the item's annotations change."""
        if not self._resolver(item):
            self._resolved.pop(item, None)

    def _example(self, number: int, row: Mapping[str, Any]) -> None:
        name = name_of(row[EXAMPLE_ID])
        label = self._label_in(row)
        if not label:
            raise self._wrong(f"row {number}, the example {name!r}, has no label; give one or leave it out")
        vector = row.get(EXAMPLE_VECTOR)
        if vector is None:
            self._given.passed_over += 1
            return
        try:
            numbers = tuple(float(each) for each in vector)
        except (TypeError, ValueError) as error:
            raise self._wrong(f"row {number}, the example {name!r}, has no vector of numbers") from error
        self._given.examples[name] = GivenExample(label, numbers)

    def _label_of(self, number: int, item: str, row: Mapping[str, Any]) -> str:
        label = self._label_in(row)
        if not label:
            raise self._wrong(f"row {number}, of {item!r}, has no label; give one or leave it out")
        return label

    def _label_in(self, row: Mapping[str, Any]) -> str:
        """The label of a row in the form that a service keeps; empty where there is none."""
        return normalise_label(name_of(row.get(label_column_in(row) or LABEL_COLUMNS[0])))

    def _wrong(self, why: str) -> InvalidInput:
        return InvalidInput.at(self._name, why)


def _item_in(row: Mapping[str, Any]) -> str:
    return name_of(next((row[name] for name in ID_COLUMNS if not is_missing(row.get(name))), ""))


def _name_of(row: Row) -> str:
    """What to call a row that is left out: its id where that can be read."""
    try:
        return _item_in(row.values) or f"row {row.number}"
    except ValueFault:
        return f"row {row.number}"


def _is_set(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in {"true", "1", "yes"})
