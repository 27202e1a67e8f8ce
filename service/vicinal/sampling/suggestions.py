"""Which items are suggested under which arm, and what labels tell of the suggestions that they answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vicinal.core.arms import Arm, Draw, control_row, is_control
from vicinal.core.batch import Mask, Pick
from vicinal.core.ports import Event, EventKind, PoolConfig
from vicinal.core.strategies import STRATEGIES, Strategy
from vicinal.sampling.results import NextBatch
from vicinal.sampling.rules import Step
from vicinal.sampling.state import PoolState

# Holdout items are asked for in random order, so that those labelled so far are a sample of all.
HOLDOUT_ORDER = STRATEGIES["random"]


@dataclass(frozen=True)
class Lottery:
    """Decides which places of a batch are drawn at random, and what they get.

    Attributes:
        config: of the pool, for its seed and control share.
        place: how many suggestions of active and control arm were made before the batch.
    """

    config: PoolConfig
    place: int

    def arm(self, slot: int) -> Arm:
        """Under which arm the batch's item at `slot` is suggested."""
        drawn = is_control(self.config.seed, self.place + slot, self.config.control_share)
        return Arm.CONTROL if drawn else Arm.ACTIVE

    def __call__(self, slot: int, is_open: Mask) -> int | None:
        """The position drawn at `slot` from the open ones; None where the strategy is to choose."""
        if self.arm(slot) is Arm.ACTIVE:
            return None
        positions = np.flatnonzero(is_open)
        return int(positions[control_row(self.config.seed, self.place + slot, len(positions))])


@dataclass(frozen=True)
class Suggestion:
    """An item to hand out: the pick, and the draw to keep of it."""

    pick: Pick
    draw: Draw


def choose(state: PoolState, wanted: NextBatch, strategy: Strategy) -> list[Suggestion]:
    """The next items of the wanted arm, in order; fewer than wanted where there are no more."""
    items, scorer = state.items, state.scorer
    if wanted.arm is Arm.HOLDOUT:
        open_items = items.open_holdout
        picks = scorer.batch(open_items, items.ids, HOLDOUT_ORDER, wanted.size)
        arms = [Arm.HOLDOUT] * len(picks)
    else:
        open_items = scorer.scorable(items.eligible)
        lottery = Lottery(state.config, state.draws.place)
        # Chance draws from all open items, or accuracy would not be that of the whole pool.
        held = scorer.held_back(strategy, items.kept_in)
        picks = scorer.batch(open_items, items.ids, strategy, wanted.size, drawing=lottery, held=held)
        arms = [lottery.arm(slot) for slot in range(len(picks))]
    first, eligible = state.draws.count + 1, int(np.count_nonzero(open_items))
    return [
        Suggestion(pick, Draw(first + slot, items.ids[pick.position], arm, eligible - slot))
        for slot, (pick, arm) in enumerate(zip(picks, arms, strict=True))
    ]


def events_of(state: PoolState, steps: Sequence[Step], at: float, annotator: str, reason: str) -> list[Event]:
    """The log's lines of steps, before they are taken: labels with their draw, and what was predicted.

    A label that takes another's place keeps what was predicted before the first.
    """
    predicted = _predictions(state, steps)
    events = []
    for step in steps:
        draw, said = state.draws.last(step.item_id), predicted.get(step.item_id, "")
        if step.kind is EventKind.RELABELLED:
            before = state.items.last_event(state.items.position(step.item_id))
            draw, said = (before.draw, before.predicted) if before else (None, "")
        elif step.kind is not EventKind.LABELLED:
            draw = None
        events.append(
            Event(step.kind, step.item_id, at, step.label, annotator, reason, draw=draw, predicted=said)
        )
    return events


def _predictions(state: PoolState, steps: Iterable[Step]) -> dict[str, str]:
    """What the votes say now of suggested items that are about to get their label."""
    fresh = [step for step in steps if step.kind is EventKind.LABELLED and state.draws.last(step.item_id)]
    votes = state.scorer.votes
    if not fresh or not votes.label_count:
        return {}
    positions = np.array([state.items.position(step.item_id) for step in fresh], dtype=np.int64)
    # Equal shares: the first, as classify has it.
    columns, classes = votes.shares(positions).argmax(axis=1), votes.classes
    return {step.item_id: classes[column] for step, column in zip(fresh, columns, strict=True)}
