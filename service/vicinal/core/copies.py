"""What is known of items that are copies of one another, and of contents that are held against a pool."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Copies(StrEnum):
    """Which copies a pool finds among its items.

    KEEP: none; every item stands for itself.
    EXACT: same bytes, same pixels, same text or message, as items come.
    NEAR: also those that were edited or augmented.
    """

    KEEP = "keep"
    EXACT = "exact"
    NEAR = "near"


class CopyKind(StrEnum):
    """What a copy is of the item that is kept."""

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
        kept: share of the first picture that the second shows, 0 to 1.
        filled: share of the second picture that the first fills, 0 to 1.
    """

    mirrored: bool
    rotation_degrees: float
    scale: float
    squeeze: float
    shift_x: float
    shift_y: float
    kept: float
    filled: float


@dataclass(frozen=True)
class Evidence:
    """What bears out that the second item is a copy of the first.

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
    """What a pool keeps of a content to find its copies.

    Attributes:
        digests: contents that share one are exact copies; the one that tells most comes first.
        body: what near copies are found by, as its finder wrote it; empty where only exact ones are.
        content_hash: SHA-256 of the raw content as the item has it, hexadecimal; given to finders with
            sketches of the store, and not stored with them.
    """

    digests: tuple[str, ...]
    body: bytes = b""
    content_hash: str = ""


NO_SKETCH = Sketch(())
"""Of an item whose content is not known, since it came as a vector: it is nobody's copy."""


@dataclass(frozen=True)
class Match:
    """An item of the pool that a content was found to be a copy of.

    Attributes:
        position: of the item.
        kind: what the content is of it.
        evidence: with the item first and the content second.
    """

    position: int
    kind: CopyKind
    evidence: Evidence


@dataclass(frozen=True)
class FoundCopy:
    """A member of a group that need not be looked at.

    Attributes:
        position: of the copy.
        kind: what it is of the member it was compared with.
        evidence: what speaks for it.
        compared_with: position of the member that the evidence was found with; mostly the kept one.
    """

    position: int
    kind: CopyKind
    evidence: Evidence
    compared_with: int


@dataclass(frozen=True)
class FoundGroup:
    """Items that are copies of one another.

    Attributes:
        kept: position of the member to show.
        copies: the others.
    """

    kept: int
    copies: Sequence[FoundCopy]


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """A stored copy: an item that another one stands for.

    Attributes:
        item_id: of the copy; an item is the copy of one other at most.
        kept_id: of the item that stands for it; it is no copy itself.
        kind: what the copy is of `compared_with`.
        evidence: what speaks for it.
        compared_with: id of the item that the evidence was found with; mostly `kept_id`.
        found_at: seconds since the epoch.
        is_restored: a person holds it for an item of its own; no search makes it a copy again.
    """

    item_id: str
    kept_id: str
    kind: CopyKind
    evidence: Evidence
    compared_with: str
    found_at: float
    is_restored: bool = False
