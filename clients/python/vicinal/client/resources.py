"""The things the service speaks of: items, duplicates, leases, scores. Plain frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

# An image file's bytes, a text, or a vector.
Content = bytes | str | NDArray[np.floating] | Sequence[float]


@dataclass(frozen=True)
class Fingerprint:
    """What makes vectors comparable: equal digests embed alike.

    Attributes:
        medium: "image" or "text".
        digest: hexadecimal, of all other fields.
    """

    name: str
    version: str
    preprocessing: str
    dimension: int
    medium: str
    digest: str


@dataclass(frozen=True, eq=False)
class NewItem:
    """An item to add.

    Attributes:
        item_id: unique in the pool, 1 to 256 characters.
        content: an image file's bytes, a text, or a vector (dimension,).
        metadata: kept and handed back with the item: a path, a URL, a title.
        holdout: keeps it to measure on; its label is never learned from.
        gold_label: its true label, to check annotators by; they get it like any other item, and what they say
            of it is not learned from.
    """

    item_id: str
    content: Content
    metadata: Mapping[str, str] = field(default_factory=dict)
    holdout: bool = False
    gold_label: str = ""


@dataclass(frozen=True)
class ItemError:
    """One item that could not be taken; the others were.

    Attributes:
        index: its place in all that was passed to the call.
        item_id: empty where contents have no id.
        reason: stable UPPER_SNAKE name for programs.
    """

    index: int
    item_id: str
    reason: str
    message: str


@dataclass(frozen=True)
class ScoreParts:
    """Why an item is suggested.

    Attributes:
        uncertainty: 0 is sure.
        density: how typical of the pool.
        diversity: how far from all that is labelled, leased or picked.
        uncertainty_cdf: share of eligible items that are no more uncertain; the others likewise.
        uncertainty_exponent: weight of that cdf in the product; the others likewise.
        score: product of the cdf values, each raised to its exponent.
    """

    uncertainty: float
    density: float
    diversity: float
    uncertainty_cdf: float
    density_cdf: float
    diversity_cdf: float
    uncertainty_exponent: float
    density_exponent: float
    diversity_exponent: float
    score: float


@dataclass(frozen=True)
class SuggestedItem:
    """An item worth a label now, and why.

    Attributes:
        probabilities: by class, the 100 likeliest at most, likeliest first; those of all classes sum to 1.
            Empty before the first label, and for the holdout, so that they sway nobody.
        arm: "active", "control", "holdout" or "review".
    """

    item_id: str
    metadata: Mapping[str, str]
    score: ScoreParts
    probabilities: Mapping[str, float]
    arm: str


@dataclass(frozen=True)
class Lease:
    """Items in one annotator's hands.

    Attributes:
        item_ids: those still open.
    """

    lease_id: str
    annotator: str
    expires_at: datetime | None
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class Neighbour:
    """A labelled item near another, or an item or example that voted on it.

    Attributes:
        item_id: empty for an example.
        label: empty if it has none.
        weight: in the vote; 0 if it had none.
        example_id: empty for an item.
        carried_from: the item whose label this one, its duplicate, votes with; empty if its own.
    """

    item_id: str
    label: str
    similarity: float
    weight: float
    example_id: str = ""
    carried_from: str = ""


@dataclass(frozen=True)
class Annotation:
    """What one annotator said of an item."""

    annotator: str
    label: str
    at: datetime | None


@dataclass(frozen=True)
class DuplicateTransform:
    """What was done to a picture to get another: mirrored first, then turned, scaled and moved.

    Attributes:
        mirrored: whether left and right were swapped.
        rotation_degrees: clockwise as seen, above -180 to 180.
        scale: of lengths in pixels of the whole pictures.
        squeeze: longest against shortest scale by direction, from 1.
        shift_x: of the centre, as a share of the duplicate's width; right is positive.
        shift_y: as a share of its height; down is positive.
        kept_share: share of the first picture that the duplicate shows.
        filled_share: share of the duplicate that the first picture fills.
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
    """What bears a duplicate out.

    Attributes:
        similarity: 0 to 1; of pictures laid on one another, of what was not edited in texts, or of vectors.
        inliers: like spots that lie the same way in both pictures; 0 where nothing was matched.
        transform: what was done to the picture; None for texts, vectors, and where it is the same.
        kinds: what was done, in words, the most telling first.
    """

    similarity: float
    inliers: int
    transform: DuplicateTransform | None
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class DuplicateOf:
    """What an item is, or was, a duplicate of.

    Attributes:
        representative_id: the item that stands for it.
        kind: "duplicate" or "augmentation", of `compared_with`.
        restored: whether a person holds it for an item of its own; no search makes it a duplicate again.
        compared_with: the item that the evidence was found with; mostly the representative.
    """

    representative_id: str
    kind: str
    evidence: DuplicateEvidence
    restored: bool
    compared_with: str
    found_at: datetime | None


@dataclass(frozen=True)
class Item:
    """An item as it stands.

    Attributes:
        state: "unlabelled", "leased", "labelled", "skipped" or "excluded".
        annotator: who labelled or skipped it, or holds its lease.
        reason: why it was skipped or excluded.
        updated_at: of its last change; None if it never changed.
        holdout: whether it is kept to measure on.
        gold_label: its true label, if it is kept to check annotators by; shown to admins alone.
        annotations: of its annotators, where several are asked; `label` is what the consensus makes of them.
        duplicate_of: what it is, or was, a duplicate of.
        carried_label: of the item that stands for it, if it votes with that.
        filtered: why active choice leaves it out for now, "confident" or "outlier"; empty if it does not.
    """

    item_id: str
    metadata: Mapping[str, str]
    state: str
    label: str
    annotator: str
    reason: str
    lease_id: str
    updated_at: datetime | None
    holdout: bool
    gold_label: str
    annotations: tuple[Annotation, ...]
    duplicate_of: DuplicateOf | None = None
    carried_label: str = ""
    filtered: str = ""


@dataclass(frozen=True)
class LabelEvent:
    """A line of the label log.

    Attributes:
        sequence: 1, 2, ... within the pool.
        kind: "labelled", "relabelled", "label_removed", "skipped", "excluded", "restored" or "resolved".
        at: when it happened.
        metadata: the item's.
        arm: of a label, how the item was suggested: "active", "control", "holdout"; empty if it never was.
        suggestion_number: number of that suggestion within the pool; 0 if there was none.
        eligible_items: that were open then, itself included.
        predicted_label: what the votes said just before the label was taken in.
        carried_from: of a line made for a duplicate, the item whose label it is.
        holdout: whether the item is kept for measuring, so that its labels do not vote.
    """

    sequence: int
    kind: str
    item_id: str
    label: str
    annotator: str
    reason: str
    at: datetime | None
    metadata: Mapping[str, str]
    arm: str
    suggestion_number: int
    eligible_items: int
    predicted_label: str
    carried_from: str = ""
    holdout: bool = False
