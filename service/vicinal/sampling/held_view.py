"""Tells which items are held back from active choice, and why."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from vicinal.core.arrays import Mask
from vicinal.core.batch import ISOLATED, KNOWN, Held, first_in_line
from vicinal.core.strategies import Strategy, strategy_named
from vicinal.sampling.held_results import HeldBack, HeldBackCounts, Holding
from vicinal.sampling.holding import Finding
from vicinal.sampling.state import PoolState

REASONS: Mapping[int, HeldBack] = MappingProxyType({KNOWN: HeldBack.KNOWN, ISOLATED: HeldBack.ISOLATED})


def held_back(state: PoolState) -> Held:
    """(N,) the grade by which each open item is held back from the pool's own strategy; 0 for all others."""
    grades = np.zeros(len(state.items), dtype=np.uint8)
    held = state.scorer.held_back(strategy_named(state.config.strategy), state.items.kept_in)
    if held is not None:
        grades[: len(held)] = held * state.items.eligible[: len(held)]
    return grades


def held_back_counts(state: PoolState) -> HeldBackCounts:
    """How many items are held back."""
    counts = np.bincount(held_back(state), minlength=ISOLATED + 1)
    return HeldBackCounts(int(counts[KNOWN]), int(counts[ISOLATED]))


def chosen_among(state: PoolState, strategy: Strategy) -> Mask:
    """(rows,) the open items that the strategy chooses among now."""
    held = state.scorer.held_back(strategy, state.items.kept_in)
    return first_in_line(state.scorer.scorable(state.items.eligible), held)


def holding(state: PoolState, position: int, strategy: Strategy) -> Holding | None:
    """Whether an item is held back, and by which figures; None where that cannot be."""
    finding = state.scorer.finding(position, strategy)
    if finding is None:
        return None
    held = state.scorer.held_back(strategy, state.items.kept_in)
    open_and_held = held is not None and bool(state.items.eligible[position])
    reason = REASONS.get(int(held[position])) if held is not None and open_and_held else None
    knowledge, limits = finding.knowledge, finding.limits
    least_density = finding.least_density if np.isfinite(finding.least_density) else 0.0
    return Holding(
        reason,
        knowledge.share,
        limits.known_share,
        knowledge.agreeing,
        knowledge.least if limits.known_share > 0 else 0.0,
        knowledge.agreeing / knowledge.evidence if knowledge.evidence else 0.0,
        finding.density,
        least_density,
        _message(reason, finding, bool(state.items.kept_in[position])),
    )


def _message(reason: HeldBack | None, finding: Finding, kept_in: bool) -> str:
    knowledge = finding.knowledge
    if reason is HeldBack.KNOWN:
        return (
            f"Held back as known: {knowledge.share:.0%} of its votes are for {knowledge.label!r} (from "
            f"{finding.limits.known_share:.0%} on), and labels near it agree. Restore it to label it."
        )
    if reason is HeldBack.ISOLATED:
        return (
            f"Held back as isolated: its local density {finding.density:.3f} is below "
            f"{finding.least_density:.3f}, so it is like little else in the pool. Look at it; then restore "
            "or exclude it."
        )
    return "Not held back: it was restored." if kept_in else "Not held back."
