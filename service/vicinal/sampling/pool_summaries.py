"""What a pool looks like from outside: its settings, and how many of everything there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from vicinal.core.ports import PoolConfig
from vicinal.sampling.duplicate_results import NO_DUPLICATES, DuplicateCounts
from vicinal.sampling.filter_results import NOTHING_FILTERED, FilterCounts


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
        label_counts: by label, of labels that stand now.
        graph: None until it was needed.
        examples: how many vote beside the pool's items.
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
