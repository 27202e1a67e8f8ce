"""The use cases on a pool's duplicates, and their groups page by page."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import OnProgress
from vicinal.core.errors import InvalidInput, SearchUnderWay, WrongItemState
from vicinal.core.ports import Clock
from vicinal.core.records import FoundGroup, RawContent, Sketch
from vicinal.pools import queries, rules
from vicinal.pools.duplicates.merge import Compare, merge
from vicinal.pools.duplicates.search import DuplicateSearch, NewItemMatches
from vicinal.pools.journal import Journal
from vicinal.pools.results import FIRST_GROUP, GroupCursor, PreparedItem
from vicinal.pools.state.pool import PoolState
from vicinal.records.duplicates import ContentMatch, DuplicateSummary
from vicinal.records.items import DuplicateGroup, Item, ItemState

MOST_ITEMS = 1000
"""Of a page, representatives counted too."""


def page_of_groups(
    state: PoolState, after: GroupCursor, limit: int, most_items: int = MOST_ITEMS
) -> tuple[list[DuplicateGroup], GroupCursor | None]:
    """A page of groups, by the id of the representative.

    A group that a page of its own cannot hold is listed in parts, on as many pages as it needs.

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
    for representative_id, start in _wanted(state, after, limit):
        duplicates = state.duplicates.duplicates_of(representative_id, start, room)
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
    members = [
        _viewed(state, item_id) for item_id in duplicates if state.duplicates.live(item_id) is not None
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


def _viewed(state: PoolState, item_id: str) -> Item:
    return queries.query_item(state, state.items.position(item_id))


class PoolDuplicates:
    """Finds, lists and splits groups of duplicates in one pool. All methods may be called from any thread.

    Args:
        current: gives the pool's state with its lock held.
        journal: the pool's.
        clock: dates what is found.
        search: looks for duplicates.
    """

    def __init__(
        self,
        current: Callable[[], AbstractContextManager[PoolState]],
        journal: Journal,
        clock: Clock,
        search: DuplicateSearch,
    ) -> None:
        self._current = current
        self._journal = journal
        self._clock = clock
        self._search = search
        self._finding = threading.Lock()

    @property
    def is_on(self) -> bool:
        """Whether duplicates are found in this pool."""
        return self._search.is_on

    def looked_up(self, items: Sequence[PreparedItem]) -> AbstractContextManager[NewItemMatches]:
        """What is known of new items; to be entered without the pool's lock.

        No other items come into the pool until the block ends.
        """
        return self._search.looked_up(items)

    def take_in(self, sketches: Sequence[Sketch]) -> None:
        """Notes the sketches of items that were just added."""
        self._search.take_in(sketches)

    def sketch(self, content: RawContent | Vectors, content_hash: str = "") -> Sketch:
        """What is kept of a content to find its duplicates; nothing where duplicates are off.

        Args:
            content: a vector must be prepared.
            content_hash: of the raw content, as it came.

        Raises:
            ContentUnreadable: it cannot be read.
        """
        return self._search.sketch(content, content_hash)

    def find(self, on_progress: OnProgress) -> DuplicateSummary:
        """Searches the whole pool for duplicates. Minutes may pass; the pool is in use meanwhile.

        Of a group the labelled members are kept rather than others, then the leased ones. Items that a
        person restored stay apart. Duplicates of earlier searches that this one does not find are removed.

        Args:
            on_progress: called with the step, how much of it is done, and how much there is; what it raises
                ends the search, and nothing has changed then.

        Raises:
            InvalidInput: the pool does not look for duplicates.
            SearchUnderWay: another search of this pool has not ended.
        """
        self._check_on()
        if not self._finding.acquire(blocking=False):
            raise SearchUnderWay(
                "a search for duplicates is under way in this pool; wait until it has ended, or end it"
            )
        try:
            finder = self._search.finder()
            with self._current() as state:
                positions, keep = _searched(state, len(finder))
                self._search.know_neighbours(state)
            found = finder.groups(positions, keep, on_progress)
            return self._apply(found, positions, finder.compare)
        finally:
            self._finding.release()

    def of(self, item_id: str) -> DuplicateGroup | None:
        """The group that an item is in, if there is one.

        Raises:
            ItemNotFound: no such item.
        """
        with self._current() as state:
            state.items.position(item_id)
            representative_id = state.duplicates.representative_id(item_id)
            duplicates = state.duplicates.duplicates_of(representative_id)
            return group_of(state, representative_id, duplicates) if duplicates else None

    def split(self, representative_id: str, annotator: str = "") -> int:
        """Sets all duplicates that an item stands for apart again, for good. Returns how many.

        Those that a person excluded or skipped stay so.

        Raises:
            ItemNotFound: no such item.
            WrongItemState: it stands for no other item.
        """
        with self._current() as state:
            state.items.position(representative_id, "representative_id")
            item_ids = state.duplicates.duplicates_of(representative_id)
            if not item_ids:
                raise _no_group(state, representative_id)
            steps = rules.split_steps(state, item_ids)
            apart = rules.restored_duplicates(state, item_ids)
            self._journal.take(steps, annotator, duplicates=apart)
            return len(item_ids)

    def restore(self, item_ids: Sequence[str], annotator: str = "") -> int:
        """Makes skipped and excluded items eligible again; duplicates among them become items of their own.

        Raises:
            InvalidInput, ItemNotFound, WrongItemState: naming the items at fault.
        """
        with self._current() as state:
            steps = rules.restore_steps(state, item_ids)
            apart = rules.restored_duplicates(state, item_ids)
            self._journal.take(steps, annotator, duplicates=apart)
            return len({step.item_id for step in steps} | {record.item_id for record in apart})

    def check(self, sketch: Sketch) -> list[ContentMatch]:
        """The items that a content from outside is a duplicate of, the likeliest first; nothing is added.

        Raises:
            InvalidInput: the pool does not look for duplicates.
        """
        self._check_on()
        matches = self._search.finder().matches(sketch) if sketch.digests else []
        with self._current() as state:
            ids = [state.items.ids[match.position] for match in matches]
            return [
                ContentMatch(item_id, match.kind, match.evidence, state.duplicates.representative_id(item_id))
                for item_id, match in zip(ids, matches, strict=True)
            ]

    def _apply(
        self, found: Sequence[FoundGroup], positions: Sequence[int], compare: Compare
    ) -> DuplicateSummary:
        """Takes in what still holds of what was found."""
        with self._current() as state:
            merged = merge(state, found, positions, compare, self._clock.now())
            before = set(state.duplicates.live_ids())
            self._journal.change_duplicates(merged.put, merged.drop)
            after, counts = set(state.duplicates.live_ids()), state.duplicates.counts()
            return DuplicateSummary(
                counts.groups, counts.duplicates, len(after - before), len(before - after)
            )

    def _check_on(self) -> None:
        if not self._search.is_on:
            raise InvalidInput.at(
                "pool_id",
                "this pool does not look for duplicates; make one whose duplicates are exact or near",
            )

    def list(
        self, after: GroupCursor = FIRST_GROUP, limit: int = 100
    ) -> tuple[list[DuplicateGroup], GroupCursor | None]:
        """A page of groups, by the id of the representative; a very large group takes several.

        Returns:
            The page, and what to pass as `after` for the next one (None: this is the last).
        """
        with self._current() as state:
            return page_of_groups(state, after, limit)


def _searched(state: PoolState, count: int) -> tuple[list[int], list[int]]:
    """Positions of the first `count` items that may be grouped, and of those that come first in groups."""
    positions = [
        position
        for position, item_id in enumerate(state.items.ids[:count])
        if (record := state.duplicates.find(item_id)) is None or not record.is_restored
    ]
    states = {position: state.items.state(position) for position in positions}
    labelled = [position for position in positions if states[position] is ItemState.LABELLED]
    leased = [position for position in positions if states[position] is ItemState.LEASED]
    return positions, labelled + leased


def _no_group(state: PoolState, item_id: str) -> WrongItemState:
    representative_id = state.duplicates.representative_id(item_id)
    if representative_id != item_id:
        return WrongItemState(
            f"representative_id: {item_id!r} is a duplicate itself; split the group of {representative_id!r}"
        )
    return WrongItemState(
        f"representative_id: {item_id!r} stands for no other item; list the groups to see which do"
    )
