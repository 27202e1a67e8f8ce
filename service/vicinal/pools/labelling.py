"""Labels of items: what an item's state allows an annotator to do, and the use cases that do it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from vicinal.core.errors import InvalidInput, ItemLeased, ItemNotFound, VicinalError, WrongItemState
from vicinal.core.field_rules import MAX_VIOLATIONS, WrongLabels
from vicinal.core.pool_config import PoolConfig
from vicinal.core.scoring.strategies import strategy_named
from vicinal.pools.changes import ChangeWriter, PlannedEvent, plan_change
from vicinal.pools.results import BatchRequest, LabelInput
from vicinal.pools.state.pool import PoolState
from vicinal.pools.state.tables import describe_missing_item
from vicinal.pools.suggesting import PoolLeases, check_annotator
from vicinal.records.errors import Violation
from vicinal.records.items import ItemState
from vicinal.records.labels import EventKind, Submitted

# Which error an item is refused with, and why.
Fault = tuple[type[VicinalError], str]

LEASED_MESSAGE = "{!r} is leased to somebody else; give that lease's id, or wait until it ends"


class PoolLabels:
    """Takes labels in, skips items, and takes labels back. All methods may be called from any thread.

    Each raises InvalidInput, ItemNotFound, ItemLeased or WrongItemState with every item at fault; then
    nothing is changed.

    Args:
        changes: of the pool.
        leases: hand out the next batch.
    """

    def __init__(self, changes: ChangeWriter, leases: PoolLeases) -> None:
        self._changes = changes
        self._leases = leases

    def submit(
        self,
        labels: Sequence[LabelInput],
        annotator: str = "",
        lease_id: str = "",
        next_batch: BatchRequest | None = None,
    ) -> Submitted:
        """Takes labels in, all or none, and hands out the next batch when asked to.

        The labels are durable before the next batch is chosen: should that fail, they stand, and
        sending them again counts them as unchanged.

        Raises:
            InvalidInput: also where there is no strategy of the name that the next batch asks for.
        """
        if next_batch is not None and next_batch.strategy:
            strategy_named(next_batch.strategy)
        with self._changes.lock_state() as state:
            planned = plan_labels(state, labels, lease_id, annotator)
            if next_batch is not None:
                check_annotator(state, annotator)
            relabelled = sum(each.kind is EventKind.RELABELLED for each in planned)
            outcome = Submitted(len(planned) - relabelled, relabelled, len(labels) - len(planned))
            self._changes.write(plan_change(state, planned, self._changes.now(), annotator))
            if next_batch is None:
                return outcome
            # What is suggested next depends on these labels.
            self._changes.transactions.write_now()
            return replace(outcome, next=self._leases.open_lease(state, next_batch, annotator))

    def skip(self, item_ids: Sequence[str], reason: str = "", annotator: str = "", lease_id: str = "") -> int:
        """Notes that an annotator could not label; the items are not suggested again until restored."""
        with self._changes.lock_state() as state:
            planned = plan_skips(state, item_ids, lease_id, annotator)
            self._changes.write(plan_change(state, planned, self._changes.now(), annotator, reason))
            return len(planned)

    def remove(self, item_ids: Sequence[str], annotator: str = "") -> int:
        """Takes labels back; the votes are then as if they had never been given."""
        with self._changes.lock_state() as state:
            planned = plan_removals(state, item_ids, annotator)
            self._changes.write(plan_change(state, planned, self._changes.now(), annotator))
            return len(planned)


def plan_labels(
    state: PoolState, labels: Sequence[LabelInput], lease_id: str, annotator: str
) -> list[PlannedEvent]:
    """The events of labels that are submitted; none for an item that has this very label.

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
            return WrongItemState, f"{given.item_id!r} is {_describe_exclusion(state, position)}"
        return _find_lease_fault(state, position, lease_id)

    _check_classes(labels, state.config)
    check_items("labels[{}].item_id", state, [given.item_id for given in labels], fault_of)
    planned = []
    for given in labels:
        current = _own_label(state, state.items.position(given.item_id), annotator)
        if current != given.label:
            kind = EventKind.RELABELLED if current else EventKind.LABELLED
            planned.append(PlannedEvent(kind, given.item_id, given.label))
    if new := {each.label for each in planned} - state.items.label_counts().keys():
        state.limits.check_classes(state.config.pool_id, state.classes(), new, "labels")
    return planned


def plan_skips(
    state: PoolState, item_ids: Sequence[str], lease_id: str, annotator: str
) -> list[PlannedEvent]:
    """The events of skips; none for items skipped already.

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
            return WrongItemState, f"{item_ids[row]!r} is {_describe_exclusion(state, position)}"
        is_done = bool(_own_label(state, position, annotator))
        if is_done or item_state is ItemState.EXCLUDED:
            shown = "labelled" if is_done else item_state
            return WrongItemState, f"{item_ids[row]!r} is {shown}; only open items can be skipped"
        return _find_lease_fault(state, position, lease_id)

    check_items("item_ids[{}]", state, item_ids, fault_of)
    return [
        PlannedEvent(EventKind.SKIPPED, item_id)
        for item_id in item_ids
        if not _has_skipped(state, state.items.position(item_id), annotator)
    ]


def plan_removals(state: PoolState, item_ids: Sequence[str], annotator: str) -> list[PlannedEvent]:
    """The events that take labels back; of an item of several annotators, that of the one named, or all.

    A person's resolution is taken back with all labels, or by naming who resolved the item, once that person
    has no label of their own there.

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

    check_items("item_ids[{}]", state, item_ids, fault_of)
    return [PlannedEvent(EventKind.LABEL_REMOVED, item_id) for item_id in item_ids]


def plan_resolutions(
    state: PoolState, labels: Sequence[LabelInput], *, hides_gold: bool = False
) -> list[PlannedEvent]:
    """The events that decide the labels of items of several annotators; none where that is so already.

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
    check_items("labels[{}].item_id", state, [given.item_id for given in labels], fault_of)
    return [
        PlannedEvent(EventKind.RESOLVED, given.item_id, given.label)
        for given in labels
        if not _is_resolved(state, state.items.position(given.item_id), given.label)
    ]


def _is_resolved(state: PoolState, position: int, label: str) -> bool:
    annotations = state.items.annotations
    return annotations.is_resolved(position) and annotations.consensus(position) == label


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


def _describe_exclusion(state: PoolState, position: int) -> str:
    """That an item is excluded, and what to do."""
    record = state.duplicates.live(state.items.ids[position])
    if record is None or not state.items.is_excluded_as_duplicate(position):
        return "excluded; restore it first"
    return f"a duplicate of {record.representative_id!r}; label that one, or restore this one first"


def _find_lease_fault(state: PoolState, position: int, lease_id: str) -> Fault | None:
    """The fault of an item that one annotator alone is to label, and that is leased to another."""
    item_id = state.items.ids[position]
    leases = [lease.lease_id for lease in state.leases.of_item(item_id)]
    if not leases or lease_id in leases or state.items.is_shared(position):
        return None
    return ItemLeased, LEASED_MESSAGE.format(item_id)


def _check_classes(labels: Sequence[LabelInput], config: PoolConfig) -> None:
    known = config.class_set
    rows = [row for row, given in enumerate(labels) if known and given.label not in known]
    if rows:
        wrong, named = WrongLabels(config.classes), rows[:MAX_VIOLATIONS]
        violations = [Violation(f"labels[{row}].label", wrong.describe(labels[row].label)) for row in named]
        raise InvalidInput.of(violations, len(rows) - len(named))


def check_items(
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
            fault = ItemNotFound, describe_missing_item(item_id)
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
