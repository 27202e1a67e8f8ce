"""Pools as they stand: what they were made with, and what is in them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from vicinal.records.pool_options import PoolOptions


class Medium(StrEnum):
    """What a featurizer reads."""

    VECTOR = "vector"
    IMAGE = "image"
    TEXT = "text"


@dataclass(frozen=True)
class Fingerprint:
    """What makes vectors comparable: vectors with equal digests can be compared.

    Attributes:
        name: of the featurizer.
        version: of the model's weights.
        preprocessing: what is done to a content before the model reads it.
        dimension: of the vectors.
        medium: what the featurizer reads.
    """

    name: str
    version: str
    preprocessing: str
    dimension: int
    medium: Medium

    @property
    def digest(self) -> str:
        """32 hexadecimal characters of the SHA-256 of all fields."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class ItemCounts:
    """How many items of a pool are in which state."""

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
    """Suggestions made so far by how they were chosen, whatever became of them."""

    active: int = 0
    control: int = 0


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


@dataclass(frozen=True)
class FilterCounts:
    """Open items that active choice leaves out for now; 0 until the pool's graph is there."""

    confident: int = 0
    outliers: int = 0


@dataclass(frozen=True)
class NeighbourGraph:
    """The neighbour graph of a pool, which votes spread over.

    Attributes:
        covered_items: how many of the pool's first items are in it; the others are not suggested yet.
        progress: of the build under way, 0 to 1; 1 where there is none.
        description: how neighbours are searched.
        recall: share of the true nearest neighbours that were found, on a sample; 1 where search is exact.
    """

    covered_items: int
    progress: float
    description: str
    recall: float


@dataclass(frozen=True, kw_only=True)
class PoolStatus:
    """What is in a pool now.

    Attributes:
        counts: its items by state.
        label_counts: current labels by class.
        open_leases: how many leases are open.
        graph: None until it was needed.
        holdout: its items kept for measuring, which are in `counts` too.
        suggestions: made so far.
        examples: labelled contents that vote and are no items.
        duplicate_counts: its groups of duplicates.
        unavailable: why the pool could not be loaded and is not served; empty where it is.
        filtered: open items that active choice leaves out for now, as far as the graph is there.
    """

    counts: ItemCounts = ItemCounts()
    label_counts: Mapping[str, int] = field(default_factory=dict)
    open_leases: int = 0
    graph: NeighbourGraph | None = None
    holdout: HoldoutCounts = HoldoutCounts()
    suggestions: SuggestionCounts = SuggestionCounts()
    examples: int = 0
    duplicate_counts: DuplicateCounts = DuplicateCounts()
    unavailable: str = ""
    filtered: FilterCounts = FilterCounts()


@dataclass(frozen=True)
class Pool(PoolOptions, PoolStatus):
    """A pool: the options that it was made with, the strategy's own filled in, and what is in it now.

    Attributes:
        fingerprint: of the featurizer; None for plain vectors.
        created_at: when it was made.
    """

    fingerprint: Fingerprint | None = None
    created_at: datetime | None = None
