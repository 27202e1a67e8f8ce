"""What is suggested next: the items for an annotator, and the leases that hand them out."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vicinal.core.arms import SuggestionRecord, control_row, gold_priority, is_control, is_gold_turn
from vicinal.core.arrays import Mask
from vicinal.core.errors import InvalidInput
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Change, LeaseRecord
from vicinal.core.scoring.selection import Pick
from vicinal.core.scoring.strategies import STRATEGIES, Strategy, strategy_named
from vicinal.pools.changes import ChangeWriter
from vicinal.pools.clock import check_deadline, moment_of
from vicinal.pools.results import BatchRequest
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import ItemState
from vicinal.records.labels import Arm, Batch, Lease, SuggestedItem
from vicinal.records.votes import ScoreParts

# Holdout items are asked for in random order, so that those labelled so far are a sample of all.
HOLDOUT_ORDER = STRATEGIES["random"]
# Of an item that is chosen before it has a score.
NOT_SCORED = ScoreParts(0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0)


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


class PoolLeases:
    """Hands items out under leases, and ends leases. All methods may be called from any thread.

    Args:
        changes: of the pool.
        default_lease_seconds: how long a lease lasts where the caller does not say.
    """

    def __init__(self, changes: ChangeWriter, default_lease_seconds: float) -> None:
        self._changes = changes
        self._default_lease_seconds = default_lease_seconds

    def open(
        self,
        size: int = 1,
        annotator: str = "",
        lease_seconds: float | None = None,
        strategy: str = "",
        *,
        arm: Arm = Arm.ACTIVE,
    ) -> Batch:
        """Hands out the next items, or items to measure on, to nobody else until the lease ends.

        Raises:
            InvalidInput: there is no such strategy, or nobody is named where each annotator gets others.
        """
        if strategy:
            strategy_named(strategy)
        with self._changes.lock_state() as state:
            check_annotator(state, annotator)
            return self.open_lease(state, BatchRequest(size, lease_seconds, strategy, arm), annotator)

    def open_lease(self, state: PoolState, wanted: BatchRequest, annotator: str) -> Batch:
        """Chooses a batch and opens its lease; the request is checked, and the pool's lock is held."""
        state.scorer.refresh()
        strategy = strategy_named(wanted.strategy or state.config.strategy)
        if wanted.arm is Arm.HOLDOUT:
            strategy = HOLDOUT_ORDER
        chosen = next_items(state, wanted, strategy, annotator)
        leases = []
        if chosen:
            item_ids = tuple(state.items.ids[each.pick.position] for each in chosen)
            expires_at, number = self._expiry(wanted.lease_seconds), state.leases.next_number
            leases = [LeaseRecord(uuid.uuid4().hex, annotator, expires_at, item_ids, number)]
        batch = _make_batch(state, chosen, leases[0] if leases else None, strategy)
        records = [each.record for each in chosen if each.record is not None]
        self._changes.write(Change(put_leases=leases, suggestions=records))
        return batch

    def renew(self, lease_ids: Sequence[str], lease_seconds: float | None = None) -> list[Lease]:
        """Makes open leases last `lease_seconds` from now.

        Raises:
            LeaseNotFound: one of them is not open; none is renewed.
        """
        with self._changes.lock_state() as state:
            expires_at = self._expiry(lease_seconds)
            leases = [state.leases.get(each, f"lease_ids[{row}]") for row, each in enumerate(lease_ids)]
            renewed = [replace(lease, expires_at=expires_at) for lease in leases]
            self._changes.write(Change(put_leases=renewed))
            return [lease_of(lease) for lease in renewed]

    def release(self, lease_ids: Sequence[str]) -> int:
        """Ends leases early; those that have ended already are passed over. Returns the items set free."""
        with self._changes.lock_state() as state:
            found = (state.leases.find(lease_id) for lease_id in dict.fromkeys(lease_ids))
            leases = [lease for lease in found if lease is not None]
            self._changes.write(Change(drop_leases=[lease.lease_id for lease in leases]))
            return sum(len(lease.item_ids) for lease in leases)

    def _expiry(self, lease_seconds: float | None) -> float:
        return self._changes.now() + (self._default_lease_seconds if lease_seconds is None else lease_seconds)


def check_annotator(state: PoolState, annotator: str) -> None:
    """Requires a name of an annotator where each annotator gets other items.

    Raises:
        InvalidInput: nobody is named.
    """
    config = state.config
    if not annotator and (config.overlap > 1 or config.gold_share):
        raise InvalidInput.at(
            "annotator", f"is missing; pool {config.pool_id!r} keeps each annotator's labels apart"
        )


def next_items(
    state: PoolState, wanted: BatchRequest, strategy: Strategy, annotator: str
) -> list[Suggestion]:
    """The next items of the wanted arm for an annotator, in order; fewer than wanted where there are no more.

    Items that others have begun and that are to have more annotators come before new ones.
    """
    if wanted.arm is Arm.REVIEW:
        return disputed_items(state, wanted.size, strategy, annotator)
    is_holdout = wanted.arm is Arm.HOLDOUT
    gold = {} if is_holdout else choose_gold(state, wanted.size, strategy, annotator)
    room = wanted.size - len(gold)
    others = items_begun_by_others(state, room, strategy, annotator, is_holdout=is_holdout)
    room -= len(others)
    if room:
        others += new_holdout(state, room) if is_holdout else new_items(state, room, strategy)
    for slot, suggestion in sorted(gold.items()):
        others.insert(slot, suggestion)
    return others


def items_begun_by_others(
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
    return _make_blind(state, _take_first(found, size), arm, strategy)


def disputed_items(state: PoolState, size: int, strategy: Strategy, annotator: str) -> list[Suggestion]:
    """Items whose annotators disagree, the most disputed first, that this one has not seen."""
    found = (
        position
        for position in state.items.disputed()
        if not state.leases.is_leased(state.items.ids[position]) and _is_new_to(state, position, annotator)
    )
    return _make_blind(state, _take_first(found, size), Arm.REVIEW, strategy)


def choose_gold(state: PoolState, size: int, strategy: Strategy, annotator: str) -> dict[int, Suggestion]:
    """The slots of a batch that gold items take, with an item that the annotator has not seen for each.

    They look like any other suggestion.
    """
    share = state.config.gold_share
    if not share:
        return {}
    earlier = state.items.answers(annotator) + state.leases.items_of(annotator)
    # Seed and names are known to annotators; without the secret they could work out which items are gold.
    seed, who = state.config.seed, f"{state.config.gold_secret}{annotator}"
    turns = [slot for slot in range(size) if is_gold_turn(seed, who, earlier + slot, share)]
    if not turns:
        return {}
    unseen = [position for position in state.items.gold if _is_open_gold(state, position, annotator)]
    ids = state.items.ids
    unseen.sort(key=lambda position: gold_priority(seed, who, ids[position]))
    return {
        slot: Suggestion(
            _pick_alone(state, position, strategy), Arm.ACTIVE, is_blind=_is_begun(state, position)
        )
        for slot, position in zip(turns, unseen, strict=False)
    }


def _begun(state: PoolState) -> Iterator[int]:
    """Items with fewer annotators, those that hold it counted in, than each is to have."""
    for position in state.items.annotations.waiting():
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


def _take_first(positions: Iterable[int], size: int) -> list[int]:
    return [position for position, _ in zip(positions, range(size), strict=False)]


def _make_blind(state: PoolState, positions: Iterable[int], arm: Arm, strategy: Strategy) -> list[Suggestion]:
    return [Suggestion(_pick_alone(state, position, strategy), arm, is_blind=True) for position in positions]


def _pick_alone(state: PoolState, position: int, strategy: Strategy) -> Pick:
    """The item with the score that it has by itself; none while the graph does not cover it."""
    if position >= state.scorer.votes.rows:
        return Pick(position, NOT_SCORED)
    alone = np.array([position], dtype=np.int64)
    return Pick(position, state.scorer.scores(alone, state.items.ids, strategy).part(0))


def new_holdout(state: PoolState, size: int) -> list[Suggestion]:
    """Items to measure on that nobody has or had, in random order."""
    open_items = state.items.open_holdout
    picks = state.scorer.batch(open_items, state.items.ids, HOLDOUT_ORDER, size)
    suggested = _make_suggestions(state, picks, [Arm.HOLDOUT] * len(picks), open_items)
    return [replace(suggestion, is_blind=True) for suggestion in suggested]


def new_items(state: PoolState, size: int, strategy: Strategy) -> list[Suggestion]:
    """Items to learn from that nobody has or had, as strategy and control share say."""
    open_items = state.scorer.scorable(state.items.eligible)
    control_sampler = ControlSampler(state.config, state.suggestions.active_and_control)
    # Control suggestions are drawn from all open items, or accuracy would not be that of the whole pool.
    filter_grades = state.scorer.filtered(strategy, state.items.never_filter)
    picks = state.scorer.batch(
        open_items,
        state.items.ids,
        strategy,
        size,
        pick_control=control_sampler.pick,
        filter_grades=filter_grades,
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


@dataclass(frozen=True)
class ControlSampler:
    """Decides which slots of a batch get an item at random, and which item.

    Attributes:
        config: of the pool, for its seed and control share.
        earlier: how many suggestions of active and control arm were made before the batch.
    """

    config: PoolConfig
    earlier: int

    def arm(self, slot: int) -> Arm:
        """Under which arm the batch's item at `slot` is suggested."""
        suggested = is_control(self.config.seed, self.earlier + slot, self.config.control_share)
        return Arm.CONTROL if suggested else Arm.ACTIVE

    def pick(self, slot: int, is_open: Mask) -> int | None:
        """A position at random from the open ones for `slot`; None where the strategy is to choose.

        Raises:
            CallEnded: nobody waits for the batch any more.
        """
        check_deadline()
        if self.arm(slot) is Arm.ACTIVE:
            return None
        positions = np.flatnonzero(is_open)
        return int(positions[control_row(self.config.seed, self.earlier + slot, len(positions))])


def _make_batch(
    state: PoolState, chosen: Sequence[Suggestion], lease: LeaseRecord | None, strategy: Strategy
) -> Batch:
    """What was chosen, for the annotator; where the votes are to sway nobody, without probabilities."""
    positions = np.array([each.pick.position for each in chosen], dtype=np.int64)
    probabilities = state.scorer.votes.rank_classes(positions)
    items = tuple(
        SuggestedItem(
            record.item_id, record.metadata, each.pick.parts, {} if each.is_blind else of_item, each.arm
        )
        for each, of_item in zip(chosen, probabilities, strict=True)
        for record in [state.items.records[each.pick.position]]
    )
    return Batch(lease_of(lease) if lease else None, items, strategy.name)


def lease_of(record: LeaseRecord) -> Lease:
    """An open lease as its annotator sees it."""
    return Lease(record.lease_id, record.annotator, moment_of(record.expires_at), record.item_ids)
