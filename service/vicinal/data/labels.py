"""Files of labels: rows with an id and a label, as people write them and as this program writes them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput, Violation
from vicinal.data.rows import Row, Table, open_table
from vicinal.data.tables import ID_COLUMNS, LABEL_COLUMNS, id_column_in, label_column_in, quoted
from vicinal.data.values import ValueFault, is_missing, item_id_of, label_of, located

EXAMPLE_ID, EXAMPLE_VECTOR = "example_id", "vector"
_READ = frozenset(
    {*ID_COLUMNS, *LABEL_COLUMNS, EXAMPLE_ID, "kind", "annotator", "arm", "holdout", "state", "carried_from"}
)
_TELL_STATES = frozenset({"kind", "state", EXAMPLE_ID, "carried_from"})
_KINDS_THAT_LABEL = frozenset({"", "labelled", "relabelled", "resolved"})
_STATES_WITH_LABELS = frozenset({"", "labelled"})
_STATES_WITH_OR_WITHOUT = frozenset({"holdout", "gold"})
_NAMED = 3


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
class LabelsToGive:
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


def labels_to_give(
    file: Path, *, with_labels: bool = True, id_column: str = "", label_column: str = ""
) -> LabelsToGive:
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

    def outcome(self) -> LabelsToGive:
        """All labels.

        Raises:
            InvalidInput: rows are wrong, or there is none.
        """
        if self._faults:
            raise wrong_rows(self.table.path, self._faults)
        if not self._labels:
            none = "no row in it has a label" if self._passed_over else "there is no row in it"
            raise InvalidInput.at(str(self.table.path), none)
        return LabelsToGive(list(self._labels.values()), self._passed_over, self.table.notes)

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


def wrong_rows(file: Path, faults: Sequence[tuple[int, str]]) -> InvalidInput:
    """The error for rows that are wrong, each with its number; the message names the first of each kind.

    >>> print(wrong_rows(Path("l.csv"), [(2, "item 'a': no label"), (5, "item 'b': no label")]))
    l.csv: row 2: item 'a': no label; row 5: item 'b': no label
    """
    told = [located(why, row) for row, why in faults]
    shown = "; ".join(told[:_NAMED]) + (f"; and {len(told) - _NAMED} more" if len(told) > _NAMED else "")
    return InvalidInput(f"{file}: {shown}", violations=[Violation(str(file), each) for each in told])


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
