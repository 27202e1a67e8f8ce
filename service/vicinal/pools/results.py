"""What the use cases take, and what they return to the service alone: plain records, ids, no positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vicinal.core.arrays import Vectors
from vicinal.core.errors import VicinalError
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import NO_METADATA, Sketch
from vicinal.records.labels import Arm
from vicinal.records.pools import PoolStatus


@dataclass(frozen=True, slots=True)
class PreparedItem:
    """An item to add, checked and hashed; its vector comes separately, as a row.

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
class ItemsOutcome:
    """Outcome of adding items, with errors as the service raises them; callers get `ItemError`s.

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
class LabelInput:
    """A label for an item; `relabel` allows it to take the place of another."""

    item_id: str
    label: str
    relabel: bool = False


@dataclass(frozen=True)
class BatchRequest:
    """The batch that an annotator asks for; None and empty take the defaults.

    Attributes:
        arm: ACTIVE, with its control suggestions, HOLDOUT, or REVIEW.
    """

    size: int = 1
    lease_seconds: float | None = None
    strategy: str = ""
    arm: Arm = Arm.ACTIVE


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
class PoolSummary(PoolStatus):
    """What is in a pool now, with its settings as the service keeps them; callers get a `Pool` made of it."""

    config: PoolConfig
