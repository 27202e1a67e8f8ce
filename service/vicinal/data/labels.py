"""Files of labels and label logs, as people write them and as this program writes them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import normalise_label
from vicinal.core.statistics.consensus import majority
from vicinal.data.left_out import Unreadable
from vicinal.data.tables.columns import ID_COLUMNS, LABEL_COLUMNS, id_column_in, label_column_in, quoted
from vicinal.data.tables.rows import Row, Table, open_table
from vicinal.data.tables.values import ValueFault, is_missing, item_id_of, label_of, located, name_of
from vicinal.records.errors import Violation

EXAMPLE_ID, EXAMPLE_VECTOR = "example_id", "vector"
_READ = frozenset(
    {*ID_COLUMNS, *LABEL_COLUMNS, EXAMPLE_ID, "kind", "annotator", "arm", "holdout", "state", "carried_from"}
)
_TELL_STATES = frozenset({"kind", "state", EXAMPLE_ID, "carried_from"})
_KINDS_THAT_LABEL = frozenset({"", "labelled", "relabelled", "resolved"})
_STATES_WITH_LABELS = frozenset({"", "labelled"})
_STATES_WITH_OR_WITHOUT = frozenset({"holdout", "gold"})
_NAMED = 3

_GIVES = frozenset({"labelled", "relabelled", "resolved", ""})
_SETS_ASIDE = frozenset({"holdout", "gold", "skipped", "excluded", "leased", "carried"})
_STATES = _SETS_ASIDE | {"labelled", "restored", ""}


def label_rows(file: Path) -> Iterator[Row]:
    """Rows of labels, those that cannot be read among them.

    Raises:
        InvalidInput: the file cannot be read, or has no column of ids; names it.
    """
    table = _open(file)
    yield from table.rows(_columns(table))


@dataclass(slots=True)  # not frozen: that takes three times as long to make, and files have many rows
class GivenLabel:
    """A label to give.

    Attributes:
        row: of the file, as a person counts.
        item_id: of the item.
        label: empty where labels are taken back.
    """

    row: int
    item_id: str
    label: str


@dataclass(frozen=True)
class CheckedLabels:
    """A file of labels, checked from its first row to its last.

    Attributes:
        labels: in the order of the file, one for each item.
        passed_over: rows that hold no label of their own: of skipped, excluded, leased and restored items, of
            duplicates and of examples.
        notes: what was read otherwise than it is written.
    """

    labels: Sequence[GivenLabel]
    passed_over: int = 0
    notes: Sequence[str] = ()


def read_label_file(
    file: Path, *, with_labels: bool = True, id_column: str = "", label_column: str = ""
) -> CheckedLabels:
    """The labels of a file, or the items that its labels are to be taken from.

    Args:
        file: a table with a column of ids and, for labels, one of labels. Columns `state`, `kind` and
            `carried_from` are those of `vicinal pull` and `vicinal export`.
        with_labels: whether each row needs a label.
        id_column: of ids; empty takes `id` or `item_id`.
        label_column: of labels; empty takes `label` or `class`.

    Raises:
        InvalidInput: the file cannot be read, or rows of it are wrong: all of them are among the violations,
            and the message names the first ones.
    """
    table = _open(file, filter(None, (id_column, label_column)), names_ids=bool(id_column))
    if with_labels and table.names and not (label_column or label_column_in(table.names)):
        names = " or ".join(map(repr, LABEL_COLUMNS))
        raise InvalidInput.at(str(file), f"has no column {names} of labels; there are: {quoted(table.names)}")
    taken = _Taken(table, with_labels=with_labels, id_column=id_column, label_column=label_column)
    for row in table.rows({*_columns(table), id_column, label_column} - {""}):
        taken.take(row)
    return taken.outcome()


@dataclass
class _Taken:
    """Takes rows in and collects what is wrong with them."""

    table: Table
    with_labels: bool
    id_column: str
    label_column: str
    _labels: dict[str, GivenLabel] = field(default_factory=dict)
    _faults: list[tuple[int, str]] = field(default_factory=list)
    _passed_over: int = 0

    def __post_init__(self) -> None:
        names = self.table.names if self.table.has_all_names else None
        # Looked up once for all rows where all have the same columns.
        self._label_column = self.label_column or (label_column_in(names) if names is not None else "")
        usual = tuple(name for name in ID_COLUMNS if names is None or name in names)
        self._id_columns = (self.id_column,) if self.id_column else usual
        self._may_tell_states = names is None or not _TELL_STATES.isdisjoint(names)

    def take(self, row: Row) -> None:
        """Takes a row in."""
        try:
            given = None if row.fault else self._given(row)
        except ValueFault as error:
            self._faults.append((row.number, str(error)))
            return
        if row.fault:
            self._faults.append((row.number, row.fault))
        elif given is None:
            self._passed_over += 1
        elif given.item_id in self._labels:
            first = self._labels[given.item_id].row
            why = f"the row names item {given.item_id!r} a second time, after row {first}; keep one"
            self._faults.append((row.number, why))
        else:
            self._labels[given.item_id] = given

    def outcome(self) -> CheckedLabels:
        """All labels.

        Raises:
            InvalidInput: rows are wrong, or there is none.
        """
        if self._faults:
            raise explain_wrong_rows(self.table.path, self._faults)
        if not self._labels:
            none = "no row in it has a label" if self._passed_over else "there is no row in it"
            raise InvalidInput.at(str(self.table.path), none)
        return CheckedLabels(list(self._labels.values()), self._passed_over, self.table.notes)

    def _given(self, row: Row) -> GivenLabel | None:
        values = row.values
        label_column = self._label_column or label_column_in(values)
        label = values.get(label_column) if label_column else None
        if self._may_tell_states and not _holds_label(values, label):
            return None
        item_id = self._item_id_in(values)
        if not self.with_labels:
            return GivenLabel(row.number, item_id, "")
        try:
            return GivenLabel(row.number, item_id, label_of(label, f"column {label_column or 'label'!r}"))
        except ValueFault as error:
            raise ValueFault(f"{error} (item {item_id!r})") from error

    def _item_id_in(self, values: Mapping[str, Any]) -> str:
        for column in self._id_columns:
            if not is_missing(value := values.get(column)):
                return item_id_of(value, f"column {column!r}")
        column = self.id_column or id_column_in(values) or ID_COLUMNS[0]
        return item_id_of(values.get(column), f"column {column!r}")


def _holds_label(values: Mapping[str, Any], label: object) -> bool:
    """Whether a row holds a label of its own, by what it says of its kind and state."""
    kind, state = (str(values.get(name) or "") for name in ("kind", "state"))
    if kind not in _KINDS_THAT_LABEL:
        raise ValueFault(f"the row is of the kind {kind!r}, and no label; export without --history")
    if values.get(EXAMPLE_ID) or values.get("carried_from"):
        return False
    if state in _STATES_WITH_OR_WITHOUT:
        return not is_missing(label)
    return state in _STATES_WITH_LABELS


def explain_wrong_rows(file: Path, faults: Sequence[tuple[int, str]]) -> InvalidInput:
    """The error for rows that are wrong, each with its number; the message names the first of each kind.

    >>> print(explain_wrong_rows(Path("l.csv"), [(2, "item 'a': no label"), (5, "item 'b': no label")]))
    l.csv: row 2: item 'a': no label; row 5: item 'b': no label
    """
    reasons = [located(why, row) for row, why in faults]
    shown = "; ".join(reasons[:_NAMED]) + (
        f"; and {len(reasons) - _NAMED} more" if len(reasons) > _NAMED else ""
    )
    return InvalidInput(f"{file}: {shown}", violations=[Violation(str(file), each) for each in reasons])


def _open(file: Path, named: Iterable[str] = (), *, names_ids: bool = False) -> Table:
    """A table of labels with the columns that were named, that of the ids perhaps among them."""
    if not file.exists():
        raise InvalidInput.at(str(file), "there is no such file of labels; check the name")
    table = open_table(file)
    for name in named:
        table.check_column(name)
    if table.names and not names_ids and not {*ID_COLUMNS, EXAMPLE_ID} & set(table.names):
        raise InvalidInput.at(
            str(file),
            f"has no column of ids; name it {' or '.join(ID_COLUMNS)}; there are: {quoted(table.names)}",
        )
    for name in table.repeated & _READ:
        table.check_column(name)
    return table


def _columns(table: Table) -> Collection[str]:
    # The vectors of a pool's items are no business of a file of labels.
    return _READ | ({EXAMPLE_VECTOR} if EXAMPLE_ID in table.names else set())


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
        carried: labels of representatives, by the id of each of their duplicates; they vote and do not count.
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
