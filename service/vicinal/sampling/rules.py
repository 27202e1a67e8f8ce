"""Which changes an item's state allows: requests in, steps out, or an error with every item at fault."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from vicinal.core.errors import (
    InvalidInput,
    ItemLeased,
    ItemNotFound,
    VicinalError,
    Violation,
    WrongItemState,
)
from vicinal.core.ports import CopyRecord, EventKind
from vicinal.sampling.items import not_found
from vicinal.sampling.results import ItemState, LabelInput
from vicinal.sampling.state import PoolState

Fault = tuple[type[VicinalError], str]


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


def label_steps(state: PoolState, labels: Sequence[LabelInput], lease_id: str) -> list[Step]:
    """The steps that submitting labels takes; none for an item that has this very label.

    Raises:
        InvalidInput: an item twice, or a label that is not among the pool's classes.
        ItemNotFound, ItemLeased, WrongItemState: an item cannot be labelled so.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        given = labels[row]
        standing, current = state.items.state(position), state.items.label(position)
        if standing is ItemState.LABELLED and current != given.label and not given.relabel:
            return WrongItemState, f"{given.item_id!r} is labelled {current!r}; set relabel to change that"
        if standing is ItemState.EXCLUDED:
            return WrongItemState, f"{given.item_id!r} is {_excluded(state, position)}"
        return _held_by_another(state, given.item_id, lease_id)

    _check_classes(labels, state.config.classes)
    _check("labels[{}].item_id", state, [given.item_id for given in labels], fault_of)
    steps = []
    for given in labels:
        current = state.items.label(state.items.position(given.item_id))
        if current != given.label:
            kind = EventKind.RELABELLED if current else EventKind.LABELLED
            steps.append(Step(kind, given.item_id, given.label))
    return steps


def skip_steps(state: PoolState, item_ids: Sequence[str], lease_id: str) -> list[Step]:
    """The steps that skipping takes; none for items skipped already.

    Raises:
        InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        standing = state.items.state(position)
        if state.items.is_set_aside_as_copy(position):
            return WrongItemState, f"{item_ids[row]!r} is {_excluded(state, position)}"
        if standing in (ItemState.LABELLED, ItemState.EXCLUDED):
            return WrongItemState, f"{item_ids[row]!r} is {standing}; only open items can be skipped"
        return _held_by_another(state, item_ids[row], lease_id)

    _check("item_ids[{}]", state, item_ids, fault_of)
    return _steps(state, item_ids, EventKind.SKIPPED, unless=(ItemState.SKIPPED,))


def exclude_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that excluding takes; none for items excluded already.

    Raises:
        InvalidInput, ItemNotFound, ItemLeased, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label first"
        return _held_by_another(state, item_ids[row], "")

    _check("item_ids[{}]", state, item_ids, fault_of)
    # A copy is excluded by its record alone; a person's word outlasts that.
    where = ((item_id, state.items.position(item_id)) for item_id in item_ids)
    return [
        Step(EventKind.EXCLUDED, item_id)
        for item_id, position in where
        if state.items.state(position) is not ItemState.EXCLUDED or state.items.is_set_aside_as_copy(position)
    ]


def restore_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that make skipped and excluded items eligible again; none for open items.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        if state.items.state(position) is ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is labelled; remove its label to open it again"
        return None

    _check("item_ids[{}]", state, item_ids, fault_of)
    return _steps(state, item_ids, EventKind.RESTORED, unless=(ItemState.UNLABELLED, ItemState.LEASED))


def restored_copies(state: PoolState, item_ids: Sequence[str]) -> list[CopyRecord]:
    """The records of those items that another one stood for, once a person holds them for their own."""
    records = (state.copies.live(item_id) for item_id in item_ids)
    return [replace(record, is_restored=True) for record in records if record is not None]


def split_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps of copies that are set apart again; none for those that a person put aside or labelled."""
    aside = (each for each in item_ids if state.items.is_set_aside_as_copy(state.items.position(each)))
    return [Step(EventKind.RESTORED, item_id) for item_id in aside]


def remove_label_steps(state: PoolState, item_ids: Sequence[str]) -> list[Step]:
    """The steps that take labels back.

    Raises:
        InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
    """

    def fault_of(row: int, position: int) -> Fault | None:
        standing = state.items.state(position)
        if standing is not ItemState.LABELLED:
            return WrongItemState, f"{item_ids[row]!r} is {standing}; it has no label to remove"
        return None

    _check("item_ids[{}]", state, item_ids, fault_of)
    return _steps(state, item_ids, EventKind.LABEL_REMOVED, unless=())


def _steps(
    state: PoolState, item_ids: Sequence[str], kind: EventKind, unless: Collection[ItemState]
) -> list[Step]:
    return [
        Step(kind, item_id)
        for item_id in item_ids
        if state.items.state(state.items.position(item_id)) not in unless
    ]


def _excluded(state: PoolState, position: int) -> str:
    """That an item is excluded, and what to do."""
    record = state.copies.live(state.items.ids[position])
    if record is None or not state.items.is_set_aside_as_copy(position):
        return "excluded; restore it first"
    return f"a copy of {record.kept_id!r}; label that one, or restore this one first"


def _held_by_another(state: PoolState, item_id: str, lease_id: str) -> Fault | None:
    lease = state.leases.of_item(item_id)
    if lease is None or lease.lease_id == lease_id:
        return None
    text = f"{item_id!r} is leased to somebody else; give that lease's id, or wait until it ends"
    return ItemLeased, text


def _check_classes(labels: Sequence[LabelInput], classes: Sequence[str]) -> None:
    wrong = [
        Violation(
            f"labels[{row}].label", f"{given.label!r} is none of this pool's classes: {', '.join(classes)}"
        )
        for row, given in enumerate(labels)
        if classes and given.label not in classes
    ]
    if wrong:
        raise InvalidInput.of(wrong)


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
        violations = [violation for _, violation in faults]
        raise faults[0][0](f"{first.field}: {first.description}{rest}", violations=violations)
