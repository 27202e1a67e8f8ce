"""Duplicates: what one item is of another, the evidence for it, and searches for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DuplicateKind(StrEnum):
    """How a duplicate differs from the item that it was compared with.

    DUPLICATE: not at all, or it was edited.
    AUGMENTATION: of images, it was turned, mirrored, cropped, framed or moved.
    """

    DUPLICATE = "duplicate"
    AUGMENTATION = "augmentation"


@dataclass(frozen=True)
class DuplicateTransform:
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
class DuplicateEvidence:
    """Why the second of two items counts as a duplicate of the first.

    Attributes:
        similarity: 0 to 1; for pictures how similar they look once aligned, for texts the
            share of characters that were not edited, for vectors their similarity.
        inliers: like spots that lie the same way in both pictures; 0 where nothing was matched.
        transform: what takes the first picture onto the second, if it was looked for.
        kinds: what was done, in words, the most telling first.
        is_identical: of texts, whether they are the same but for white space. Of other contents it says
            nothing. The service alone knows it: it is not sent.
    """

    similarity: float
    inliers: int = 0
    transform: DuplicateTransform | None = None
    kinds: tuple[str, ...] = ()
    is_identical: bool = False


@dataclass(frozen=True)
class DuplicateOf:
    """What an item is, or was, a duplicate of.

    Attributes:
        representative_id: the item that stands for it.
        kind: what it is of `compared_with`.
        evidence: why it counts as a duplicate.
        restored: whether a person made it an item of its own; no search makes it a duplicate again.
        compared_with: the item that the evidence was found with; mostly the representative.
        found_at: when it was found.
    """

    representative_id: str
    kind: DuplicateKind
    evidence: DuplicateEvidence
    restored: bool
    compared_with: str
    found_at: datetime | None


@dataclass(frozen=True)
class DuplicateProgress:
    """How far a search for duplicates has come in one of its steps; `total` is 0 where it is not known."""

    step: str
    done: int
    total: int


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
class ContentMatch:
    """An item that a content from outside is a duplicate of.

    Attributes:
        kind: what the content is of the item.
        representative_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: DuplicateKind
    evidence: DuplicateEvidence
    representative_id: str
