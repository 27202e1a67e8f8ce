"""What a search for duplicates changes: what it found, compared with what became of the pool meanwhile."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vicinal.core.records import DuplicateRecord, FoundDuplicate, FoundGroup, Match
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState

Compare = Callable[[int, int], Match | None]
# Of a group, a member in an earlier one of these states is the representative rather than one in a later.
_REPRESENTATIVE_STATES = (ItemState.LABELLED, ItemState.LEASED)


@dataclass(frozen=True)
class DuplicateChanges:
    """Records to write, and ids of items whose records go."""

    put: Sequence[DuplicateRecord]
    drop: Sequence[str]


def merge(
    state: PoolState,
    found: Sequence[FoundGroup],
    positions: Sequence[int],
    compare: Compare,
    now: float,
) -> DuplicateChanges:
    """The records of groups that were found, as far as they still hold.

    Args:
        state: of the pool as it is now.
        found: the groups.
        positions: of the items that were searched; the records of others stay.
        compare: the match of one item with another.
        now: seconds since the epoch.
    """
    fresh: dict[str, DuplicateRecord] = {}
    for group in found:
        current = _update_group(state, group, compare)
        fresh.update((record.item_id, record) for record in _records(state, current, now))
    searched = {state.items.ids[position] for position in positions}
    representatives = {record.representative_id for record in fresh.values()}
    drop = [
        record.item_id
        for record in filter(None, map(state.duplicates.live, searched))
        # No search looks at an item that a person restored: its duplicates stay, unless they stand for others
        # now.
        if record.item_id not in fresh
        and (record.representative_id in searched or record.item_id in representatives)
    ]
    put = [record for record in fresh.values() if not _is_known(state, record)]
    return DuplicateChanges([*put, *_moved(state, fresh, searched)], sorted(drop))


def _update_group(state: PoolState, group: FoundGroup, compare: Compare) -> FoundGroup:
    """The group without items that were restored meanwhile, with the representative that it has now."""
    members = (group.representative, *(duplicate.position for duplicate in group.duplicates))
    gone = {position for position in members if _is_apart(state, position)}
    if group.representative in gone:
        return FoundGroup(group.representative, ())
    duplicates = [
        each for each in group.duplicates if each.position not in gone and each.compared_with not in gone
    ]
    return _with_representative(state, FoundGroup(group.representative, duplicates), compare)


def _with_representative(state: PoolState, group: FoundGroup, compare: Compare) -> FoundGroup:
    members = sorted([group.representative, *(duplicate.position for duplicate in group.duplicates)])
    preferred = next(
        (each for wanted in _REPRESENTATIVE_STATES for each in members if state.items.state(each) is wanted),
        group.representative,
    )
    if preferred == group.representative or state.items.state(group.representative) is state.items.state(
        preferred
    ):
        return group
    match = compare(preferred, group.representative)
    if match is None:
        return group
    turned = FoundDuplicate(group.representative, match.kind, match.evidence, preferred)
    others = [duplicate for duplicate in group.duplicates if duplicate.position != preferred]
    return FoundGroup(preferred, [turned, *others])


def _records(state: PoolState, group: FoundGroup, now: float) -> list[DuplicateRecord]:
    ids, representative_id = state.items.ids, state.items.ids[group.representative]
    return [
        DuplicateRecord(
            ids[duplicate.position],
            representative_id,
            duplicate.kind,
            duplicate.evidence,
            ids[duplicate.compared_with],
            now,
        )
        for duplicate in group.duplicates
    ]


def _is_apart(state: PoolState, position: int) -> bool:
    record = state.duplicates.find(state.items.ids[position])
    return record is not None and record.is_restored


def _is_known(state: PoolState, record: DuplicateRecord) -> bool:
    known = state.duplicates.live(record.item_id)
    return known is not None and replace(record, found_at=known.found_at) == known


def _moved(
    state: PoolState, fresh: Mapping[str, DuplicateRecord], searched: Collection[str]
) -> list[DuplicateRecord]:
    """Records of items that were not searched, whose representative is a duplicate itself from now on."""
    others = (item_id for item_id in state.duplicates.live_ids() if item_id not in searched)
    return [
        replace(record, representative_id=fresh[record.representative_id].representative_id)
        for record in map(state.duplicates.live, others)
        if record is not None and record.representative_id in fresh
    ]
