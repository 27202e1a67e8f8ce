"""Groups of duplicates page by page; a page is bounded however large a group is."""

from collections.abc import Sequence

from vicinal.sampling import queries
from vicinal.sampling.duplicate_results import DuplicateGroup, DuplicateMember, GroupCursor
from vicinal.sampling.results import ItemSummary
from vicinal.sampling.state import PoolState

MOST_ITEMS = 1000
"""Of a page, the kept ones counted too."""


def page_of_groups(
    state: PoolState, after: GroupCursor, limit: int, most_items: int = MOST_ITEMS
) -> tuple[list[DuplicateGroup], GroupCursor | None]:
    """A page of groups, by the id of the item that is kept.

    A group that a page of its own cannot hold is told in parts, on as many pages as it needs.

    Args:
        state: of the pool.
        after: where the page begins.
        limit: so many groups at most.
        most_items: so many items at most, 2 or more.

    Returns:
        The page, and where the next one begins (None: this is the last).
    """
    page: list[DuplicateGroup] = []
    room = most_items
    for representative_id, told in _wanted(state, after, limit):
        duplicates = state.duplicates.duplicates_of(representative_id, told, room)
        is_whole = len(duplicates) < room
        if page and not is_whole:
            return page, _end(page)
        page.append(group_of(state, representative_id, duplicates if is_whole else duplicates[: room - 1]))
        if not is_whole:
            return page, GroupCursor(representative_id, duplicates[room - 2])
        room -= 1 + len(duplicates)
    is_last = not page or not state.duplicates.representative_ids(page[-1].representative.item_id, 1)
    return page, None if is_last else _end(page)


def group_of(state: PoolState, representative_id: str, duplicates: Sequence[str]) -> DuplicateGroup:
    """Some of the duplicates of a group, as they stand."""
    records = ((item_id, state.duplicates.live(item_id)) for item_id in duplicates)
    members = [
        DuplicateMember(_viewed(state, item_id), record) for item_id, record in records if record is not None
    ]
    return DuplicateGroup(
        _viewed(state, representative_id), members, state.duplicates.duplicate_count(representative_id)
    )


def _wanted(state: PoolState, after: GroupCursor, limit: int) -> list[tuple[str, str]]:
    """Ids of representatives of a page, each with the duplicate that its part begins behind."""
    begun = (
        [after.representative_id]
        if after.duplicate_id
        and state.duplicates.duplicates_of(after.representative_id, after.duplicate_id, 1)
        else []
    )
    representative_ids = state.duplicates.representative_ids(after.representative_id, limit - len(begun))
    return [
        *((representative_id, after.duplicate_id) for representative_id in begun),
        *((representative_id, "") for representative_id in representative_ids),
    ]


def _end(page: Sequence[DuplicateGroup]) -> GroupCursor:
    return GroupCursor(page[-1].representative.item_id)


def _viewed(state: PoolState, item_id: str) -> ItemSummary:
    return queries.query_item(state, state.items.position(item_id))
