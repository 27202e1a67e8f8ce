"""A pool in memory: items, leases and numbers in step with each other, and how large it may become."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import find_pool_medium, inherits_label
from vicinal.core.errors import LimitExceeded
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Neighbourhoods, PoolStore
from vicinal.core.records import (
    Change,
    DuplicateRecord,
    Event,
    ExampleRecord,
    ItemRecord,
    LeaseRecord,
    Sketch,
)
from vicinal.core.statistics.consensus import dawid_skene
from vicinal.core.votes import LabelledVector
from vicinal.pools.duplicates.table import DuplicateTable
from vicinal.pools.scoring.graphs import GraphKeeper
from vicinal.pools.scoring.scorer import Scorer
from vicinal.pools.state.tables import ExampleTable, ItemTable, LeaseTable, SuggestionTable
from vicinal.records.items import ItemState

SELECTED = (ItemState.LEASED, ItemState.LABELLED)


@dataclass(frozen=True)
class PoolLimits:
    """What a pool takes at most. One that is larger already, from before, only cannot grow.

    Attributes:
        max_items: items, whatever their state.
        max_classes: different current labels, those of examples included.
    """

    max_items: int = 10_000_000
    max_classes: int = 10_000

    def check_items(self, pool_id: str, there: int, new: int) -> None:
        """Refuses `new` items that have no room next to those that are there.

        Raises:
            LimitExceeded: they have not.
        """
        if new and there + new > self.max_items:
            raise LimitExceeded(
                f"items: {new} more do not fit, since pool {pool_id!r} has {there} and this server takes at "
                f"most {self.max_items} in a pool (max_items_per_pool); put the rest into another pool",
                details={"pool_id": pool_id, "limit": str(self.max_items)},
            )

    def check_classes(
        self, pool_id: str, current: Collection[str], given: Collection[str], field: str
    ) -> None:
        """Sees to it that labels bring no more classes than a pool may have.

        Args:
            pool_id: the pool's.
            current: labels that it has.
            given: labels that come.
            field: where they stand in the request.

        Raises:
            LimitExceeded: they are too many together.
        """
        both = {*current, *given}
        if len(both) > max(self.max_classes, len(current)):
            raise LimitExceeded(
                f"{field}: pool {pool_id!r} would have {len(both)} different labels, and this server takes "
                f"at most {self.max_classes} (max_classes_per_pool); give labels, not ids or free text",
                details={"pool_id": pool_id, "limit": str(self.max_classes)},
            )


DEFAULT_LIMITS = PoolLimits()


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
        self.items = ItemTable(config.overlap)
        self.leases = LeaseTable()
        self.suggestions = SuggestionTable()
        self.examples = ExampleTable()
        self.duplicates = DuplicateTable(
            lambda item_id: self.items.records[self.items.position(item_id)].content_hash
        )
        self.scorer = Scorer(config, GraphKeeper(neighbourhoods, store))
        # Of new items, until the finder of duplicates takes them in.
        self.unfiled_sketches: list[Sketch] = []

    @classmethod
    def load(
        cls,
        config: PoolConfig,
        store: PoolStore,
        neighbourhoods: Neighbourhoods,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> "PoolState":
        """The state that the store has; leases that have expired are among its open ones."""
        state = cls(config, store, neighbourhoods, limits)
        state.append(store.items(), store.vectors())
        state.suggestions.put(store.suggestions())
        touched: dict[str, None] = {}
        for event in store.events():
            state.items.apply(event)
            touched[event.item_id] = None
        for position in map(state.items.position, touched):
            if state.items.state(position) is ItemState.LABELLED:
                state._update_vote(position)
                state._select(position)
        state._change_examples(store.examples(), ())
        for lease in store.leases():
            state._put_lease(lease)
        # After the leases: a leased item stays leased.
        state.change_duplicates(store.duplicates(), ())
        return state

    def classes(self) -> set[str]:
        """The different current labels, those of examples included."""
        return {*self.items.label_counts(), *self.examples.labels()}

    def append(
        self,
        records: Sequence[ItemRecord],
        pool: Vectors,
        duplicates: Sequence[DuplicateRecord] = (),
        *,
        sketches: Sequence[Sketch] = (),
    ) -> None:
        """Takes in new items.

        Args:
            records: the new items.
            pool: (N, d) all vectors, the new ones at the end.
            duplicates: those of the new items that are duplicates.
            sketches: of the new items, where duplicates are found.
        """
        self.items.append(records)
        self.scorer.grow(pool)
        self.unfiled_sketches.extend(sketches)
        self.change_duplicates(duplicates, ())

    def apply(self, change: Change, events: Sequence[Event]) -> None:
        """Takes in a change that is written.

        Args:
            change: of everything but items, which `append` takes in.
            events: its events as they were written, with their numbers.
        """
        self._apply_events(events)
        self.change_duplicates(change.put_duplicates, change.drop_duplicates)
        self._change_examples(change.put_examples, change.drop_examples)
        self.suggestions.put(change.suggestions)
        for lease in change.put_leases:
            self._put_lease(lease)
        for lease_id in change.drop_leases:
            self.drop_lease(lease_id)

    def find_consensus(self) -> dict[str, str]:
        """The labels of the consensus of Dawid and Skene that items do not have yet, by item id.

        Raises:
            ConsensusUnavailable: crowd-kit is not installed.
        """
        given, ids = self.items.annotations, self.items.ids
        annotations = [
            (ids[position], annotator, event.label)
            for position in given.positions()
            for annotator, event in given.of(position).items()
        ]
        gold = {ids[position]: self.items.records[position].gold for position in self.items.gold}
        annotated = {item_id for item_id, _, _ in annotations}
        known = {item_id: label for item_id, label in gold.items() if item_id in annotated}
        found = {
            item_id: (self.items.position(item_id), label)
            for item_id, label in dawid_skene(annotations, known).items()
            if item_id not in gold
        }
        return {
            item_id: label
            for item_id, (position, label) in found.items()
            if given.consensus(position) != label and not given.is_resolved(position)
        }

    def _apply_events(self, events: Iterable[Event]) -> None:
        for event in events:
            position = self.items.position(event.item_id)
            before = self.items.state(position)
            self.items.apply(event)
            is_open = self.items.state(position) is ItemState.UNLABELLED
            if self.leases.is_leased(event.item_id) and (
                is_open or self.items.is_excluded_as_duplicate(position)
            ):
                self.items.lease(position)
            self._update_selection(position, before)
            self._update_vote(position)
            if self.config.carry_labels:
                for item_id in self.duplicates.duplicates_of(event.item_id):
                    self._update_vote(self.items.position(item_id))

    def _change_examples(self, put: Sequence[ExampleRecord], drop: Sequence[str]) -> None:
        if not put and not drop:
            return
        replaced = [record.example_id for record in put if self.examples.find(record.example_id)]
        for example_id in [*drop, *replaced]:
            self.examples.drop(example_id)
            self.scorer.drop_example(example_id)
        for record in put:
            self.examples.put(record)
        self.scorer.put_examples(
            [LabelledVector(record.example_id, record.vector, record.label) for record in put]
        )

    def change_duplicates(self, put: Sequence[DuplicateRecord], drop: Sequence[str]) -> None:
        """Takes in which items are duplicates, and which are no longer."""
        if not put and not drop:
            return
        self.duplicates.drop(drop)
        self.duplicates.put(put)
        for item_id in [*drop, *(record.item_id for record in put)]:
            position = self.items.position(item_id)
            self.items.set_duplicate(position, self.duplicates.live(item_id) is not None)
            self._update_vote(position)

    def carried_label(self, position: int) -> str:
        """The label that an item votes with because the one that stands for it has it; or empty.

        What is kept for measuring, and gold, is not learned from, so it neither gives nor takes.
        """
        if not self.config.carry_labels or self.items.label(position):
            return ""
        record = self.duplicates.live(self.items.ids[position])
        if record is None or not self.inherits_label(record):
            return ""
        representative = self.items.position(record.representative_id)
        is_learned = self.items.is_learned(representative) and self.items.is_learned(position)
        return self.items.label(representative) if is_learned else ""

    def inherits_label(self, record: DuplicateRecord) -> bool:
        """Whether the label of the item that stands for a duplicate is true of the duplicate."""
        duplicate, representative = (
            self.items.record(each) for each in (record.item_id, record.representative_id)
        )
        is_same = (
            duplicate is not None
            and representative is not None
            and duplicate.content_hash == representative.content_hash
        )
        return inherits_label(record, find_pool_medium(self.config), is_same_content=is_same)

    def _put_lease(self, lease: LeaseRecord) -> None:
        """Opens a lease, renews it, or takes in that items have left it."""
        before = self.leases.find(lease.lease_id)
        self.leases.put(lease)
        left = set(before.item_ids) - set(lease.item_ids) if before else set()
        self._free(left)
        for item_id in lease.item_ids:
            position = self.items.position(item_id)
            if self.items.state(position) is ItemState.UNLABELLED:
                self.items.lease(position)
                self._select(position)

    def drop_lease(self, lease_id: str) -> None:
        """Ends a lease; its open items may be suggested again. An unknown one is passed over."""
        lease = self.leases.find(lease_id)
        if lease is not None:
            self.leases.drop(lease_id)
            self._free(lease.item_ids)

    def _free(self, item_ids: Iterable[str]) -> None:
        for item_id in item_ids:
            position = self.items.position(item_id)
            if self.items.state(position) is ItemState.LEASED and not self.leases.is_leased(item_id):
                self.items.unlease(position)
                self._deselect(position)

    def _select(self, position: int) -> None:
        if self.items.is_learned(position):
            self.scorer.select(position)

    def _deselect(self, position: int) -> None:
        if self.items.is_learned(position):
            self.scorer.deselect(position)

    def _update_vote(self, position: int) -> None:
        """Lets the item vote with its label or a carried one, or not at all."""
        if self.items.is_learned(position):
            own, carried = self.items.label(position), self.carried_label(position)
            self.scorer.votes.set_vote(position, own or carried, is_carried=bool(carried))

    def _update_selection(self, position: int, before: ItemState) -> None:
        was, now_is = before in SELECTED, self.items.state(position) in SELECTED
        if now_is and not was:
            self._select(position)
        elif was and not now_is:
            self._deselect(position)
