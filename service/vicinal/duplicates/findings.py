"""What a search for duplicates comes to: groups, and for each member that is left out, why."""

from collections.abc import Sequence
from dataclasses import dataclass

from vicinal.core.duplicates import Evidence, FoundGroup


@dataclass(frozen=True)
class Duplicate:
    """A member of a group that need not be looked at, since another one is kept.

    Attributes:
        item_id: of the duplicate.
        representative_id: of the member that is kept.
        reason: "duplicate" for the same picture or text, "augmentation" for one that was turned, mirrored,
            moved, cropped or framed.
        evidence: what speaks for it.
        compared_with: id of the member that the evidence was found with; mostly the representative.
    """

    item_id: str
    representative_id: str
    reason: str
    evidence: Evidence
    compared_with: str


@dataclass(frozen=True)
class Group:
    """Items that are duplicates of one another.

    Attributes:
        representative_id: of the representative.
        duplicates: the others, by id.
        representative_elsewhere: the representative is not among the items, but among those they were compared with.
    """

    representative_id: str
    duplicates: tuple[Duplicate, ...]
    representative_elsewhere: bool = False

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Ids of all members, the representative first."""
        return (self.representative_id, *(duplicate.item_id for duplicate in self.duplicates))


@dataclass(frozen=True)
class UncomparedItem:
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
        groups: by the id of the representative; no item is in two.
        left_out: items that could not be read.
    """

    items: int
    groups: Sequence[Group]
    left_out: Sequence[UncomparedItem]


def named(groups: Sequence[FoundGroup], ids: Sequence[str], known: int = 0) -> list[Group]:
    """Groups of positions as groups of ids, by the id of the representative.

    Args:
        groups: as a finder has them.
        ids: of the items, by position.
        known: so many items at the beginning are those that the others are compared with: they are no copies.
    """
    found = (_group(group, ids, known) for group in groups)
    return sorted((group for group in found if group.duplicates), key=lambda group: group.representative_id)


def _group(group: FoundGroup, ids: Sequence[str], known: int) -> Group:
    representative = ids[group.representative]
    duplicates = (
        Duplicate(
            ids[duplicate.position],
            representative,
            duplicate.kind.value,
            duplicate.evidence,
            ids[duplicate.compared_with],
        )
        for duplicate in group.duplicates
        if duplicate.position >= known
    )
    return Group(
        representative,
        tuple(sorted(duplicates, key=lambda duplicate: duplicate.item_id)),
        group.representative < known,
    )
