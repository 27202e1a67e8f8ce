"""Groups of copies page by page; a page is bounded however large a group is."""

from collections.abc import Sequence

from vicinal.sampling import views
from vicinal.sampling.copy_results import CopyGroup, CopyMember, GroupCursor
from vicinal.sampling.results import ItemView
from vicinal.sampling.state import PoolState

MOST_ITEMS = 1000
"""Of a page, the kept ones counted too."""


def page_of_groups(
    state: PoolState, after: GroupCursor, limit: int, most_items: int = MOST_ITEMS
) -> tuple[list[CopyGroup], GroupCursor | None]:
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
    page: list[CopyGroup] = []
    room = most_items
    for kept_id, told in _wanted(state, after, limit):
        copies = state.copies.copies_of(kept_id, told, room)
        is_whole = len(copies) < room
        if page and not is_whole:
            return page, _end(page)
        page.append(group_of(state, kept_id, copies if is_whole else copies[: room - 1]))
        if not is_whole:
            return page, GroupCursor(kept_id, copies[room - 2])
        room -= 1 + len(copies)
    is_last = not page or not state.copies.kept_ids(page[-1].kept.item_id, 1)
    return page, None if is_last else _end(page)


def group_of(state: PoolState, kept_id: str, copies: Sequence[str]) -> CopyGroup:
    """Some of the copies of a group, as they stand."""
    records = ((item_id, state.copies.live(item_id)) for item_id in copies)
    members = [
        CopyMember(_viewed(state, item_id), record) for item_id, record in records if record is not None
    ]
    return CopyGroup(_viewed(state, kept_id), members, state.copies.copy_count(kept_id))


def _wanted(state: PoolState, after: GroupCursor, limit: int) -> list[tuple[str, str]]:
    """Kept ids of a page, each with the copy that its part begins behind."""
    begun = (
        [after.kept_id] if after.copy_id and state.copies.copies_of(after.kept_id, after.copy_id, 1) else []
    )
    kept_ids = state.copies.kept_ids(after.kept_id, limit - len(begun))
    return [*((kept_id, after.copy_id) for kept_id in begun), *((kept_id, "") for kept_id in kept_ids)]


def _end(page: Sequence[CopyGroup]) -> GroupCursor:
    return GroupCursor(page[-1].kept.item_id)


def _viewed(state: PoolState, item_id: str) -> ItemView:
    return views.view_item(state, state.items.position(item_id))
