"""Pools, as the client shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vicinal.client.copy_results import NO_COPIES, CopyCounts
from vicinal.client.filters import HeldBackCounts
from vicinal.client.resources import Fingerprint


@dataclass(frozen=True)
class ItemCounts:
    """How many items of a pool are in which state."""

    total: int
    unlabelled: int
    leased: int
    labelled: int
    skipped: int
    excluded: int


@dataclass(frozen=True)
class HoldoutCounts:
    """Items that are kept to measure on."""

    items: int
    labelled: int


@dataclass(frozen=True)
class SuggestionCounts:
    """How many suggestions were chosen, and how many drawn at random."""

    active: int
    control: int


@dataclass(frozen=True)
class NeighbourGraph:
    """The graph that votes spread over.

    Attributes:
        covered_items: how many of the pool's items are in it; the others are not suggested yet.
        progress: of the build under way, 0 to 1; 1 where there is none.
        description: how neighbours are searched.
        recall: share of the true nearest neighbours that were found, on a sample; 1 where search is exact.
    """

    covered_items: int
    progress: float
    description: str
    recall: float


@dataclass(frozen=True)
class Pool:
    """A pool: what it was made with, and where it stands.

    Attributes:
        featurizer: empty for a pool of plain vectors.
        metric: "cosine" or "euclidean".
        vote_neighbours: labelled neighbours that vote on an item.
        vote_weighting: "similarity" or "uniform".
        vote_model: "direct", "diffused" or "blended".
        classes: the labels that may be given; empty if any may.
        fingerprint: of the featurizer; None for plain vectors.
        label_counts: labelled items by class.
        graph: None until it was needed.
        holdout_share: share of the items that are kept to measure on.
        control_share: share of the suggestions that are drawn at random.
        holdout: its items, which are in `counts` too.
        suggestions: made so far, whatever became of them.
        examples: labelled contents that vote and are no items.
        copies_found: which copies among its items are found: "keep" (none), "exact" or "near".
        carry_labels: whether an item's label votes for its copies; of texts and vectors, for the same ones.
        copies: groups of copies.
        views: names of augmented views by which near copies are looked for too.
        unavailable: why the server could not load the pool and does not serve it; empty where it does.
        known_share: share of the likeliest class from which an item may count as known; 0 is never.
        isolation: multiple of the usual spread of densities from which an item counts as noise; 0 is never.
        held_back: open items that active choice leaves out for now.
    """

    pool_id: str
    featurizer: str
    dimension: int
    metric: str
    strategy: str
    vote_neighbours: int
    vote_weighting: str
    vote_model: str
    classes: tuple[str, ...]
    seed: int
    fingerprint: Fingerprint | None
    created_at: datetime | None
    counts: ItemCounts
    label_counts: Mapping[str, int]
    open_leases: int
    graph: NeighbourGraph | None
    holdout_share: float
    control_share: float
    overlap: int
    consensus: str
    gold_share: float
    holdout: HoldoutCounts
    suggestions: SuggestionCounts
    examples: int = 0
    copies_found: str = "keep"
    carry_labels: bool = False
    copies: CopyCounts = NO_COPIES
    views: tuple[str, ...] = ()
    unavailable: str = ""
    known_share: float = 0.0
    isolation: float = 0.0
    held_back: HeldBackCounts = field(default_factory=HeldBackCounts)
