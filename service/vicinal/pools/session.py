"""One pool in use: its use cases by subject, behind one lock.

Each mutation goes the same way: end the leases that expired, check everything, write to the store, and only
then change the state in memory. An error at any point before the last leaves everything as it was.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import Clock, Neighbourhoods, PoolStore
from vicinal.core.records import Event
from vicinal.core.scoring.strategies import Strategy, strategy_named
from vicinal.core.similarity import prepare
from vicinal.pools import queries
from vicinal.pools.annotators import PoolAnnotators
from vicinal.pools.changes import ChangeWriter
from vicinal.pools.duplicates.search import DuplicateSearch
from vicinal.pools.duplicates.use_cases import PoolDuplicates
from vicinal.pools.examples import PoolExamples
from vicinal.pools.items import PoolItems
from vicinal.pools.labelling import PoolLabels
from vicinal.pools.results import PoolSummary
from vicinal.pools.state.pool import DEFAULT_LIMITS, PoolLimits, PoolState
from vicinal.pools.statistics_cache import PoolLock
from vicinal.pools.suggesting import PoolLeases
from vicinal.records.items import FilterReason, Item, ItemDetails, ItemState
from vicinal.records.votes import Prediction, ScoredItem

T = TypeVar("T")


class PoolSession:
    """One pool in use. All methods, here and by subject, may be called from any thread.

    A method that changes the pool has done so when it returns, unless a transaction is open: then the change
    is made when that is committed, together with the response to its request.

    Those that take a strategy raise InvalidInput if there is none of that name.

    Args:
        store: the pool's; read once here, written to by every mutation.
        default_lease_seconds: how long a lease lasts where the caller does not say.
        make_finder: makes what finds duplicates among the items; without it none are found.

    Attributes:
        labels: submits labels, skips items, takes labels back.
        leases: hands out the next items, renews and ends leases.
        items: adds, excludes and restores items.
        examples: adds and removes labelled contents that are not in the pool.
        annotators: lists those who label, and decides where they disagree.
        duplicates: finds and lists items that are duplicates of one another.
        transactions: stores the response to a request with what the request changes.
        lock: the pool's, re-entrant: nobody else reads or changes the pool while it is held.
        store: where the pool is kept.
    """

    def __init__(
        self,
        config: PoolConfig,
        store: PoolStore,
        neighbourhoods: Neighbourhoods,
        clock: Clock,
        *,
        default_lease_seconds: float = 600.0,
        make_finder: MakeFinder | None = None,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> None:
        self.config = config
        self.store = store
        self._changes = ChangeWriter(PoolState.load(config, store, neighbourhoods, limits), store, clock)
        self.lock: PoolLock = self._changes.lock
        self.transactions = self._changes.transactions
        search = DuplicateSearch(config, store, self._changes, make_finder)
        self.leases = PoolLeases(self._changes, default_lease_seconds)
        self.labels = PoolLabels(self._changes, self.leases)
        self.items = PoolItems(self._changes, search)
        self.examples = PoolExamples(self._changes)
        self.annotators = PoolAnnotators(self._changes)
        self.duplicates = PoolDuplicates(self._changes, search)

    def view(self) -> PoolSummary:
        """The pool as it stands."""
        with self._changes.lock_state() as state:
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
        return self.store.events()

    def read(self, reading: Callable[[PoolState], T]) -> T:
        """What a reading makes of the state, which it must not change; the pool waits for it."""
        with self._changes.lock_state() as state:
            return reading(state)

    def _strategy(self, name: str) -> Strategy:
        return strategy_named(name or self.config.strategy)
