"""Reads a pool's state for people and programs: numbers and positions in, records with ids out."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.errors import NoLabelsYet
from vicinal.core.opinions import Opinion
from vicinal.core.ports import Event, ItemRecord, Lease
from vicinal.core.search import SHARES_TOLD, best_first
from vicinal.core.strategies import Strategy
from vicinal.sampling import patience
from vicinal.sampling.held_results import HeldBack
from vicinal.sampling.held_view import REASONS, chosen_among, held_back, held_back_counts, holding
from vicinal.sampling.pool_views import PoolView
from vicinal.sampling.results import (
    Batch,
    ClassShare,
    ItemExplanation,
    ItemState,
    ItemView,
    Neighbour,
    Prediction,
    ScoredItem,
    SuggestedItem,
)
from vicinal.sampling.state import PoolState
from vicinal.sampling.suggestions import Suggestion

MOST_SHARES = 100
"""Classes that a suggestion or prediction comes with at most: an answer has room for a thousand of them."""

_SHARES_ROWS = 4096
# Shares held at a time (32 MiB).
_SHARES_CELLS = 1 << 22


def refresh_if_used(state: PoolState) -> None:
    """Brings the graph back for a pool that has suggestions, leases, examples or lines in its log.

    The graph decides what is held back. Without this, answers after a restart would depend on whether
    somebody had asked for a suggestion since.
    """
    if state.draws.count or len(state.leases) or len(state.examples) or state.items.has_history:
        state.scorer.refresh()


def view_pool(state: PoolState) -> PoolView:
    """The pool with its counts."""
    counts, labels = state.items.counts(), state.items.label_counts()
    return PoolView(
        state.config,
        counts,
        labels,
        len(state.leases),
        graph=state.scorer.graphs.view(),
        holdout=state.items.holdout_counts(),
        suggestions=state.draws.counts(),
        examples=len(state.examples),
        copies=state.copies.counts(),
        held_back=held_back_counts(state),
    )


def view_item(state: PoolState, position: int, reason: HeldBack | None = None) -> ItemView:
    """One item as it stands, held back for a reason or not."""
    record = state.items.records[position]
    standing = state.items.state(position)
    event, leases = state.items.last_event(position), state.leases.of_item(record.item_id)
    copy, is_aside = state.copies.find(record.item_id), state.items.is_set_aside_as_copy(position)
    told = event if event is not None and standing in _TOLD_BY_EVENT and not is_aside else None
    aside = f"{copy.kind} of {copy.kept_id!r}" if copy and is_aside else ""
    by_event, by_lease = (told.annotator if told else ""), (leases[0].annotator if leases else "")
    return ItemView(
        record.item_id,
        standing,
        record.metadata,
        label=state.items.label(position),
        annotator=by_lease or by_event,
        reason=told.reason if told else aside,
        lease_id=leases[0].lease_id if leases else "",
        updated_at=event.at if event else 0.0,
        holdout=record.holdout,
        gold=record.gold,
        opinions=opinions_of(state, position),
        copy=copy,
        carried_label=state.carried_label(position),
        held_back=reason,
    )


def opinions_of(state: PoolState, position: int) -> tuple[Opinion, ...]:
    """What each annotator said of an item, in the order of their first opinions."""
    given = state.items.opinions.of(position).values()
    return tuple(Opinion(event.annotator, event.label, event.at) for event in given)


_TOLD_BY_EVENT = (ItemState.LABELLED, ItemState.SKIPPED, ItemState.EXCLUDED)


def view_items(
    state: PoolState,
    states: Collection[ItemState],
    reasons: Collection[HeldBack],
    after: int,
    limit: int,
    *,
    state_of: Callable[[int], ItemState] | None = None,
) -> tuple[list[ItemView], int | None]:
    """A page of items in the order they were added, and the cursor of the next one (None: the last page).

    Those of `states` are listed by the state that `state_of` tells of a position, if it is given.
    """
    state_of = state_of or state.items.state
    page: list[ItemView] = []
    for position, reason in _candidates(state, states, reasons, after):
        if len(page) == limit:
            return page, position
        if not states or state_of(position) in states:
            page.append(view_item(state, position, reason))
    return page, None


def _candidates(
    state: PoolState, states: Collection[ItemState], reasons: Collection[HeldBack], after: int
) -> Iterator[tuple[int, HeldBack | None]]:
    """Positions from `after` on, among which are all items of `states`, and why each is held back."""
    if set(states) == {ItemState.LEASED}:
        # No leased item is held back, and the leases name them all: the pool need not be searched.
        leased = () if reasons else map(state.items.position, state.leases.items())
        return ((position, None) for position in sorted(leased) if position >= after)
    if reasons:
        state.scorer.refresh()
    refresh_if_used(state)
    held = held_back(state)
    wanted = np.ones(len(held), dtype=bool)
    if reasons:
        wanted = np.isin(held, [grade for grade, reason in REASONS.items() if reason in reasons])
    positions = (after + np.flatnonzero(wanted[after:])).tolist()
    return ((position, REASONS.get(int(held[position]))) for position in positions)


def view_batch(
    state: PoolState, chosen: Sequence[Suggestion], lease: Lease | None, strategy: Strategy
) -> Batch:
    """What was chosen, as suggestions; where the votes are to sway nobody, without shares."""
    positions = np.array([each.pick.position for each in chosen], dtype=np.int64)
    shares = _shares_at(state, positions)
    items = tuple(
        SuggestedItem(
            record.item_id,
            record.metadata,
            each.pick.parts,
            () if each.is_blind else of_item,
            each.arm,
        )
        for each, of_item in zip(chosen, shares, strict=True)
        for record in [state.items.records[each.pick.position]]
    )
    return Batch(lease, items, strategy.name)


def predict_vectors(state: PoolState, vectors: Vectors, with_neighbours: bool) -> list[Prediction]:
    """What the votes say of prepared vectors from anywhere.

    Raises:
        NoLabelsYet: there is neither label nor example.
    """
    _require_labels(state)
    state.scorer.refresh()
    votes, shares = state.scorer.votes, list[tuple[ClassShare, ...]]()
    for rows in _blocks(len(vectors), len(votes.classes)):
        shares += ranked_shares(votes.classes, votes.predict(vectors[rows]))
    return _predictions(state, shares, vectors, with_neighbours)


def predict_items(state: PoolState, item_ids: Sequence[str], with_neighbours: bool) -> list[Prediction]:
    """What the votes say of items of the pool.

    Raises:
        NoLabelsYet: there is neither label nor example.
        ItemNotFound: naming the first unknown id.
    """
    _require_labels(state)
    positions = [state.items.position(each, f"item_ids[{row}]") for row, each in enumerate(item_ids)]
    state.scorer.refresh()
    which = np.array(positions, dtype=np.int64)
    vectors = state.scorer.pool[which]
    return _predictions(state, _shares_at(state, which), vectors, with_neighbours)


def _require_labels(state: PoolState) -> None:
    if not state.scorer.votes.label_count:
        raise NoLabelsYet(
            f"pool {state.config.pool_id!r} has no labels yet; submit some, or add examples, first"
        )


def _predictions(
    state: PoolState, shares: Sequence[tuple[ClassShare, ...]], vectors: Vectors, with_neighbours: bool
) -> list[Prediction]:
    return [
        Prediction(of_row[0].label, of_row, voters(state, vector) if with_neighbours else ())
        for vector, of_row in zip(vectors, shares, strict=True)
    ]


def voters(state: PoolState, vector: Vectors) -> tuple[Neighbour, ...]:
    """The labelled items, copies that carry labels, and examples that vote on a prepared (d,) vector."""
    return tuple(
        Neighbour(
            "" if vote.position is None else state.items.ids[vote.position],
            vote.label,
            vote.similarity,
            vote.weight,
            vote.example,
            _carried_from(state, vote.position),
        )
        for vote in state.scorer.votes.voters(vector)
    )


def _carried_from(state: PoolState, position: int | None) -> str:
    if position is None or not state.carried_label(position):
        return ""
    return state.copies.kept_id(state.items.ids[position])


def scored_items(state: PoolState, strategy: Strategy) -> Iterator[ScoredItem]:
    """Items that can be chosen now, best first.

    All numbers are taken at the call, the records made as they are read.
    """
    state.scorer.refresh()
    eligible = np.flatnonzero(chosen_among(state, strategy))
    ids = [state.items.ids[position] for position in eligible]
    scores = state.scorer.scores(eligible, state.items.ids, strategy)
    order = scores.order(ids)
    columns, shares = _likeliest(state, eligible)
    classes = state.scorer.votes.classes
    return (
        ScoredItem(ids[row], rank, scores.part(int(row)), _records(classes, columns[row], shares[row]))
        for rank, row in enumerate(order, start=1)
    )


def _likeliest(state: PoolState, positions: Positions) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """(n, m) columns of the SHARES_TOLD likeliest classes of each item, and their shares, likeliest first."""
    votes = state.scorer.votes
    width = min(SHARES_TOLD, len(votes.classes))
    columns, kept = np.zeros((len(positions), width), dtype=np.int32), np.zeros((len(positions), width))
    for here in _blocks(len(positions), len(votes.classes), _SHARES_ROWS):
        patience.check()
        kept[here], columns[here] = best_first(votes.shares(positions[here]), SHARES_TOLD)
    return columns, kept


def _shares_at(state: PoolState, positions: Positions) -> list[tuple[ClassShare, ...]]:
    """What the votes say of items of the pool, as `ranked_shares`."""
    votes, shares = state.scorer.votes, list[tuple[ClassShare, ...]]()
    for rows in _blocks(len(positions), len(votes.classes)):
        shares += ranked_shares(votes.classes, votes.shares(positions[rows]))
    return shares


def _blocks(count: int, classes: int, most: int = _SHARES_CELLS) -> Iterator[slice]:
    """Rows to ask for the shares of all classes at a time."""
    rows = max(1, min(most, _SHARES_CELLS // max(1, classes)))
    return (slice(start, start + rows) for start in range(0, count, rows))


def explanation(state: PoolState, position: int, strategy: Strategy) -> ItemExplanation:
    """An item with all that speaks for and against suggesting it."""
    state.scorer.refresh()
    eligible = np.flatnonzero(chosen_among(state, strategy))
    held = holding(state, position, strategy)
    score, rank = None, 0
    row = int(np.searchsorted(eligible, position))
    if row < len(eligible) and eligible[row] == position:
        scores = state.scorer.scores(eligible, state.items.ids, strategy)
        order = scores.order([state.items.ids[other] for other in eligible])
        score, rank = scores.part(row), int(np.flatnonzero(order == row)[0]) + 1
    shares = state.scorer.votes.shares(np.array([position], dtype=np.int64))
    near = [
        Neighbour(state.items.ids[other], state.items.label(other), similarity, 0.0)
        for other, similarity in state.scorer.neighbours(position)
    ]
    return ItemExplanation(
        view_item(state, position, held.held_back if held else None),
        ranked_shares(state.scorer.votes.classes, shares)[0],
        voters(state, state.scorer.pool[position]),
        near,
        score,
        rank,
        len(eligible),
        held,
    )


def record_of(state: PoolState, item_id: str) -> ItemRecord:
    """What is kept with an item.

    Raises:
        ItemNotFound: no such item.
    """
    return state.items.records[state.items.position(item_id)]


def standing_labels(state: PoolState) -> list[Event]:
    """The log's line behind each label that stands, in the order they were given."""
    return sorted(state.items.standing(), key=lambda event: event.sequence)


def labels_with_copies(state: PoolState) -> list[Event]:
    """As `standing_labels`, and after each line those of the copies that the label is true of."""
    lines: list[Event] = []
    for event in standing_labels(state):
        lines.append(event)
        records = filter(None, map(state.copies.live, state.copies.copies_of(event.item_id)))
        lines += [
            replace(event, item_id=record.item_id, draw=None, predicted="", carried_from=event.item_id)
            for record in records
            if not state.items.label(state.items.position(record.item_id)) and state.takes_label(record)
        ]
    return lines


def ranked_shares(classes: Sequence[str], shares: NDArray[np.float64]) -> list[tuple[ClassShare, ...]]:
    """Rows of shares as records, likeliest first, equal ones by label; the MOST_SHARES likeliest."""
    # Classes are sorted: of equal shares, the smaller column has the smaller label.
    ranked, order = best_first(shares, MOST_SHARES)
    return [_records(classes, columns, of_row) for columns, of_row in zip(order, ranked, strict=True)]


def _records(
    classes: Sequence[str], columns: NDArray[np.integer], shares: NDArray[np.float64]
) -> tuple[ClassShare, ...]:
    return tuple(
        ClassShare(classes[column], share)
        for column, share in zip(columns.tolist(), shares.tolist(), strict=True)
    )
