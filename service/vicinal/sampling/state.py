"""A pool's state in memory: items, leases and numbers, always in step with each other."""

from collections.abc import Iterable, Sequence

from vicinal.core.ports import (
    Event,
    EventKind,
    ExampleRecord,
    ItemRecord,
    Lease,
    Neighbourhoods,
    PoolConfig,
    PoolStore,
    Vectors,
)
from vicinal.sampling.drawbook import DrawBook
from vicinal.sampling.example_book import ExampleBook, as_vote
from vicinal.sampling.graphs import GraphKeeper
from vicinal.sampling.items import ItemTable
from vicinal.sampling.leases import LeaseBook
from vicinal.sampling.limits import DEFAULT_LIMITS, PoolLimits
from vicinal.sampling.results import ItemState
from vicinal.sampling.scorer import Scorer

SELECTED = (ItemState.LEASED, ItemState.LABELLED)


class PoolState:
    """What the use cases read and change. Every change keeps the parts in step.

    Changes here cannot fail for what a caller may bring: the use cases check first, write to the
    store, and only then come here.
    """

    def __init__(
        self,
        config: PoolConfig,
        store: PoolStore,
        neighbourhoods: Neighbourhoods,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> None:
        self.config = config
        self.limits = limits
        self.items = ItemTable()
        self.leases = LeaseBook()
        self.draws = DrawBook()
        self.examples = ExampleBook()
        self.scorer = Scorer(config, GraphKeeper(neighbourhoods, store))

    @classmethod
    def load(
        cls,
        config: PoolConfig,
        store: PoolStore,
        neighbourhoods: Neighbourhoods,
        now: float,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> "PoolState":
        """The state that the store tells of; leases that expired by `now` are left out."""
        state = cls(config, store, neighbourhoods, limits)
        state.append(store.items(), store.vectors())
        state.draws.put(store.draws())
        standing: dict[str, Event] = {}
        for event in store.events():
            state.items.apply(event)
            standing[event.item_id] = event
        for event in standing.values():
            if event.kind in (EventKind.LABELLED, EventKind.RELABELLED):
                position = state.items.position(event.item_id)
                state._update_votes(position, "")
                state._select(position)
        state.change_examples(store.examples(), ())
        for lease in store.leases():
            if lease.expires_at > now:
                state.put_lease(lease)
        return state

    def classes(self) -> set[str]:
        """The different labels that stand, those of examples included."""
        return {*self.items.label_counts(), *self.examples.labels()}

    def append(self, records: Sequence[ItemRecord], pool: Vectors) -> None:
        """Takes in new items.

        Args:
            records: the new items.
            pool: (N, d) all vectors, the new ones at the end.
        """
        self.items.append(records)
        self.scorer.grow(pool)

    def apply(self, events: Iterable[Event]) -> None:
        """Takes in what happened to items, in order."""
        for event in events:
            position = self.items.position(event.item_id)
            before, label_before = self.items.state(position), self.items.label(position)
            self.items.apply(event)
            self._update_votes(position, label_before)
            self._update_selection(position, before)

    def change_examples(self, put: Sequence[ExampleRecord], drop: Iterable[str]) -> None:
        """Takes in new examples and those that were relabelled, and forgets others."""
        replaced = [record.example_id for record in put if self.examples.find(record.example_id)]
        for example_id in [*drop, *replaced]:
            self.examples.drop(example_id)
            self.scorer.drop_example(example_id)
        for record in put:
            self.examples.put(record)
        self.scorer.put_examples([as_vote(record) for record in put])

    def put_lease(self, lease: Lease) -> None:
        """Opens a lease, renews it, or takes in that items have left it."""
        held_before = self.leases.find(lease.lease_id)
        self.leases.put(lease)
        left = set(held_before.item_ids) - set(lease.item_ids) if held_before else set()
        self._free(left)
        for item_id in lease.item_ids:
            position = self.items.position(item_id)
            if self.items.state(position) is ItemState.UNLABELLED:
                self.items.lease(position)
                self._select(position)

    def drop_lease(self, lease_id: str) -> int:
        """Ends a lease; its open items may be suggested again. Returns how many they were."""
        lease = self.leases.find(lease_id)
        if lease is None:
            return 0
        self.leases.drop(lease_id)
        return self._free(lease.item_ids)

    def _free(self, item_ids: Iterable[str]) -> int:
        freed = 0
        for item_id in item_ids:
            position = self.items.position(item_id)
            if self.items.state(position) is ItemState.LEASED:
                self.items.unlease(position)
                self._deselect(position)
                freed += 1
        return freed

    def _select(self, position: int) -> None:
        if not self.items.is_holdout(position):
            self.scorer.select(position)

    def _deselect(self, position: int) -> None:
        if not self.items.is_holdout(position):
            self.scorer.deselect(position)

    def _update_votes(self, position: int, before: str) -> None:
        if self.items.is_holdout(position):
            return
        after = self.items.label(position)
        if before and after:
            self.scorer.votes.change(position, after)
        elif after:
            self.scorer.votes.put(position, after)
        elif before:
            self.scorer.votes.drop(position)

    def _update_selection(self, position: int, before: ItemState) -> None:
        was, now_is = before in SELECTED, self.items.state(position) in SELECTED
        if now_is and not was:
            self._select(position)
        elif was and not now_is:
            self._deselect(position)
