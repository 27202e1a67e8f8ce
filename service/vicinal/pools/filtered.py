"""Which items are filtered, and why."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from vicinal.core.arrays import Mask
from vicinal.core.scoring.selection import CONFIDENT, OUTLIER, FilterGrades, first_in_line
from vicinal.core.scoring.strategies import Strategy, strategy_named
from vicinal.pools.scoring.filters import FilterFigures
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import FilterDecision, FilterReason
from vicinal.records.pools import FilterCounts

REASONS: Mapping[int, FilterReason] = MappingProxyType(
    {CONFIDENT: FilterReason.CONFIDENT, OUTLIER: FilterReason.OUTLIER}
)


def filtered(state: PoolState) -> FilterGrades:
    """(N,) filter grade of each open item under the pool's strategy; 0 where it is not filtered."""
    grades = np.zeros(len(state.items), dtype=np.uint8)
    filter_grades = state.scorer.filtered(strategy_named(state.config.strategy), state.items.never_filter)
    if filter_grades is not None:
        grades[: len(filter_grades)] = filter_grades * state.items.eligible[: len(filter_grades)]
    return grades


def filter_counts(state: PoolState) -> FilterCounts:
    """How many items are filtered."""
    counts = np.bincount(filtered(state), minlength=OUTLIER + 1)
    return FilterCounts(int(counts[CONFIDENT]), int(counts[OUTLIER]))


def chosen_among(state: PoolState, strategy: Strategy) -> Mask:
    """(rows,) the open items that the strategy chooses among now."""
    filter_grades = state.scorer.filtered(strategy, state.items.never_filter)
    return first_in_line(state.scorer.scorable(state.items.eligible), filter_grades)


def filter_decision(state: PoolState, position: int, strategy: Strategy) -> FilterDecision | None:
    """Whether an item is filtered, and by which figures; None where that cannot be."""
    filter_figures = state.scorer.filter_figures(position, strategy)
    if filter_figures is None:
        return None
    filter_grades = state.scorer.filtered(strategy, state.items.never_filter)
    is_open = bool(state.items.eligible[position])
    grade = int(filter_grades[position]) if filter_grades is not None and is_open else 0
    reason = REASONS.get(grade)
    confidence, limits = filter_figures.confidence, filter_figures.limits
    least_density = filter_figures.least_density if np.isfinite(filter_figures.least_density) else 0.0
    return FilterDecision(
        reason,
        confidence.probability,
        limits.confidence_filter,
        confidence.agreeing,
        confidence.least if limits.confidence_filter > 0 else 0.0,
        confidence.agreeing / confidence.evidence if confidence.evidence else 0.0,
        filter_figures.density,
        least_density,
        _message(reason, filter_figures, bool(state.items.never_filter[position])),
    )


def _message(reason: FilterReason | None, filter_figures: FilterFigures, never_filter: bool) -> str:
    confidence = filter_figures.confidence
    if reason is FilterReason.CONFIDENT:
        return (
            f"Filtered as confident: {confidence.probability:.0%} of its votes are for {confidence.label!r} "
            f"(from {filter_figures.limits.confidence_filter:.0%} on), and labels near it agree. "
            "Restore it to label it."
        )
    if reason is FilterReason.OUTLIER:
        return (
            f"Filtered as an outlier: its local density {filter_figures.density:.3f} is below "
            f"{filter_figures.least_density:.3f}, so it is like little else in the pool. "
            "Look at it; then restore or exclude it."
        )
    return "Not filtered: it was restored." if never_filter else "Not filtered."
