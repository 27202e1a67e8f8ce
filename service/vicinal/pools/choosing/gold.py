"""Gold items as those see them who are checked by them: like any other item.

What is changed is what is shown, never what is stored. A caller that may know the gold labels sees pools as
they are.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, replace

from vicinal.core.records import Event
from vicinal.core.statistics.consensus import majority
from vicinal.pools.queries import query_item, query_items, query_pool
from vicinal.pools.results import PoolSummary
from vicinal.pools.state.pool import PoolState
from vicinal.records.items import DuplicateGroup, FilterReason, Item, ItemDetails, ItemState
from vicinal.records.labels import EventKind
from vicinal.records.pools import ItemCounts
from vicinal.records.votes import Neighbour


def seen_items(
    state: PoolState, states: Collection[ItemState], reasons: Collection[FilterReason], after: int, limit: int
) -> tuple[list[Item], int | None]:
    """As `queries.query_items`, by the states that are shown."""

    def state_of(position: int) -> ItemState:
        is_gold = bool(state.items.records[position].gold)
        return _state(state, position) if is_gold else state.items.state(position)

    page, cursor = query_items(state, states, reasons, after, limit, state_of=state_of)
    return [seen_item(state, item) for item in page], cursor


def seen_item(state: PoolState, summary: Item) -> Item:
    """An item without what shows that it is gold: its true label, and what only gold items do."""
    if not summary.gold_label:
        return summary
    position = state.items.position(summary.item_id)
    shown, last = _state(state, position), state.items.last_event(position)
    plain = replace(summary, gold_label="", state=shown, label=_label(state, position))
    if shown is ItemState.SKIPPED and last is not None:
        plain = replace(plain, annotator=last.annotator, reason=last.reason)
    if state.items.annotations.overlap > 1:
        return plain
    # Where each item has one annotator, it is shown with the newest label alone.
    given = _newest(state, position) if shown is ItemState.LABELLED else None
    return replace(plain, annotations=(), annotator=given.annotator if given else plain.annotator)


def seen_explanation(state: PoolState, explained: ItemDetails) -> ItemDetails:
    """An explanation in which gold items, this one and those near it, look like any other."""
    near = [_seen_neighbour(state, neighbour) for neighbour in explained.pool_neighbours]
    return replace(explained, item=seen_item(state, explained.item), pool_neighbours=near)


def seen_group(state: PoolState, group: DuplicateGroup) -> DuplicateGroup:
    """A group of duplicates in which gold items look like any other."""
    duplicates = [seen_item(state, duplicate) for duplicate in group.duplicates]
    return replace(group, representative=seen_item(state, group.representative), duplicates=duplicates)


def seen_pool(state: PoolState) -> PoolSummary:
    """A pool whose counts have gold items in the states, and under the labels, that are shown of them."""
    summary = query_pool(state)
    counts, labels = Counter(asdict(summary.counts)), Counter(summary.label_counts)
    for position in state.items.gold:
        real = query_item(state, position)
        shown = seen_item(state, real)
        counts[real.state.value] -= 1
        counts[shown.state.value] += 1
        labels[real.label] -= 1
        labels[shown.label] += 1
    del labels[""]
    label_counts = {label: count for label, count in sorted(labels.items()) if count}
    return replace(summary, counts=ItemCounts(**counts), label_counts=label_counts)


def _state(state: PoolState, position: int) -> ItemState:
    """The state that a gold item would be in if it were none."""
    items = state.items
    real, last = items.state(position), items.last_event(position)
    is_single = items.annotations.overlap == 1
    if real is ItemState.LABELLED and is_single and state.leases.is_leased(items.ids[position]):
        return ItemState.LEASED
    if real is ItemState.UNLABELLED and last is not None and last.kind is EventKind.SKIPPED:
        return ItemState.SKIPPED
    return real


def _label(state: PoolState, position: int) -> str:
    """The label that a gold item would have if it were none."""
    if _state(state, position) is not ItemState.LABELLED:
        return ""
    newest = _newest(state, position)
    if state.items.annotations.overlap == 1 and newest is not None:
        return newest.label
    return majority(state.items.annotations.labels(position))


def _newest(state: PoolState, position: int) -> Event | None:
    """The line of the log behind the newest label of a gold item; None without any."""
    given = state.items.annotations.of(position).values()
    return max(given, key=lambda event: event.sequence, default=None)


def _seen_neighbour(state: PoolState, neighbour: Neighbour) -> Neighbour:
    position = state.items.find(neighbour.item_id)
    if position is None or not state.items.records[position].gold:
        return neighbour
    return replace(neighbour, label=_label(state, position))
