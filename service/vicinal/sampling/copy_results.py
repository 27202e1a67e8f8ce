"""What the use cases on copies give: plain records, ids and no positions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vicinal.core.copies import CopyKind, Evidence
from vicinal.core.ports import CopyRecord

if TYPE_CHECKING:
    from vicinal.sampling.results import ItemView


@dataclass(frozen=True)
class CopyCounts:
    """Groups of copies in a pool.

    Attributes:
        groups: each has one member that is shown.
        copies: the others of all groups.
        restored: items that were copies until a person restored them.
    """

    groups: int = 0
    copies: int = 0
    restored: int = 0


NO_COPIES = CopyCounts()


@dataclass(frozen=True)
class CopySummary:
    """Outcome of a search for copies.

    Attributes:
        groups: that there are now.
        copies: that there are now.
        new: items that are copies since this search.
        gone: items that were copies before it and are no more.
    """

    groups: int
    copies: int
    new: int
    gone: int


@dataclass(frozen=True)
class CopyMember:
    """A copy in its group: the item as it stands, and what speaks for it."""

    item: "ItemView"
    record: CopyRecord


@dataclass(frozen=True)
class CopyGroup:
    """Items that are copies of one another: the one that is shown, and the others by id.

    Attributes:
        kept: the one that is shown.
        copies: the others, or a part of them.
        count: how many others there are.
    """

    kept: "ItemView"
    copies: Sequence[CopyMember]
    count: int


@dataclass(frozen=True)
class GroupCursor:
    """Where a listing of groups goes on.

    Attributes:
        kept_id: of the group that was told last.
        copy_id: of it, the copy that was told last; empty where all of them were.
    """

    kept_id: str = ""
    copy_id: str = ""


FIRST_GROUP = GroupCursor()


@dataclass(frozen=True)
class ContentMatch:
    """An item that a content from outside is a copy of.

    Attributes:
        kind: what the content is of the item.
        kept_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: CopyKind
    evidence: Evidence
    kept_id: str
