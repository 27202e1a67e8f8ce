"""What a search for copies changes: what it found, held against what became of the pool meanwhile."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vicinal.core.copies import FoundCopy, FoundGroup, Match
from vicinal.core.ports import CopyRecord
from vicinal.sampling.results import ItemState
from vicinal.sampling.state import PoolState

Compare = Callable[[int, int], Match | None]
# Of a group, a member in an earlier one of these states is kept rather than one in a later.
_KEPT_FIRST = (ItemState.LABELLED, ItemState.LEASED)


@dataclass(frozen=True)
class CopyChanges:
    """Records to write, and ids of items whose records go."""

    put: Sequence[CopyRecord]
    drop: Sequence[str]


def merge(
    state: PoolState,
    found: Sequence[FoundGroup],
    positions: Sequence[int],
    compare: Compare,
    now: float,
) -> CopyChanges:
    """The records of groups that were found, as far as they still hold.

    Args:
        state: of the pool as it is now.
        found: the groups.
        positions: of the items that were searched; the records of others stay.
        compare: the match of one item with another.
        now: seconds since the epoch.
    """
    fresh: dict[str, CopyRecord] = {}
    for group in found:
        settled = _settled(state, group, compare)
        fresh.update((record.item_id, record) for record in _records(state, settled, now))
    searched = {state.items.ids[position] for position in positions}
    standing = {record.kept_id for record in fresh.values()}
    drop = [
        record.item_id
        for record in filter(None, map(state.copies.live, searched))
        # What an item is a copy of that a person restored, no search looks at: that stays, unless the item
        # stands for others now.
        if record.item_id not in fresh and (record.kept_id in searched or record.item_id in standing)
    ]
    put = [record for record in fresh.values() if not _is_known(state, record)]
    return CopyChanges([*put, *_moved(state, fresh, searched)], sorted(drop))


def _settled(state: PoolState, group: FoundGroup, compare: Compare) -> FoundGroup:
    """The group without items that were restored meanwhile, and with the member kept that is to be now."""
    members = (group.kept, *(copy.position for copy in group.copies))
    gone = {position for position in members if _is_apart(state, position)}
    if group.kept in gone:
        return FoundGroup(group.kept, ())
    copies = [each for each in group.copies if each.position not in gone and each.compared_with not in gone]
    return _with_kept(state, FoundGroup(group.kept, copies), compare)


def _with_kept(state: PoolState, group: FoundGroup, compare: Compare) -> FoundGroup:
    members = sorted([group.kept, *(copy.position for copy in group.copies)])
    preferred = next(
        (each for wanted in _KEPT_FIRST for each in members if state.items.state(each) is wanted), group.kept
    )
    if preferred == group.kept or state.items.state(group.kept) is state.items.state(preferred):
        return group
    match = compare(preferred, group.kept)
    if match is None:
        return group
    turned = FoundCopy(group.kept, match.kind, match.evidence, preferred)
    others = [copy for copy in group.copies if copy.position != preferred]
    return FoundGroup(preferred, [turned, *others])


def _records(state: PoolState, group: FoundGroup, now: float) -> list[CopyRecord]:
    ids, kept_id = state.items.ids, state.items.ids[group.kept]
    return [
        CopyRecord(ids[copy.position], kept_id, copy.kind, copy.evidence, ids[copy.compared_with], now)
        for copy in group.copies
    ]


def _is_apart(state: PoolState, position: int) -> bool:
    record = state.copies.find(state.items.ids[position])
    return record is not None and record.is_restored


def _is_known(state: PoolState, record: CopyRecord) -> bool:
    known = state.copies.live(record.item_id)
    return known is not None and replace(record, found_at=known.found_at) == known


def _moved(state: PoolState, fresh: Mapping[str, CopyRecord], searched: Collection[str]) -> list[CopyRecord]:
    """Records of items that were not searched, whose kept item is a copy itself from now on."""
    others = (item_id for item_id in state.copies.live_ids() if item_id not in searched)
    return [
        replace(record, kept_id=fresh[record.kept_id].kept_id)
        for record in map(state.copies.live, others)
        if record is not None and record.kept_id in fresh
    ]
