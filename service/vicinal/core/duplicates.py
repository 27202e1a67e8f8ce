"""What is known of items that are duplicates of one another, and of contents that are compared with a pool."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Duplicates(StrEnum):
    """Which copies a pool finds among its items.

    OFF: none; every item stands for itself.
    EXACT: same bytes, same pixels, same text or message, as items come.
    NEAR: also those that were edited or augmented.
    """

    OFF = "off"
    EXACT = "exact"
    NEAR = "near"


class DuplicateKind(StrEnum):
    """What a duplicate is of the item that is kept."""

    DUPLICATE = "duplicate"
    AUGMENTATION = "augmentation"


@dataclass(frozen=True)
class Transform:
    """What was done to a picture to get another: mirrored first, then turned, scaled and moved.

    Attributes:
        mirrored: whether left and right were swapped.
        rotation_degrees: clockwise as seen, above -180 to 180.
        scale: of lengths in pixels of the whole pictures.
        squeeze: longest against shortest scale by direction, from 1.
        shift_x: of the centre, as a share of the second picture's width; right is positive.
        shift_y: likewise of its height; down is positive.
        kept_share: share of the first picture that the second shows, 0 to 1.
        filled_share: share of the second picture that the first fills, 0 to 1.
    """

    mirrored: bool
    rotation_degrees: float
    scale: float
    squeeze: float
    shift_x: float
    shift_y: float
    kept_share: float
    filled_share: float


@dataclass(frozen=True)
class Evidence:
    """What bears out that the second item is a duplicate of the first.

    Attributes:
        similarity: 0 to 1; for pictures how alike they look once laid on one another, for texts the
            share of characters that were not edited, for vectors their similarity.
        inliers: like spots that lie the same way in both pictures; 0 where nothing was matched.
        transform: what takes the first picture onto the second, if it was looked for.
        kinds: what was done, in words, the most telling first.
        is_identical: of texts, whether they are the same but for white space. Of other contents it says
            nothing.
    """

    similarity: float
    inliers: int = 0
    transform: Transform | None = None
    kinds: tuple[str, ...] = field(default=())
    is_identical: bool = False


@dataclass(frozen=True)
class Sketch:
    """What a pool keeps of a content to find its duplicates.

    Attributes:
        digests: contents that share one are exact duplicates; the one that tells most comes first.
        body: what near duplicates are found by, as its finder wrote it; empty where only exact ones are.
        content_hash: SHA-256 of the raw content as the item has it, hexadecimal; given to finders with
            sketches of the store, and not stored with them.
    """

    digests: tuple[str, ...]
    body: bytes = b""
    content_hash: str = ""


NO_SKETCH = Sketch(())
"""Of an item whose content is not known, since it came as a vector: it is nobody's duplicate."""


@dataclass(frozen=True)
class Match:
    """An item of the pool that a content was found to be a duplicate of.

    Attributes:
        position: of the item.
        kind: what the content is of it.
        evidence: with the item first and the content second.
    """

    position: int
    kind: DuplicateKind
    evidence: Evidence


@dataclass(frozen=True)
class FoundDuplicate:
    """A member of a group that need not be looked at.

    Attributes:
        position: of the duplicate.
        kind: what it is of the member it was compared with.
        evidence: what speaks for it.
        compared_with: position of the member that the evidence was found with; mostly the representative.
    """

    position: int
    kind: DuplicateKind
    evidence: Evidence
    compared_with: int


@dataclass(frozen=True)
class FoundGroup:
    """Items that are duplicates of one another.

    Attributes:
        representative: position of the member to show.
        duplicates: the others.
    """

    representative: int
    duplicates: Sequence[FoundDuplicate]


@dataclass(frozen=True, slots=True)
class DuplicateRecord:
    """A stored duplicate: an item that another one stands for.

    Attributes:
        item_id: of the duplicate; an item is the duplicate of one other at most.
        representative_id: of the item that stands for it; it is no copy itself.
        kind: what the duplicate is of `compared_with`.
        evidence: what speaks for it.
        compared_with: id of the item that the evidence was found with; mostly `representative_id`.
        found_at: seconds since the epoch.
        is_restored: a person holds it for an item of its own; no search makes it a duplicate again.
    """

    item_id: str
    representative_id: str
    kind: DuplicateKind
    evidence: Evidence
    compared_with: str
    found_at: float
    is_restored: bool = False
