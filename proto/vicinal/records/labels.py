"""Leases, suggestions and labels: what an annotator gets and gives, and the log of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vicinal.records.votes import ScoreParts


class Arm(StrEnum):
    """Under which arm an item is suggested.

    ACTIVE: the strategy chose it.
    CONTROL: drawn uniformly at random from all open items, those filtered included.
    HOLDOUT: kept for measuring; its label is never learned from.
    REVIEW: its annotators disagree, and somebody else is to have a look.
    """

    ACTIVE = "active"
    CONTROL = "control"
    HOLDOUT = "holdout"
    REVIEW = "review"


@dataclass(frozen=True)
class SuggestedItem:
    """An item worth a label now, and why.

    Attributes:
        score: None where the caller may not see it: scores would show which items are gold.
        probabilities: by class, the 100 likeliest at most, likeliest first; those of all classes sum to 1.
            Empty before the first label, and for the holdout, so that they influence nobody.
        arm: under which it is suggested.
    """

    item_id: str
    metadata: Mapping[str, str]
    score: ScoreParts | None
    probabilities: Mapping[str, float]
    arm: Arm = Arm.ACTIVE


@dataclass(frozen=True)
class Lease:
    """Items that are handed to one annotator for a time.

    Attributes:
        expires_at: when it ends.
        item_ids: those still open, in the order they were suggested.
    """

    lease_id: str
    annotator: str
    expires_at: datetime | None
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class Batch:
    """Items leased together, best first; no lease when nothing is left to suggest.

    Attributes:
        strategy: that chose them.
    """

    lease: Lease | None
    items: Sequence[SuggestedItem]
    strategy: str

    @property
    def lease_id(self) -> str:
        """Of its lease; empty without one."""
        return self.lease.lease_id if self.lease else ""

    @property
    def expires_at(self) -> datetime | None:
        """When its lease ends; None without one."""
        return self.lease.expires_at if self.lease else None


@dataclass(frozen=True)
class Submitted:
    """Outcome of submitting labels.

    Attributes:
        unchanged: items that had this very label already.
        next: the next batch, if it was asked for.
    """

    labelled: int
    relabelled: int
    unchanged: int
    next: Batch | None = None


class EventKind(StrEnum):
    """What happened to an item."""

    LABELLED = "labelled"
    RELABELLED = "relabelled"
    LABEL_REMOVED = "label_removed"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"
    RESTORED = "restored"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class LabelEvent:
    """A line of the label log with what is known of its item and suggestion.

    Attributes:
        sequence: 1, 2, ... within the pool.
        at: when it happened.
        metadata: the item's.
        arm: of a label, how the item was suggested; None if it never was.
        suggestion_number: number of that suggestion within the pool; 0 if there was none.
        eligible_items: that were open then, itself included.
        predicted_label: what the votes said just before the label was added; empty if nothing.
        carried_from: of a line made for a duplicate, the item whose label it is.
        holdout: whether the item is kept for measuring, so that its labels do not vote.
    """

    sequence: int
    kind: EventKind
    item_id: str
    label: str
    annotator: str
    reason: str
    at: datetime | None
    metadata: Mapping[str, str]
    arm: Arm | None
    suggestion_number: int
    eligible_items: int
    predicted_label: str
    carried_from: str = ""
    holdout: bool = False
