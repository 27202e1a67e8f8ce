"""What the use cases take and give: plain records, ids and no positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vicinal.core.annotations import Annotation
from vicinal.core.arms import Arm
from vicinal.core.arrays import Vectors
from vicinal.core.errors import VicinalError
from vicinal.core.ports import DuplicateRecord, Lease, Sketch
from vicinal.core.records import NO_METADATA
from vicinal.core.scores import ScoreParts
from vicinal.sampling.filter_results import FilterDecision, FilterReason


class ItemState(StrEnum):
    """Where an item is in its life."""

    UNLABELLED = "unlabelled"
    LEASED = "leased"
    LABELLED = "labelled"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to add; its vector travels beside it, as a row.

    Attributes:
        content_hash: SHA-256 of the raw content, hexadecimal.
        holdout: keeps it for measuring, whatever the pool's share.
        gold: its true label, to keep it for checking annotators.
        sketch: what its duplicates are found by; None where its content is not known.
        augmentations: (v, d) its content as seen in the pool's views.
    """

    item_id: str
    content_hash: str
    metadata: Mapping[str, str] = field(default_factory=lambda: NO_METADATA)
    holdout: bool = False
    gold: str = ""
    sketch: Sketch | None = None
    augmentations: Vectors | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Added:
    """Outcome of adding items.

    Attributes:
        existing: items that were there already with the same content.
        failures: why an item was not taken, by its place in the request.
        duplicates: how many of those added are duplicates.
    """

    added: int
    existing: int
    failures: Mapping[int, VicinalError] = field(default_factory=dict)
    duplicates: int = 0


@dataclass(frozen=True)
class ClassProbability:
    """A class with its share of the votes, 0 to 1."""

    label: str
    probability: float


@dataclass(frozen=True)
class SuggestedItem:
    """An item worth a label now, and why.

    Attributes:
        probabilities: what the votes say, likeliest first; empty before the first label and for the holdout.
    """

    item_id: str
    metadata: Mapping[str, str]
    score: ScoreParts
    probabilities: Sequence[ClassProbability]
    arm: Arm = Arm.ACTIVE


@dataclass(frozen=True)
class Batch:
    """Items leased together, best first; no lease when nothing is left to suggest."""

    lease: Lease | None
    items: Sequence[SuggestedItem]
    strategy: str


@dataclass(frozen=True)
class LabelInput:
    """A label for an item; `relabel` allows it to take the place of another."""

    item_id: str
    label: str
    relabel: bool = False


@dataclass(frozen=True)
class NextBatch:
    """The batch wanted; None and empty take the defaults.

    Attributes:
        arm: ACTIVE, with its control draws, HOLDOUT, or REVIEW.
    """

    size: int = 1
    lease_seconds: float | None = None
    strategy: str = ""
    arm: Arm = Arm.ACTIVE


@dataclass(frozen=True)
class Submitted:
    """Outcome of submitting labels.

    Attributes:
        unchanged: items that had this very label already.
    """

    labelled: int
    relabelled: int
    unchanged: int
    next_batch: Batch | None = None


@dataclass(frozen=True)
class Neighbour:
    """An item near another, or an example that votes on it.

    Attributes:
        item_id: empty for an example.
        label: empty if it has none.
        weight: its part in the vote, 0 to 1; 0 if it had none.
        example_id: empty for an item.
        carried_from: the item whose label it is that this one, a duplicate, votes with; empty if its own.
    """

    item_id: str
    label: str
    similarity: float
    weight: float
    example_id: str = ""
    carried_from: str = ""


@dataclass(frozen=True)
class Prediction:
    """What the votes say of a content; probabilities likeliest first, equal ones by label."""

    label: str
    probabilities: Sequence[ClassProbability]
    neighbours: Sequence[Neighbour] = ()


@dataclass(frozen=True)
class ScoredItem:
    """An item that can be chosen now, with its score; rank 1 is suggested first."""

    item_id: str
    rank: int
    score: ScoreParts
    probabilities: Sequence[ClassProbability]


@dataclass(frozen=True)
class ItemSummary:
    """An item as it stands.

    Attributes:
        annotator: who labelled, skipped or excluded it, or holds its lease.
        reason: why it was skipped or excluded.
        lease_id: of its open lease, or empty.
        updated_at: seconds since the epoch of its last event or lease; 0 if there was none.
        gold: its true label, if it is kept for checking annotators.
        annotations: of its annotators, where several are asked.
        duplicate_of: what it is a duplicate of, if it is or was one.
        carried_label: label of the item that stands for it, which it votes with; or empty.
        filtered: None if it is not.
    """

    item_id: str
    state: ItemState
    metadata: Mapping[str, str]
    label: str = ""
    annotator: str = ""
    reason: str = ""
    lease_id: str = ""
    updated_at: float = 0.0
    holdout: bool = False
    gold: str = ""
    annotations: Sequence[Annotation] = ()
    duplicate_of: DuplicateRecord | None = None
    carried_label: str = ""
    filtered: FilterReason | None = None


@dataclass(frozen=True)
class ItemExplanation:
    """An item with all that speaks for and against suggesting it.

    Attributes:
        voters: labelled items and examples that vote on it, heaviest first.
        pool_neighbours: its nearest items in the pool, nearest first.
        score: None unless the item can be chosen now; `rank` is then 0.
        eligible_items: how many items are chosen among.
        filter_decision: None where this pool filters nothing, or its graph does not cover the item yet.
    """

    item: ItemSummary
    probabilities: Sequence[ClassProbability]
    voters: Sequence[Neighbour]
    pool_neighbours: Sequence[Neighbour]
    score: ScoreParts | None
    rank: int
    eligible_items: int
    filter_decision: FilterDecision | None = None
