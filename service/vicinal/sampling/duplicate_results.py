"""What the use cases on duplicates give: plain records, ids and no positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vicinal.core.duplicates import DuplicateKind, Evidence
from vicinal.core.ports import DuplicateRecord

if TYPE_CHECKING:
    from vicinal.sampling.results import ItemSummary


@dataclass(frozen=True)
class DuplicateCounts:
    """Groups of duplicates in a pool.

    Attributes:
        groups: each has one member that is shown.
        duplicates: the others of all groups.
        restored: items that were duplicates until a person restored them.
    """

    groups: int = 0
    duplicates: int = 0
    restored: int = 0


NO_DUPLICATES = DuplicateCounts()


@dataclass(frozen=True)
class DuplicateSummary:
    """Outcome of a search for duplicates.

    Attributes:
        groups: that there are now.
        duplicates: that there are now.
        new: items that are duplicates since this search.
        gone: items that were duplicates before it and are no more.
    """

    groups: int
    duplicates: int
    new: int
    gone: int


@dataclass(frozen=True)
class DuplicateMember:
    """A duplicate in its group: the item as it stands, and what speaks for it."""

    item: "ItemSummary"
    record: DuplicateRecord


@dataclass(frozen=True)
class DuplicateGroup:
    """Items that are duplicates of one another: the one that is shown, and the others by id.

    Attributes:
        representative: the one that is shown.
        duplicates: the others, or a part of them.
        count: how many others there are.
    """

    representative: "ItemSummary"
    duplicates: Sequence[DuplicateMember]
    count: int


@dataclass(frozen=True)
class GroupCursor:
    """Where a listing of groups goes on.

    Attributes:
        representative_id: of the group that was told last.
        duplicate_id: of it, the duplicate that was told last; empty where all of them were.
    """

    representative_id: str = ""
    duplicate_id: str = ""


FIRST_GROUP = GroupCursor()


@dataclass(frozen=True)
class ContentMatch:
    """An item that a content from outside is a duplicate of.

    Attributes:
        kind: what the content is of the item.
        representative_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: DuplicateKind
    evidence: Evidence
    representative_id: str
