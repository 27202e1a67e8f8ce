"""What the use cases take and return: plain records, ids and no positions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from vicinal.core.arms import Arm
from vicinal.core.arrays import Vectors
from vicinal.core.errors import VicinalError
from vicinal.core.pool_options import PoolConfig
from vicinal.core.records import NO_METADATA, DuplicateKind, DuplicateRecord, Evidence, Lease, Sketch
from vicinal.core.scoring.scores import ScoreParts
from vicinal.core.statistics.accuracy import Interval
from vicinal.core.statistics.consensus import Annotation
from vicinal.core.statistics.learning import Benefit
from vicinal.core.statistics.stopping import StopReason


class FilterReason(StrEnum):
    """Why active choice leaves an open item out for now.

    CONFIDENT: the votes are sure of it, and labels near it agree.
    OUTLIER: it lies apart from the pool, like noise.
    """

    CONFIDENT = "confident"
    OUTLIER = "outlier"


@dataclass(frozen=True)
class FilterDecision:
    """Whether an item is filtered, with the figures that decide; each limit is 0 where it is off.

    Attributes:
        probability: of the likeliest class.
        confidence_filter: from which on it may be confident.
        evidence: for that class: vote mass, or near labelled items where the nearest vote.
        min_evidence: that it takes to be confident.
        agreement: part of the evidence that is for that class, which takes `confidence_filter` too.
        density: the item's local density.
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
class FilterCounts:
    """Open items that active choice leaves out for now."""

    confident: int = 0
    outliers: int = 0


NOTHING_FILTERED = FilterCounts()


class ItemState(StrEnum):
    """Where an item is in its life."""

    UNLABELLED = "unlabelled"
    LEASED = "leased"
    LABELLED = "labelled"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to add; its vector comes separately, as a row.

    Attributes:
        content_hash: SHA-256 of the raw content, hexadecimal.
        holdout: keeps it for measuring, whatever the pool's share.
        gold: its true label, to keep it for checking annotators.
        sketch: what its duplicates are found by; None where its content is not known.
        augmentations: (v, d) of its content, by the pool's augmentations.
    """

    item_id: str
    content_hash: str
    metadata: Mapping[str, str] = field(default_factory=lambda: NO_METADATA)
    holdout: bool = False
    gold: str = ""
    sketch: Sketch | None = None
    augmentations: Vectors | None = field(default=None, compare=False)


@dataclass(frozen=True)
class NewExample:
    """An example to add; its vector comes separately, as a row.

    Attributes:
        content_hash: SHA-256 of the raw content, hexadecimal.
        relabel: allows its label to take the place of another.
    """

    example_id: str
    content_hash: str
    label: str
    relabel: bool = False


@dataclass(frozen=True)
class ExamplesAdded:
    """Outcome of adding examples.

    Attributes:
        existing: examples that were there already with the same content and label.
        failures: why an example was not taken, by its place in the request.
    """

    added: int
    relabelled: int
    existing: int
    failures: Mapping[int, VicinalError] = field(default_factory=dict)


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
    """A class with its part of the votes, 0 to 1."""

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
        arm: ACTIVE, with its control suggestions, HOLDOUT, or REVIEW.
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


@dataclass(frozen=True)
class DuplicateCounts:
    """Groups of duplicates in a pool.

    Attributes:
        groups: each has one member that is shown.
        duplicates: the others of all groups.
        restored: items that were duplicates until a person restored them.
    """

    groups: int = 0
    duplicates: int = 0
    restored: int = 0


NO_DUPLICATES = DuplicateCounts()


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
class DuplicateMember:
    """A duplicate in its group: the item as it stands, and what speaks for it."""

    item: "ItemSummary"
    record: DuplicateRecord


@dataclass(frozen=True)
class DuplicateGroup:
    """Items that are duplicates of one another: the one that is shown, and the others by id.

    Attributes:
        representative: the one that is shown.
        duplicates: the others, or a part of them.
        count: how many others there are.
    """

    representative: "ItemSummary"
    duplicates: Sequence[DuplicateMember]
    count: int


@dataclass(frozen=True)
class GroupCursor:
    """Where a listing of groups goes on.

    Attributes:
        representative_id: of the group that was listed last.
        duplicate_id: of it, the duplicate that was listed last; empty where all of them were.
    """

    representative_id: str = ""
    duplicate_id: str = ""


FIRST_GROUP = GroupCursor()


@dataclass(frozen=True)
class ContentMatch:
    """An item that a content from outside is a duplicate of.

    Attributes:
        kind: what the content is of the item.
        representative_id: the item that stands for its group; mostly itself.
    """

    item_id: str
    kind: DuplicateKind
    evidence: Evidence
    representative_id: str


@dataclass(frozen=True)
class ItemCounts:
    """Items of a pool by state."""

    unlabelled: int = 0
    leased: int = 0
    labelled: int = 0
    skipped: int = 0
    excluded: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.unlabelled + self.leased + self.labelled + self.skipped + self.excluded


@dataclass(frozen=True)
class HoldoutCounts:
    """Items that are kept for measuring."""

    items: int = 0
    labelled: int = 0


@dataclass(frozen=True)
class SuggestionCounts:
    """Suggestions made so far, whatever became of them."""

    active: int = 0
    control: int = 0


@dataclass(frozen=True)
class GraphSummary:
    """The neighbour graph of a pool.

    Attributes:
        covered_items: how many of its first items are in it.
        progress: of the build under way, 0 to 1; 1 where there is none.
        description: how neighbours are searched.
        recall: share of the true nearest neighbours that were found, on a sample; 1 where search is exact.
    """

    covered_items: int
    progress: float
    description: str
    recall: float


@dataclass(frozen=True)
class PoolSummary:
    """A pool as it stands.

    Attributes:
        label_counts: by label, of current labels.
        graph: None until it was needed.
        examples: how many vote besides the pool's items.
        unavailable: why the pool could not be loaded and is not served; empty where it is.
        filtered: as far as the graph is there.
    """

    config: PoolConfig
    counts: ItemCounts
    label_counts: Mapping[str, int]
    open_leases: int
    graph: GraphSummary | None = None
    holdout: HoldoutCounts = HoldoutCounts()
    suggestions: SuggestionCounts = SuggestionCounts()
    examples: int = 0
    duplicates: DuplicateCounts = NO_DUPLICATES
    unavailable: str = ""
    filtered: FilterCounts = NOTHING_FILTERED


@dataclass(frozen=True)
class AccuracyAt:
    """Accuracy with so many labels learned from."""

    label_count: int
    interval: Interval


@dataclass(frozen=True)
class RandomLabels:
    """Labels that random sampling would have needed for the accuracy of now.

    Attributes:
        is_lower_bound: at least so many; the labels do not show more.
        message: how that is known, in plain words.
    """

    label_count: float
    is_lower_bound: bool
    message: str


@dataclass(frozen=True)
class ActiveAgainstRandom:
    """A model of the first labels as they were suggested, against one of as many control labels.

    Attributes:
        difference: of the accuracies on the same items, active less random, and its interval's ends.
        labels_each: that either model learned from.
        items: that both were asked about.
        message: the verdict in plain words, and what to do about it.
    """

    benefit: Benefit
    difference: float
    low: float
    high: float
    labels_each: int
    items: int
    message: str


@dataclass(frozen=True)
class LearningCurve:
    """Accuracy over labels, and what random sampling would have brought.

    Attributes:
        source: what accuracy is measured on, HOLDOUT or CONTROL; None: nothing measures it.
        points: by label count.
        now: None where nothing measures it.
        random: None where nothing shows random sampling.
        notes: what is missing, in plain words, where something is.
    """

    source: Arm | None
    points: Sequence[AccuracyAt]
    now: AccuracyAt | None
    random: RandomLabels | None
    active_against_random: ActiveAgainstRandom
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class StopSign:
    """One figure that speaks for stopping or against it.

    Attributes:
        reason: None where it belongs to no rule.
        message: a plain sentence.
    """

    reason: StopReason | None
    figure: float
    threshold: float
    message: str


@dataclass(frozen=True)
class Advice:
    """Whether to stop labelling.

    Attributes:
        reasons: for stopping; empty: go on.
        against: what speaks against stopping, even where there are reasons for it.
    """

    reasons: Sequence[StopSign]
    against: Sequence[StopSign]
    label_count: int
    source: Arm | None
    now: AccuracyAt | None
    active_against_random: ActiveAgainstRandom
