"""The use cases on one pool, behind one lock.

Each mutation goes the same way: end what has expired, check everything, write to the store, and only
then change the state in memory. An error at any point before the last leaves everything as it was.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TypeVar

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock, Neighbourhoods, PoolStore
from vicinal.core.records import Event
from vicinal.core.scoring.strategies import Strategy, strategy_named
from vicinal.core.similarity import prepare
from vicinal.pools import clock as deadline
from vicinal.pools import queries, rules
from vicinal.pools.adding import plan_addition
from vicinal.pools.annotators import PoolAnnotators
from vicinal.pools.duplicates.search import DuplicateSearch, NewItemMatches
from vicinal.pools.duplicates.use_cases import PoolDuplicates
from vicinal.pools.examples import PoolExamples
from vicinal.pools.journal import Journal
from vicinal.pools.results import BatchRequest, ItemsOutcome, LabelInput, PoolSummary, PreparedItem
from vicinal.pools.state.pool import DEFAULT_LIMITS, PoolLimits, PoolState
from vicinal.pools.statistics_cache import PoolLock
from vicinal.pools.transactions import FindStoredResponse, Transaction, Transactions
from vicinal.records.items import FilterReason, Item, ItemDetails, ItemState
from vicinal.records.labels import Arm, Batch, Lease, Submitted
from vicinal.records.votes import Prediction, ScoredItem

T = TypeVar("T")


class PoolSession:
    """One pool in use. All methods may be called from any thread.

    A method that changes the pool has done so when it returns, unless a transaction is open: then the change
    is made when that is committed, together with the response to its request.

    Those that name items or labels raise InvalidInput, ItemNotFound, ItemLeased or WrongItemState with
    every item at fault, and then change nothing; those that take a strategy, InvalidInput if there is
    none of that name.

    Args:
        store: the pool's; read once here, written to by every mutation.
        find_stored_response: looks a response to an earlier request up by request id.
        default_lease_seconds: how long a lease lasts where the caller does not say.
        make_finder: makes what finds duplicates among the items; without it none are found.

    Attributes:
        examples: what is done with labelled contents that are not in the pool.
        annotators: what is done about those who label, and where they disagree.
        duplicates: what is done with items that are duplicates of one another.
    """

    def __init__(
        self,
        config: PoolConfig,
        store: PoolStore,
        neighbourhoods: Neighbourhoods,
        clock: Clock,
        find_stored_response: FindStoredResponse,
        *,
        default_lease_seconds: float = 600.0,
        make_finder: MakeFinder | None = None,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> None:
        self.config = config
        self._store = store
        self._lock = threading.RLock()
        self._transactions = Transactions(self._lock, find_stored_response, clock)
        self._state = PoolState.load(config, store, neighbourhoods, limits)
        self._clock = clock
        self._journal = Journal(self._state, store, self._transactions, clock, default_lease_seconds)
        self.examples = PoolExamples(self._current, self._journal, clock)
        self.annotators = PoolAnnotators(self._current, self._journal)
        search = DuplicateSearch(config, store, self._current, make_finder)
        self.duplicates = PoolDuplicates(self._current, self._journal, clock, search)

    def exclusive(self) -> PoolLock:
        """The pool's lock, re-entrant: nobody else reads or changes the pool while it is held."""
        return self._lock

    def stored_response(self, request_id: str, digest: str) -> bytes | None:
        """The response to a request that was carried out before; None if it was not.

        Args:
            request_id: chosen by the caller, globally unique.
            digest: of the request, to distinguish a retry from another request under the same id.

        Raises:
            RequestIdReused: the id belongs to another request.
        """
        return self._transactions.stored_response(request_id, digest)

    def transact(self, request_id: str, digest: str) -> AbstractContextManager[Transaction]:
        """A transaction for one change of the pool, which holds the pool's lock until its block ends.

        Args and errors are those of `stored_response`.
        """
        return self._transactions.begin(request_id, digest)

    def add_items(
        self,
        items: Sequence[PreparedItem],
        vectors: Vectors,
        found: NewItemMatches | None = None,
    ) -> ItemsOutcome:
        """Adds items with their vectors; those that cannot be taken fail alone.

        Args:
            items: n new items.
            vectors: (n, d), row i of `items[i]`; need not be unit rows.
            found: what `duplicates.looked_up` found of them, from callers that hold the pool's lock inside
                it, as every transaction does.
        """
        looking_up = self.duplicates.looked_up(items) if found is None else nullcontext(found)
        with looking_up as matches, self._current() as state:
            addition = plan_addition(state, items, vectors, matches, self._clock.now())
            self._journal.add(addition, then=lambda: self.duplicates.take_in(addition.sketches))
            return addition.result

    def lease_batch(
        self,
        size: int = 1,
        annotator: str = "",
        lease_seconds: float | None = None,
        strategy: str = "",
        *,
        arm: Arm = Arm.ACTIVE,
    ) -> Batch:
        """Hands out the next items, or items to measure on, to nobody else until the lease ends."""
        chosen = self._strategy(strategy)
        wanted = BatchRequest(size, lease_seconds, arm=arm)
        with self._current() as state:
            rules.check_annotator(state, annotator)
            return self._journal.lease(wanted, chosen, annotator)

    def submit_labels(
        self,
        labels: Sequence[LabelInput],
        annotator: str = "",
        lease_id: str = "",
        next_batch: BatchRequest | None = None,
    ) -> Submitted:
        """Takes labels in, all or none, and hands out the next batch when asked to.

        The labels are durable before the next batch is chosen: should that fail, they stand, and
        sending them again counts them as unchanged.
        """
        chosen = self._strategy(next_batch.strategy) if next_batch else None
        with self._current() as state:
            steps = rules.label_steps(state, labels, lease_id, annotator)
            if next_batch is not None:
                rules.check_annotator(state, annotator)
            new = sum(not step.replaces for step in steps)
            outcome = Submitted(new, len(steps) - new, len(labels) - len(steps))
            annotations = state.items.annotations.count
            self._journal.take(steps, annotator, then=lambda: self.annotators.settle_in_time(annotations))
            if next_batch is None or chosen is None:
                return outcome
            # What is suggested next depends on these labels.
            self._journal.write_now()
            return replace(outcome, next=self._journal.lease(next_batch, chosen, annotator))

    def renew_leases(self, lease_ids: Sequence[str], lease_seconds: float | None = None) -> list[Lease]:
        """Makes open leases last `lease_seconds` from now.

        Raises:
            LeaseNotFound: one of them is not open; none is renewed.
        """
        with self._current() as state:
            named = [state.leases.get(each, f"lease_ids[{row}]") for row, each in enumerate(lease_ids)]
            return [queries.lease_of(lease) for lease in self._journal.renew(named, lease_seconds)]

    def release_leases(self, lease_ids: Sequence[str]) -> int:
        """Ends leases early; those that have ended already are passed over. Returns the items set free."""
        with self._current() as state:
            leases = (state.leases.find(lease_id) for lease_id in dict.fromkeys(lease_ids))
            return self._journal.release([lease for lease in leases if lease is not None])

    def skip_items(
        self, item_ids: Sequence[str], reason: str = "", annotator: str = "", lease_id: str = ""
    ) -> int:
        """Notes that an annotator could not label; the items are not suggested again until restored."""
        return self._step(
            lambda state: rules.skip_steps(state, item_ids, lease_id, annotator), annotator, reason
        )

    def exclude_items(self, item_ids: Sequence[str], reason: str = "", annotator: str = "") -> int:
        """Leaves items out of the suggestions until they are restored."""
        return self._step(lambda state: rules.exclude_steps(state, item_ids), annotator, reason)

    def restore_items(self, item_ids: Sequence[str], annotator: str = "") -> int:
        """Makes skipped, excluded and filtered items eligible, and duplicates items of their own."""
        return self.duplicates.restore(item_ids, annotator)

    def remove_labels(self, item_ids: Sequence[str], annotator: str = "") -> int:
        """Takes labels back; the votes are then as if they had never been given."""
        return self._step(lambda state: rules.remove_label_steps(state, item_ids, annotator), annotator)

    def view(self) -> PoolSummary:
        """The pool as it stands."""
        with self._current() as state:
            queries.refresh_if_used(state)
            return queries.query_pool(state)

    def classify(self, vectors: Vectors, with_neighbours: bool = False) -> list[Prediction]:
        """What the votes say of (n, d) vectors from anywhere.

        Raises:
            InvalidInput: a vector is not of the pool's dimension, not finite, or zero.
            NoLabelsYet: nothing has been labelled.
        """
        prepared = prepare(vectors, self.config.dimension, self.config.metric)
        return self.read(lambda state: queries.predict_vectors(state, prepared, with_neighbours))

    def classify_items(self, item_ids: Sequence[str], with_neighbours: bool = False) -> list[Prediction]:
        """What the votes say of items of the pool.

        Raises:
            ItemNotFound: naming the first unknown id.
            NoLabelsYet: nothing has been labelled.
        """
        return self.read(lambda state: queries.predict_items(state, item_ids, with_neighbours))

    def score_pool(self, strategy: str = "") -> Iterator[ScoredItem]:
        """Every item that can be chosen now, best first, as of this call."""
        chosen = self._strategy(strategy)
        return self.read(lambda state: queries.scored_items(state, chosen))

    def explain(self, item_id: str, strategy: str = "") -> ItemDetails:
        """An item with all that speaks for and against suggesting it.

        Raises:
            InvalidInput: no such strategy.
            ItemNotFound: no such item.
        """
        chosen = self._strategy(strategy)
        return self.read(lambda state: queries.explanation(state, state.items.position(item_id), chosen))

    def list_items(
        self,
        states: Collection[ItemState] = (),
        after: int = 0,
        limit: int = 100,
        *,
        filtered: Collection[FilterReason] = (),
    ) -> tuple[list[Item], int | None]:
        """A page of items in the order they were added; no states is all, reasons: filtered ones only.

        With it comes the cursor to pass as `after` for the next one (None: this is the last).
        """
        return self.read(lambda state: queries.query_items(state, states, filtered, after, limit))

    def export_labels(self, *, with_duplicates: bool = False) -> list[Event]:
        """The log's line behind each current label, in order; if asked, also for unlabelled duplicates."""
        return self.read(queries.labels_with_duplicates if with_duplicates else queries.current_labels)

    def history(self) -> Iterator[Event]:
        """The whole label log, in order."""
        return self._store.events()

    def read(self, reading: Callable[[PoolState], T]) -> T:
        """What a reading makes of the state, which it must not change; the pool waits for it."""
        with self._current() as state:
            return reading(state)

    def _step(
        self,
        plan: Callable[[PoolState], list[rules.Step]],
        annotator: str,
        reason: str = "",
    ) -> int:
        with self._current() as state:
            steps = plan(state)
            self._journal.take(steps, annotator, reason)
            return len(steps)

    @contextmanager
    def _current(self) -> Iterator[PoolState]:
        """The state with the lock held and expired leases ended, if the caller still waits for it."""
        with self._lock:
            deadline.check()
            self._journal.expire()
            yield self._state

    def _strategy(self, name: str) -> Strategy:
        return strategy_named(name or self.config.strategy)
