"""What the client tells of copies. Plain frozen records."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CopyTransform:
    """What was done to a picture to get another: mirrored first, then turned, scaled and moved.

    Attributes:
        mirrored: whether left and right were swapped.
        rotation_degrees: clockwise as seen, above -180 to 180.
        scale: of lengths in pixels of the whole pictures.
        squeeze: longest against shortest scale by direction, from 1.
        shift_x: of the centre, as a share of the copy's width; right is positive.
        shift_y: as a share of its height; down is positive.
        kept: share of the first picture that the copy shows.
        filled: share of the copy that the first picture fills.
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
class CopyEvidence:
    """What bears a copy out.

    Attributes:
        similarity: 0 to 1; of pictures laid on one another, of what was not edited in texts, or of vectors.
        inliers: like spots that lie the same way in both pictures; 0 where nothing was matched.
        transform: what was done to the picture; None for texts, vectors, and where it is the same.
        kinds: what was done, in words, the most telling first.
    """

    similarity: float
    inliers: int
    transform: CopyTransform | None
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class ItemCopy:
    """What an item is, or was, a copy of.

    Attributes:
        kept_id: the item that stands for it.
        kind: "duplicate" or "augmentation", of `compared_with`.
        restored: whether a person holds it for an item of its own; no search makes it a copy again.
        compared_with: the item that the evidence was found with; mostly the kept one.
    """

    kept_id: str
    kind: str
    evidence: CopyEvidence
    restored: bool
    compared_with: str
    found_at: datetime | None


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
class CopyProgress:
    """How far a search for copies has come in one of its steps."""

    step: str
    done: int
    of: int


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
class ContentMatch:
    """An item that a content is a copy of.

    Attributes:
        kind: "duplicate" or "augmentation": what the content is of the item.
        kept_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: str
    evidence: CopyEvidence
    kept_id: str
