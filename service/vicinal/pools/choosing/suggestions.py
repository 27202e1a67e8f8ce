"""New items under each arm, and the suggestions that labels answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vicinal.core.arms import SuggestionRecord, control_row, is_control
from vicinal.core.arrays import Mask
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Event
from vicinal.core.scoring.selection import Pick
from vicinal.core.scoring.strategies import STRATEGIES, Strategy
from vicinal.pools import clock
from vicinal.pools.rules import Step
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, EventKind

# Holdout items are asked for in random order, so that those labelled so far are a sample of all.
HOLDOUT_ORDER = STRATEGIES["random"]


@dataclass(frozen=True)
class ControlSampler:
    """Decides which places of a batch are drawn at random, and what they get.

    Attributes:
        config: of the pool, for its seed and control share.
        place: how many suggestions of active and control arm were made before the batch.
    """

    config: PoolConfig
    place: int

    def arm(self, slot: int) -> Arm:
        """Under which arm the batch's item at `slot` is suggested."""
        suggested = is_control(self.config.seed, self.place + slot, self.config.control_share)
        return Arm.CONTROL if suggested else Arm.ACTIVE

    def __call__(self, slot: int, is_open: Mask) -> int | None:
        """The position drawn at `slot` from the open ones; None where the strategy is to choose.

        Raises:
            CallEnded: nobody waits for the batch any more.
        """
        clock.check()
        if self.arm(slot) is Arm.ACTIVE:
            return None
        positions = np.flatnonzero(is_open)
        return int(positions[control_row(self.config.seed, self.place + slot, len(positions))])


@dataclass(frozen=True)
class Suggestion:
    """An item to hand out.

    Attributes:
        pick: the item and its score.
        arm: under which it is suggested.
        record: to be stored of it; None where it was suggested before, to another annotator, or is no
            numbered suggestion.
        is_blind: nothing of what the votes say may sway the annotator.
    """

    pick: Pick
    arm: Arm
    record: SuggestionRecord | None = None
    is_blind: bool = False


def new_holdout(state: PoolState, size: int) -> list[Suggestion]:
    """Items to measure on that nobody has or had, in random order."""
    open_items = state.items.open_holdout
    picks = state.scorer.batch(open_items, state.items.ids, HOLDOUT_ORDER, size)
    suggested = _make_suggestions(state, picks, [Arm.HOLDOUT] * len(picks), open_items)
    return [replace(suggestion, is_blind=True) for suggestion in suggested]


def new_items(state: PoolState, size: int, strategy: Strategy) -> list[Suggestion]:
    """Items to learn from that nobody has or had, as strategy and control share say."""
    open_items = state.scorer.scorable(state.items.eligible)
    control_sampler = ControlSampler(state.config, state.suggestions.place)
    # Control suggestions are drawn from all open items, or accuracy would not be that of the whole pool.
    filter_grades = state.scorer.filtered(strategy, state.items.never_filter)
    picks = state.scorer.batch(
        open_items, state.items.ids, strategy, size, sampler=control_sampler, filter_grades=filter_grades
    )
    return _make_suggestions(
        state, picks, [control_sampler.arm(slot) for slot in range(len(picks))], open_items
    )


def _make_suggestions(
    state: PoolState, picks: Sequence[Pick], arms: Sequence[Arm], open_items: Mask
) -> list[Suggestion]:
    first, eligible = state.suggestions.count + 1, int(np.count_nonzero(open_items))
    return [
        Suggestion(
            pick, arm, SuggestionRecord(first + slot, state.items.ids[pick.position], arm, eligible - slot)
        )
        for slot, (pick, arm) in enumerate(zip(picks, arms, strict=True))
    ]


def events_of(state: PoolState, steps: Sequence[Step], at: float, annotator: str, reason: str) -> list[Event]:
    """The log's lines of steps, before they are taken: labels with their suggestion, and what was predicted.

    A label that takes another's place keeps what was predicted before the first; of several annotators'
    labels the first alone answers the suggestion.
    """
    predicted = _predictions(state, steps)
    events = []
    for step in steps:
        suggestion, said = state.suggestions.last(step.item_id), predicted.get(step.item_id, "")
        position = state.items.position(step.item_id)
        if step.kind is EventKind.RELABELLED:
            before = state.items.given_by(position, annotator)
            suggestion, said = (before.suggestion, before.predicted) if before else (None, "")
        elif step.kind is not EventKind.LABELLED or state.items.state(position) is ItemState.LABELLED:
            suggestion = None
        events.append(
            Event(
                step.kind,
                step.item_id,
                at,
                step.label,
                annotator,
                reason,
                suggestion=suggestion,
                predicted=said,
            )
        )
    return events


def _predictions(state: PoolState, steps: Iterable[Step]) -> dict[str, str]:
    """What the votes say now of suggested items that are about to get their label."""
    fresh = [
        step
        for step in steps
        if step.kind is EventKind.LABELLED
        and state.suggestions.last(step.item_id)
        and not state.items.label(state.items.position(step.item_id))
    ]
    votes = state.scorer.votes
    if not fresh or not votes.label_count:
        return {}
    # After a restart this may be the first to need the graph.
    state.scorer.refresh()
    positions = np.array([state.items.position(step.item_id) for step in fresh], dtype=np.int64)
    # Equal probabilities: the first, as classify has it.
    columns, classes = votes.probabilities(positions).argmax(axis=1), votes.classes
    return {step.item_id: classes[column] for step, column in zip(fresh, columns, strict=True)}
