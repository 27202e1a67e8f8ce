"""Items as they stand, what speaks for suggesting one, and groups of duplicates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vicinal.records.duplicates import DuplicateOf
from vicinal.records.votes import Neighbour, ScoreParts


class ItemState(StrEnum):
    """Where an item is in its life."""

    UNLABELLED = "unlabelled"
    LEASED = "leased"
    LABELLED = "labelled"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"


class FilterReason(StrEnum):
    """Why active choice leaves an open item out for now.

    CONFIDENT: the votes are sure of it, and labels near it agree.
    OUTLIER: it lies apart from the pool, like noise.
    """

    CONFIDENT = "confident"
    OUTLIER = "outlier"


@dataclass(frozen=True)
class Annotation:
    """What one annotator said of an item."""

    annotator: str
    label: str
    at: datetime | None


@dataclass(frozen=True)
class Item:
    """An item as it stands.

    Attributes:
        annotator: who labelled, skipped or excluded it, or has its lease.
        reason: why it was skipped or excluded.
        lease_id: of its open lease, or empty.
        updated_at: of its last event or lease; None if there was none.
        holdout: whether it is kept for measuring.
        gold_label: its true label, if it is kept for checking annotators; shown to admins alone.
        annotations: of its annotators, where several are asked; `label` is what the consensus makes of them.
        duplicate_of: what it is a duplicate of, if it is or was one.
        carried_label: label of the item that stands for it, which it votes with; or empty.
        filtered: why active choice leaves it out for now; None if it does not.
    """

    item_id: str
    state: ItemState
    metadata: Mapping[str, str]
    label: str = ""
    annotator: str = ""
    reason: str = ""
    lease_id: str = ""
    updated_at: datetime | None = None
    holdout: bool = False
    gold_label: str = ""
    annotations: tuple[Annotation, ...] = ()
    duplicate_of: DuplicateOf | None = None
    carried_label: str = ""
    filtered: FilterReason | None = None


@dataclass(frozen=True)
class FilterDecision:
    """Whether an item is filtered, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        filtered: None if it is not filtered.
        probability: of the likeliest class.
        confidence_filter: from which on it may be confident.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        min_evidence: that it takes to be confident.
        agreement: part of the evidence that is for that class, which takes `confidence_filter` too.
        density: mean similarity to the nearest items of the pool.
        least_density: below which it is an outlier.
        message: the same in words.
    """

    filtered: FilterReason | None
    probability: float
    confidence_filter: float
    evidence: float
    min_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str


@dataclass(frozen=True)
class ItemDetails:
    """An item with all that speaks for and against suggesting it.

    Attributes:
        probabilities: as in `Prediction`.
        voters: labelled items and examples that vote on it, heaviest first.
        pool_neighbours: its nearest items in the pool, nearest first.
        score: None unless the item can be chosen now.
        rank: 1 is the best; None where there is no score.
        eligible_items: how many items are chosen among.
        filter_decision: None where this pool filters nothing, or its graph does not cover the item yet.
    """

    item: Item
    probabilities: Mapping[str, float]
    voters: Sequence[Neighbour]
    pool_neighbours: Sequence[Neighbour]
    score: ScoreParts | None
    rank: int | None
    eligible_items: int
    filter_decision: FilterDecision | None = None


@dataclass(frozen=True)
class DuplicateGroup:
    """Items that are duplicates of one another: the one that is shown, and the others by id.

    Attributes:
        representative: the member that is shown, suggested and labelled.
        duplicates: the others, or on a page of a listing a part of them, each with its `duplicate_of`.
        duplicate_count: how many others there are in all.
    """

    representative: Item
    duplicates: Sequence[Item]
    duplicate_count: int
