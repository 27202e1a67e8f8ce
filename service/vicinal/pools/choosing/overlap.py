"""Which items an annotator gets next: gold, those that others have begun, disputed ones, new ones."""

from collections.abc import Iterable, Iterator

import numpy as np

from vicinal.core.arms import gold_priority, is_gold_turn
from vicinal.core.scoring.selection import Pick
from vicinal.core.scoring.strategies import Strategy
from vicinal.pools.choosing.suggestions import Suggestion, new_holdout, new_items
from vicinal.pools.results import BatchRequest
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm
from vicinal.records.votes import ScoreParts

UNSCORED = ScoreParts(0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def begun_by_others(
    state: PoolState, size: int, strategy: Strategy, annotator: str, *, is_holdout: bool
) -> list[Suggestion]:
    """Items that others label or have labelled and that are to have more annotators, first begun first.

    They come without what the votes say, which knows the others' labels.
    """
    if state.items.annotations.overlap == 1:
        return []
    arm = Arm.HOLDOUT if is_holdout else Arm.ACTIVE
    found = (
        position
        for position in _begun(state)
        if state.items.holdout[position] == is_holdout
        and state.items.is_learned(position) != is_holdout
        and _is_new_to(state, position, annotator)
    )
    return _blind(state, _first(found, size), arm, strategy)


def looked_at_again(state: PoolState, size: int, strategy: Strategy, annotator: str) -> list[Suggestion]:
    """Items whose annotators disagree, the most disputed first, that this one has not seen."""
    found = (
        position
        for position in state.items.disputed()
        if not state.leases.is_leased(state.items.ids[position]) and _is_new_to(state, position, annotator)
    )
    return _blind(state, _first(found, size), Arm.REVIEW, strategy)


def gold_turns(state: PoolState, size: int, strategy: Strategy, annotator: str) -> dict[int, Suggestion]:
    """The slots of a batch that gold items take, with an item that the annotator has not seen for each.

    They look like any other suggestion.
    """
    share = state.config.gold_share
    if not share:
        return {}
    place = state.items.answers(annotator) + state.leases.items_of(annotator)
    # Seed and names are known to annotators; without the secret they could work out which items are gold.
    seed, who = state.config.seed, f"{state.config.gold_secret}{annotator}"
    turns = [slot for slot in range(size) if is_gold_turn(seed, who, place + slot, share)]
    if not turns:
        return {}
    unseen = [position for position in state.items.gold if _is_open_gold(state, position, annotator)]
    ids = state.items.ids
    unseen.sort(key=lambda position: gold_priority(seed, who, ids[position]))
    return {
        slot: Suggestion(_pick(state, position, strategy), Arm.ACTIVE, is_blind=_is_begun(state, position))
        for slot, position in zip(turns, unseen, strict=False)
    }


def _begun(state: PoolState) -> Iterator[int]:
    """Items with fewer annotators, those that hold it counted in, than each is to have."""
    for position in state.items.annotations.wanting():
        if _annotators(state, position) < state.items.annotations.overlap:
            yield position
    for position in map(state.items.position, state.leases.items()):
        is_unlabelled = state.items.state(position) is ItemState.LEASED
        if is_unlabelled and _annotators(state, position) < state.items.annotations.overlap:
            yield position


def _annotators(state: PoolState, position: int) -> int:
    holders = {lease.annotator for lease in state.leases.of_item(state.items.ids[position])}
    return len(holders | state.items.annotations.of(position).keys())


def _is_new_to(state: PoolState, position: int, annotator: str) -> bool:
    holders = (lease.annotator for lease in state.leases.of_item(state.items.ids[position]))
    return not state.items.annotations.has_seen(position, annotator) and annotator not in holders


def _is_begun(state: PoolState, position: int) -> bool:
    """Whether it would come without what the votes say if it were not gold."""
    return state.items.annotations.overlap > 1 and _annotators(state, position) > 0


def _is_open_gold(state: PoolState, position: int, annotator: str) -> bool:
    is_open = state.items.state(position) is not ItemState.EXCLUDED
    return is_open and _is_new_to(state, position, annotator)


def _first(positions: Iterable[int], size: int) -> list[int]:
    return [position for position, _ in zip(positions, range(size), strict=False)]


def _blind(state: PoolState, positions: Iterable[int], arm: Arm, strategy: Strategy) -> list[Suggestion]:
    return [Suggestion(_pick(state, position, strategy), arm, is_blind=True) for position in positions]


def _pick(state: PoolState, position: int, strategy: Strategy) -> Pick:
    """The item with the score that it has by itself; none while the graph does not cover it."""
    if position >= state.scorer.votes.rows:
        return Pick(position, UNSCORED)
    alone = np.array([position], dtype=np.int64)
    return Pick(position, state.scorer.scores(alone, state.items.ids, strategy).part(0))


def choose(state: PoolState, wanted: BatchRequest, strategy: Strategy, annotator: str) -> list[Suggestion]:
    """The next items of the wanted arm for an annotator, in order; fewer than wanted where there are no more.

    Items that others have begun and that are to have more annotators come before new ones.
    """
    if wanted.arm is Arm.REVIEW:
        return looked_at_again(state, wanted.size, strategy, annotator)
    is_holdout = wanted.arm is Arm.HOLDOUT
    gold = {} if is_holdout else gold_turns(state, wanted.size, strategy, annotator)
    room = wanted.size - len(gold)
    others = begun_by_others(state, room, strategy, annotator, is_holdout=is_holdout)
    room -= len(others)
    if room:
        others += new_holdout(state, room) if is_holdout else new_items(state, room, strategy)
    for slot, suggestion in sorted(gold.items()):
        others.insert(slot, suggestion)
    return others
