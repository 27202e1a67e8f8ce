"""Which changes an item's state allows: requests in, steps out, or an error with every item at fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from vicinal.core.errors import InvalidInput, ItemLeased, ItemNotFound, VicinalError, WrongItemState
from vicinal.core.field_rules import MAX_VIOLATIONS, WrongLabels
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import DuplicateRecord
from vicinal.pools.filtered import filtered
from vicinal.pools.results import LabelInput
from vicinal.pools.state.items import not_found
from vicinal.pools.state.pool import PoolState
from vicinal.records.errors import Violation
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind

Fault = tuple[type[VicinalError], str]

_LEASED = "{!r} is leased to somebody else; give that lease's id, or wait until it ends"


@dataclass(frozen=True)
class Step:
    """A change that one item is about to make."""

    kind: EventKind
    item_id: str
    label: str = ""

    @property
    def replaces(self) -> bool:
        """Whether it takes the place of another label."""
        return self.kind is EventKind.RELABELLED


def label_steps(state: PoolState, labels: Sequence[LabelInput], lease_id: str, annotator: str) -> list[Step]:
    """The steps that submitting labels takes; none for an item that has this very label.

    Of an item that several annotators label, the annotator's own label counts.

    Raises:
        InvalidInput: an item twice, a label that is not among the pool's classes, or no annotator where
            several are to label an item.
        ItemNotFound, ItemLeased, WrongItemState: an item cannot be labelled so.
        LimitExceeded: the pool would have more classes than it takes.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        given = labels[row]
        current = _own_label(state, position, annotator)
        if state.items.is_shared(position) and not annotator:
            return InvalidInput, f"{given.item_id!r} is labelled by several annotators; name the annotator"
        if current and current != given.label and not given.relabel:
            return WrongItemState, f"{given.item_id!r} is labelled {current!r}; set relabel to change that"
        if state.items.state(position) is ItemState.EXCLUDED:
            return WrongItemState, f"{given.item_id!r} is {_excluded(state, position)}"
        return _leased_by_another(state, position, lease_id)

    _check_classes(labels, state.config)
    _check("labels[{}].item_id", state, [given.item_id for given in labels], fault_of)
    steps = []
    for given in labels:
        current = _own_label(state, state.items.position(given.item_id), annotator)
        if current != given.label:
            kind = EventKind.RELABELLED if current else EventKind.LABELLED
            steps.append(Step(kind, given.item_id, given.label))
    if new := {step.label for step in steps} - state.items.label_counts().keys():
        state.limits.check_classes(state.config.pool_id, state.classes(), new, "labels")
    return steps


def check_annotator(state: PoolState, annotator: str) -> None:
    """Sees to it that who asks for items is named where each annotator gets others.

    Raises:
        InvalidInput: nobody is named.
    """
    config = state.config
    if not annotator and (config.overlap > 1 or config.gold_share):
        raise InvalidInput.at(
            "annotator", f"is missing; pool {config.pool_id!r} keeps each annotator's labels apart"
        )


def skip_steps(state: PoolState, item_ids: Sequence[str], lease_id: str, annotator: str) -> list[Step]:
    """The steps that skipping takes; none for items skipped already.

    Of an item that several annotators label, each one's own skip counts, whatever state the item is in. An
    item that others have labelled is skipped by the annotator alone, and keeps its label.

    Raises:
        InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        item_state, is_shared = state.items.state(position), state.items.is_shared(position)
        if is_shared and not annotator:
            return InvalidInput, f"{item_ids[row]!r} is labelled by several annotators; name the annotator"
        if state.items.is_excluded_as_duplicate(position):
            return WrongItemState, f"{item_ids[row]!r} is {_excluded(state, position)}"
        is_done = bool(_own_label(state, position, annotator))
        if is_done or item_state is ItemState.EXCLUDED:
            shown = "labelled" if is_done else item_state
            return WrongItemState, f"{item_ids[row]!r} is {shown}; only open items can be skipped"
        return _leased_by_another(state, position, lease_id)

    _check("item_ids[{}]", state, item_ids, fault_of)
    return [
        Step(EventKind.SKIPPED, item_id)
        for item_id in item_ids
        if not _has_skipped(state, state.items.position(item_id), annotator)
    ]


def exclude_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that excluding takes; none for items excluded already.

    Raises:
        InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label first"
        if state.leases.is_leased(item_ids[row]):
            return ItemLeased, _LEASED.format(item_ids[row])
        return None

    _check("item_ids[{}]", state, item_ids, fault_of)
    # A duplicate is excluded by its record alone; a person's word outlasts that.
    where = ((item_id, state.items.position(item_id)) for item_id in item_ids)
    return [
        Step(EventKind.EXCLUDED, item_id)
        for item_id, position in where
        if state.items.state(position) is not ItemState.EXCLUDED
        or state.items.is_excluded_as_duplicate(position)
    ]


def restore_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that make skipped and excluded items eligible again; none for open items not filtered.

    Everybody's skips of an item are taken back, also those of a gold item, which is open to others meanwhile.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label to open it again"
        return None

    _check("item_ids[{}]", state, item_ids, fault_of)
    positions = [state.items.position(item_id) for item_id in item_ids]
    if any(state.items.state(position) is ItemState.UNLABELLED for position in positions):
        state.scorer.refresh()
    filter_grades, aside = filtered(state), (ItemState.SKIPPED, ItemState.EXCLUDED)
    return [
        Step(EventKind.RESTORED, item_id)
        for item_id, position in zip(item_ids, positions, strict=True)
        if state.items.state(position) in aside
        or filter_grades[position]
        or state.items.annotations.is_skipped(position)
    ]


def restored_duplicates(state: PoolState, item_ids: Sequence[str]) -> list[DuplicateRecord]:
    """The records of those items that another one stood for, once a person restored them."""
    records = (state.duplicates.live(item_id) for item_id in item_ids)
    return [replace(record, is_restored=True) for record in records if record is not None]


def split_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that open duplicates again; none for those that a person skipped, excluded or labelled."""
    aside = (each for each in item_ids if state.items.is_excluded_as_duplicate(state.items.position(each)))
    return [Step(EventKind.RESTORED, item_id) for item_id in aside]


def remove_label_steps(state: PoolState, item_ids: Sequence[str], annotator: str) -> list[Step]:
    """The steps that take labels back; of an item of several annotators, that of the one named, or all.

    A person's resolution is taken back with all labels, or by naming who resolved the item, once that person
    has no label of the own there.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        item_state = state.items.state(position)
        if item_state is not ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is {item_state}; it has no label to remove"
        is_of = annotator in ("", state.items.annotations.resolver(position))
        if not is_of and not _own_label(state, position, annotator):
            text = f"{item_ids[row]!r} has no label by {annotator!r}; name nobody to remove those of all"
            return WrongItemState, text
        return None

    _check("item_ids[{}]", state, item_ids, fault_of)
    return [Step(EventKind.LABEL_REMOVED, item_id) for item_id in item_ids]


def resolve_steps(state: PoolState, labels: Sequence[LabelInput], *, hides_gold: bool = False) -> list[Step]:
    """The steps that settle what items of several annotators are labelled; none where that is so already.

    Where gold items are to be hidden, they are refused in the words for items that nobody labelled.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        item_id = labels[row].item_id
        is_gold = bool(state.items.records[position].gold)
        if is_gold and not hides_gold:
            return WrongItemState, f"{item_id!r} is a gold item; its label is known"
        if is_gold or not state.items.annotations.consensus(position):
            return (
                WrongItemState,
                f"{item_id!r} has no annotations of several annotators; label it",
            )
        return None

    _check_classes(labels, state.config)
    _check("labels[{}].item_id", state, [given.item_id for given in labels], fault_of)
    return [
        Step(EventKind.RESOLVED, given.item_id, given.label)
        for given in labels
        if not _is_resolved(state, state.items.position(given.item_id), given.label)
    ]


def _is_resolved(state: PoolState, position: int, label: str) -> bool:
    book = state.items.annotations
    return book.is_settled_by_person(position) and book.consensus(position) == label


def _own_label(state: PoolState, position: int, annotator: str) -> str:
    """The label that a new one of the annotator's would take the place of; empty if there is none."""
    if not state.items.is_shared(position):
        return state.items.label(position)
    own = state.items.annotations.of(position).get(annotator)
    return own.label if own else ""


def _has_skipped(state: PoolState, position: int, annotator: str) -> bool:
    """Whether a skip by the annotator would change nothing."""
    if not state.items.is_shared(position):
        return state.items.state(position) is ItemState.SKIPPED
    return state.items.annotations.has_skipped(position, annotator)


def _excluded(state: PoolState, position: int) -> str:
    """That an item is excluded, and what to do."""
    record = state.duplicates.live(state.items.ids[position])
    if record is None or not state.items.is_excluded_as_duplicate(position):
        return "excluded; restore it first"
    return f"a duplicate of {record.representative_id!r}; label that one, or restore this one first"


def _leased_by_another(state: PoolState, position: int, lease_id: str) -> Fault | None:
    """Whether an item that one annotator alone is to label is in other hands."""
    item_id = state.items.ids[position]
    leases = [lease.lease_id for lease in state.leases.of_item(item_id)]
    if not leases or lease_id in leases or state.items.is_shared(position):
        return None
    return ItemLeased, _LEASED.format(item_id)


def _check_classes(labels: Sequence[LabelInput], config: PoolConfig) -> None:
    known = config.class_set
    rows = [row for row, given in enumerate(labels) if known and given.label not in known]
    if rows:
        wrong, named = WrongLabels(config.classes), rows[:MAX_VIOLATIONS]
        violations = [Violation(f"labels[{row}].label", wrong.describe(labels[row].label)) for row in named]
        raise InvalidInput.of(violations, len(rows) - len(named))


def _check(
    field: str, state: PoolState, item_ids: Sequence[str], fault_of: Callable[[int, int], Fault | None]
) -> None:
    """Raises the first fault's error, with all faults as violations."""
    faults: list[tuple[type[VicinalError], Violation]] = []
    seen: set[str] = set()
    for row, item_id in enumerate(item_ids):
        position = state.items.find(item_id)
        fault: Fault | None
        if item_id in seen:
            fault = InvalidInput, f"{item_id!r} stands twice in this request; name each item once"
        elif position is None:
            fault = ItemNotFound, not_found(item_id)
        else:
            fault = fault_of(row, position)
        seen.add(item_id)
        if fault is not None:
            faults.append((fault[0], Violation(field.format(row), fault[1])))
    if faults:
        first, more = faults[0][1], len(faults) - 1
        rest = f" (and {more} more)" if more else ""
        violations = [violation for _, violation in faults[:MAX_VIOLATIONS]]
        raise faults[0][0](f"{first.field}: {first.description}{rest}", violations=violations)
