"""Reads a pool's state for people and programs: numbers and positions in, records with ids out."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Positions, Vectors
from vicinal.core.errors import NoLabelsYet
from vicinal.core.records import DuplicateRecord, Event, ItemRecord
from vicinal.core.scoring.strategies import Strategy
from vicinal.core.search import REPORTED_CLASSES, order_best_first
from vicinal.pools.clock import check_deadline, moment_of
from vicinal.pools.filtered import REASONS, chosen_among, filter_counts, filter_decision, filtered
from vicinal.pools.results import PoolSummary
from vicinal.pools.scoring.scorer import map_classes, rank_probabilities, split_rows
from vicinal.pools.state.pool import PoolState
from vicinal.records.duplicates import DuplicateOf
from vicinal.records.items import Annotation, FilterReason, Item, ItemDetails, ItemState
from vicinal.records.votes import Neighbour, Prediction, ScoredItem

_PROBABILITY_ROWS = 4096

_SHOWN_WITH_EVENT = (ItemState.LABELLED, ItemState.SKIPPED, ItemState.EXCLUDED)


def refresh_if_used(state: PoolState) -> None:
    """Brings the graph back for a pool that has suggestions, leases, examples or lines in its log.

    The graph decides what is filtered. Without this, answers after a restart would depend on whether
    somebody had asked for a suggestion since.
    """
    if state.suggestions.count or len(state.leases) or len(state.examples) or state.items.has_history:
        state.scorer.refresh()


def query_pool(state: PoolState) -> PoolSummary:
    """The pool with its counts."""
    return PoolSummary(
        config=state.config,
        counts=state.items.counts(),
        label_counts=state.items.label_counts(),
        open_leases=len(state.leases),
        graph=state.scorer.graphs.view(),
        holdout=state.items.holdout_counts(),
        suggestions=state.suggestions.counts(),
        examples=len(state.examples),
        duplicate_counts=state.duplicates.counts(),
        filtered=filter_counts(state),
    )


def query_item(state: PoolState, position: int, reason: FilterReason | None = None) -> Item:
    """One item as it stands, filtered for a reason or not."""
    record = state.items.records[position]
    item_state = state.items.state(position)
    event, leases = state.items.last_event(position), state.leases.of_item(record.item_id)
    duplicate_of, is_aside = (
        state.duplicates.find(record.item_id),
        state.items.is_excluded_as_duplicate(position),
    )
    last = event if event is not None and item_state in _SHOWN_WITH_EVENT and not is_aside else None
    aside = f"{duplicate_of.kind} of {duplicate_of.representative_id!r}" if duplicate_of and is_aside else ""
    by_event, by_lease = (last.annotator if last else ""), (leases[0].annotator if leases else "")
    return Item(
        record.item_id,
        item_state,
        record.metadata,
        label=state.items.label(position),
        annotator=by_lease or by_event,
        reason=last.reason if last else aside,
        lease_id=leases[0].lease_id if leases else "",
        updated_at=moment_of(event.at) if event else None,
        holdout=record.holdout,
        gold_label=record.gold,
        annotations=annotations_of(state, position),
        duplicate_of=_duplicate_of(duplicate_of) if duplicate_of else None,
        carried_label=state.carried_label(position),
        filtered=reason,
    )


def _duplicate_of(record: DuplicateRecord) -> DuplicateOf:
    return DuplicateOf(
        record.representative_id,
        record.kind,
        record.evidence,
        record.is_restored,
        record.compared_with,
        moment_of(record.found_at),
    )


def annotations_of(state: PoolState, position: int) -> tuple[Annotation, ...]:
    """What each annotator said of an item, in the order of their first annotations."""
    given = state.items.annotations.of(position).values()
    return tuple(Annotation(event.annotator, event.label, moment_of(event.at)) for event in given)


def query_items(
    state: PoolState,
    states: Collection[ItemState],
    reasons: Collection[FilterReason],
    after: int,
    limit: int,
    *,
    state_of: Callable[[int], ItemState] | None = None,
) -> tuple[list[Item], int | None]:
    """A page of items in the order they were added, and the cursor of the next one (None: the last page).

    Those of `states` are listed by the state that `state_of` gives of a position, if it is given.
    """
    state_of = state_of or state.items.state
    page: list[Item] = []
    for position, reason in _candidates(state, states, reasons, after):
        if len(page) == limit:
            return page, position
        if not states or state_of(position) in states:
            page.append(query_item(state, position, reason))
    return page, None


def _candidates(
    state: PoolState, states: Collection[ItemState], reasons: Collection[FilterReason], after: int
) -> Iterator[tuple[int, FilterReason | None]]:
    """Positions from `after` on, among which are all items of `states`, and why each is filtered."""
    if set(states) == {ItemState.LEASED}:
        # No leased item is filtered, and the leases name them all: the pool need not be searched.
        leased = () if reasons else map(state.items.position, state.leases.items())
        return ((position, None) for position in sorted(leased) if position >= after)
    if reasons:
        state.scorer.refresh()
    refresh_if_used(state)
    grades = filtered(state)
    wanted = np.ones(len(grades), dtype=bool)
    if reasons:
        wanted = np.isin(grades, [grade for grade, reason in REASONS.items() if reason in reasons])
    positions = (after + np.flatnonzero(wanted[after:])).tolist()
    return ((position, REASONS.get(int(grades[position]))) for position in positions)


def predict_vectors(state: PoolState, vectors: Vectors, with_neighbours: bool) -> list[Prediction]:
    """What the votes say of prepared vectors from anywhere.

    Raises:
        NoLabelsYet: there is neither label nor example.
    """
    _require_labels(state)
    state.scorer.refresh()
    votes, probabilities = state.scorer.votes, list[Mapping[str, float]]()
    for rows in split_rows(len(vectors), len(votes.classes)):
        probabilities += rank_probabilities(votes.classes, votes.predict(vectors[rows]))
    return _predictions(state, probabilities, vectors, with_neighbours)


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
    return _predictions(state, state.scorer.votes.rank_classes(which), vectors, with_neighbours)


def _require_labels(state: PoolState) -> None:
    if not state.scorer.votes.label_count:
        raise NoLabelsYet(
            f"pool {state.config.pool_id!r} has no labels yet; submit some, or add examples, first"
        )


def _predictions(
    state: PoolState,
    probabilities: Sequence[Mapping[str, float]],
    vectors: Vectors,
    with_neighbours: bool,
) -> list[Prediction]:
    return [
        Prediction(next(iter(of_row)), of_row, voters(state, vector) if with_neighbours else ())
        for vector, of_row in zip(vectors, probabilities, strict=True)
    ]


def voters(state: PoolState, vector: Vectors) -> tuple[Neighbour, ...]:
    """The labelled items, duplicates that carry labels, and examples that vote on a prepared (d,) vector."""
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
    return state.duplicates.representative_id(state.items.ids[position])


def scored_items(state: PoolState, strategy: Strategy) -> Iterator[ScoredItem]:
    """Items that can be chosen now, best first.

    All numbers are taken at the call, the records made as they are read.
    """
    state.scorer.refresh()
    eligible = np.flatnonzero(chosen_among(state, strategy))
    ids = [state.items.ids[position] for position in eligible]
    scores = state.scorer.scores(eligible, state.items.ids, strategy)
    order = scores.order(ids)
    columns, probabilities = _likeliest(state, eligible)
    classes = state.scorer.votes.classes
    return (
        ScoredItem(
            ids[row],
            rank,
            scores.part(int(row)),
            map_classes(classes, columns[row], probabilities[row]),
        )
        for rank, row in enumerate(order, start=1)
    )


def _likeliest(state: PoolState, positions: Positions) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """(n, m) columns of the REPORTED_CLASSES likeliest classes of each item, and their probabilities."""
    votes = state.scorer.votes
    width = min(REPORTED_CLASSES, len(votes.classes))
    columns, kept = np.zeros((len(positions), width), dtype=np.int32), np.zeros((len(positions), width))
    for here in split_rows(len(positions), len(votes.classes), _PROBABILITY_ROWS):
        check_deadline()
        kept[here], columns[here] = order_best_first(votes.probabilities(positions[here]), REPORTED_CLASSES)
    return columns, kept


def explanation(state: PoolState, position: int, strategy: Strategy) -> ItemDetails:
    """An item with all that speaks for and against suggesting it."""
    state.scorer.refresh()
    eligible = np.flatnonzero(chosen_among(state, strategy))
    decision = filter_decision(state, position, strategy)
    score, rank = None, None
    row = int(np.searchsorted(eligible, position))
    if row < len(eligible) and eligible[row] == position:
        scores = state.scorer.scores(eligible, state.items.ids, strategy)
        order = scores.order([state.items.ids[other] for other in eligible])
        score, rank = scores.part(row), int(np.flatnonzero(order == row)[0]) + 1
    probabilities = state.scorer.votes.probabilities(np.array([position], dtype=np.int64))
    near = [
        Neighbour(state.items.ids[other], state.items.label(other), similarity, 0.0)
        for other, similarity in state.scorer.neighbours(position)
    ]
    return ItemDetails(
        query_item(state, position, decision.filtered if decision else None),
        rank_probabilities(state.scorer.votes.classes, probabilities)[0],
        voters(state, state.scorer.pool[position]),
        near,
        score,
        rank,
        len(eligible),
        decision,
    )


def record_of(state: PoolState, item_id: str) -> ItemRecord:
    """What is kept with an item.

    Raises:
        ItemNotFound: no such item.
    """
    return state.items.records[state.items.position(item_id)]


def current_labels(state: PoolState) -> list[Event]:
    """The log's line behind each current label, in the order they were given."""
    return sorted(state.items.current_events(), key=lambda event: event.sequence)


def labels_with_duplicates(state: PoolState) -> list[Event]:
    """As `current_labels`, and after each line those of the duplicates that the label is true of."""
    lines: list[Event] = []
    for event in current_labels(state):
        lines.append(event)
        records = filter(None, map(state.duplicates.live, state.duplicates.duplicates_of(event.item_id)))
        lines += [
            replace(event, item_id=record.item_id, suggestion=None, predicted="", carried_from=event.item_id)
            for record in records
            if not state.items.label(state.items.position(record.item_id)) and state.inherits_label(record)
        ]
    return lines
