"""What a search for copies comes to: groups, and for each member that is left out, why."""

from collections.abc import Sequence
from dataclasses import dataclass

from vicinal.core.copies import Evidence, FoundGroup


@dataclass(frozen=True)
class Copy:
    """A member of a group that need not be looked at, since another one is kept.

    Attributes:
        item_id: of the copy.
        kept_id: of the member that is kept.
        reason: "duplicate" for the same picture or text, "augmentation" for one that was turned, mirrored,
            moved, cropped or framed.
        evidence: what speaks for it.
        compared_with: id of the member that the evidence was found with; mostly the kept one.
    """

    item_id: str
    kept_id: str
    reason: str
    evidence: Evidence
    compared_with: str


@dataclass(frozen=True)
class Group:
    """Items that are copies of one another.

    Attributes:
        kept_id: of the member to keep.
        copies: the others, by id.
        kept_elsewhere: the kept one is not among the items, but among those they were held against.
    """

    kept_id: str
    copies: tuple[Copy, ...]
    kept_elsewhere: bool = False

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all members, the kept one first."""
        return (self.kept_id, *(copy.item_id for copy in self.copies))


@dataclass(frozen=True)
class LeftOut:
    """An item that was not compared.

    Attributes:
        item_id: its id.
        message: why.
    """

    item_id: str
    message: str


@dataclass(frozen=True)
class Findings:
    """All groups among a set of items.

    Attributes:
        items: how many were compared.
        groups: by the id of the kept member; no item is in two.
        left_out: items that could not be read.
    """

    items: int
    groups: Sequence[Group]
    left_out: Sequence[LeftOut]


def named(groups: Sequence[FoundGroup], ids: Sequence[str], known: int = 0) -> list[Group]:
    """Groups of positions as groups of ids, by the id of the kept member.

    Args:
        groups: as a finder has them.
        ids: of the items, by position.
        known: so many items at the beginning are those that the others are held against: they are no copies.
    """
    found = (_group(group, ids, known) for group in groups)
    return sorted((group for group in found if group.copies), key=lambda group: group.kept_id)


def _group(group: FoundGroup, ids: Sequence[str], known: int) -> Group:
    kept = ids[group.kept]
    copies = (
        Copy(ids[copy.position], kept, copy.kind.value, copy.evidence, ids[copy.compared_with])
        for copy in group.copies
        if copy.position >= known
    )
    return Group(kept, tuple(sorted(copies, key=lambda copy: copy.item_id)), group.kept < known)
