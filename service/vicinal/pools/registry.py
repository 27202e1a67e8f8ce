"""All pools of a service: served, still to be loaded, or not available."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from vicinal.core.duplicates import MakeFinder
from vicinal.core.errors import (
    CallEnded,
    InvalidInput,
    LimitExceeded,
    PoolExists,
    PoolNotFound,
    PoolsLoading,
    StorageCorrupt,
    VicinalError,
)
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import (
    Augmenter,
    Clock,
    Featurizer,
    Featurizers,
    Incoming,
    Neighbourhoods,
    SnapshotStore,
    Store,
)
from vicinal.core.records import StoredResponse
from vicinal.core.scoring.strategies import strategy_named
from vicinal.core.statistics.consensus import require_packages
from vicinal.pools.models import MakeAugmenter, PoolModels
from vicinal.pools.queries import query_pool
from vicinal.pools.results import PoolSummary
from vicinal.pools.session import PoolSession
from vicinal.pools.state.pool import DEFAULT_LIMITS, PoolLimits, PoolState
from vicinal.pools.transactions import Transaction, Transactions
from vicinal.records.pool_options import Consensus, Metric

log = logging.getLogger(__name__)
# When a call that came while pools were loaded is worth another try.
LOADING_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Unavailable:
    """A pool that could not be loaded, and why."""

    config: PoolConfig
    error: VicinalError

    def make_error(self) -> VicinalError:
        """The error that its calls end with; a new one each time, since raising marks it."""
        pool_id = self.config.pool_id
        return type(self.error)(
            f"pool {pool_id!r} is not served: {self.error.message}",
            details={"pool_id": pool_id, **self.error.details},
        )

    def view(self) -> PoolSummary:
        """What is known of it."""
        return PoolSummary(config=self.config, unavailable=self.error.public_message)


@dataclass(frozen=True)
class LoadStatus:
    """How the pools of a service stand.

    Attributes:
        waiting: pools that are still to be loaded.
    """

    sessions: Sequence[PoolSession]
    unavailable: Sequence[Unavailable]
    waiting: int


def hidden_pool(config: PoolConfig) -> PoolSummary:
    """What a listing has of a pool that is served, but cannot be shown."""
    stand_in = PoolConfig(config.pool_id, config.dimension)
    return PoolSummary(config=stand_in, unavailable="it cannot be shown; the server's log has the cause")


class Pools:
    """Creates, finds and deletes pools; those in the store are loaded by `load_next`, one by one.

    Until all are, calls end with PoolsLoading. A pool that cannot be loaded does not keep the others from
    being served: it is listed as unavailable, its calls end with what is wrong with it; it can be deleted.

    Args:
        neighbourhoods: makes an empty neighbourhood keeper for a metric.
        max_pools: how many pools this service keeps.
        make_finder: makes what finds duplicates in a pool; without it none are found.
        make_augmenter: makes the augmentations of those names, seen by a featurizer.
        snapshots: carries the store's pools elsewhere; None for a store that lives as long as its process.
        limits: of each pool.
    """

    def __init__(
        self,
        store: Store,
        featurizers: Featurizers,
        neighbourhoods: Callable[[Metric], Neighbourhoods],
        clock: Clock,
        *,
        default_lease_seconds: float = 600.0,
        max_pools: int = 1000,
        make_finder: MakeFinder | None = None,
        make_augmenter: MakeAugmenter | None = None,
        snapshots: SnapshotStore | None = None,
        limits: PoolLimits = DEFAULT_LIMITS,
    ) -> None:
        self.featurizers = featurizers
        self._store = store
        self._neighbourhoods = neighbourhoods
        self._clock = clock
        self._default_lease_seconds = default_lease_seconds
        self._max_pools = max_pools
        self._make_finder = make_finder
        self._models = PoolModels(featurizers, make_augmenter)
        self._snapshots = snapshots
        self._limits = limits
        self._lock = threading.RLock()
        self._transactions = Transactions(self._lock, store.stored_response, clock)
        self._sessions: dict[str, PoolSession] = {}
        self._unavailable: dict[str, Unavailable] = {}
        for found in store.damaged():
            log.error("pool %r is not served: %s", found.pool_id, found.error.message)
            # What is shown of a pool whose settings cannot be read.
            stand_in = PoolConfig(found.pool_id, 0)
            self._unavailable[found.pool_id] = Unavailable(stand_in, found.error)
        self._waiting = list(store.pools())
        self._found = len(self._waiting)

    def load_next(self) -> bool:
        """Loads one of the pools that the store has; whether there are more. Not for several threads."""
        if self._waiting:
            config = self._waiting[0]
            try:
                session = self._open(config)
            except Exception as error:
                self._set_aside(config, error)
            else:
                with self._lock:
                    self._sessions[config.pool_id] = session
            del self._waiting[0]
        return bool(self._waiting)

    def load_all(self) -> None:
        """Loads all of them, where nobody has to be answered meanwhile."""
        while self.load_next():
            pass

    def load_status(self) -> LoadStatus:
        """How the pools stand now, each by id."""
        with self._lock:
            sessions = [session for _, session in sorted(self._sessions.items())]
            unavailable = [each for _, each in sorted(self._unavailable.items())]
            return LoadStatus(sessions, unavailable, len(self._waiting))

    def stored_response(self, request_id: str, digest: str) -> bytes | None:
        """As of a pool's session, the response to a request that made or deleted pools before."""
        return self._transactions.stored_response(request_id, digest)

    def transact(self, request_id: str, digest: str) -> AbstractContextManager[Transaction]:
        """As of a pool's session, a transaction; no other pool comes or goes until its block ends."""
        return self._transactions.begin(request_id, digest)

    def create(self, config: PoolConfig) -> PoolSummary:
        """Adds a pool; its fingerprint and dimension come from its featurizer, where it has one.

        Raises:
            InvalidInput: no such strategy, or no dimension for plain vectors.
            PoolExists: the id is taken.
            PoolsLoading: the service has not loaded its pools yet.
            LimitExceeded: the service keeps no more pools.
            FeaturizerNotFound, FeaturizerUnavailable: the featurizer cannot be had.
            ConsensusUnavailable: the packages of the pool's consensus are not installed.
        """
        strategy_named(config.strategy)
        if config.consensus is Consensus.DAWID_SKENE:
            require_packages()
        complete = self._models.completed(config, self._clock.now())
        with self._lock:
            self._check_loaded()
            if config.pool_id in self._sessions or config.pool_id in self._unavailable:
                raise PoolExists(
                    f"pool {config.pool_id!r} exists already; choose another id, or delete it first"
                )
            self._check_room(1)
            self._transactions.write(lambda response: self._write_new(complete, response))
            return PoolSummary(config=complete)

    def get(self, pool_id: str) -> PoolSession:
        """The pool of that id.

        Raises:
            PoolNotFound: no such pool.
            PoolsLoading: the service has not loaded its pools yet.
            StorageFailed: the pool could not be loaded, or whatever else kept it from being loaded.
        """
        with self._lock:
            self._check_loaded()
            session, unavailable = self._sessions.get(pool_id), self._unavailable.get(pool_id)
        if unavailable is not None:
            raise unavailable.make_error()
        if session is None:
            raise PoolNotFound.of(pool_id)
        return session

    def list(
        self,
        seen: Callable[[str], bool] = lambda _: True,
        view: Callable[[PoolState], PoolSummary] = query_pool,
    ) -> list[PoolSummary]:
        """All pools, by id, with those that could not be loaded; what is not `seen` is not even looked at.

        Raises:
            PoolsLoading: the service has not loaded its pools yet.
        """
        self._check_loaded()
        load_status = self.load_status()
        # No graph is built for a list of them all.
        summaries = [
            _view_of(session, view) for session in load_status.sessions if seen(session.config.pool_id)
        ]
        summaries += [each.view() for each in load_status.unavailable if seen(each.config.pool_id)]
        return sorted(summaries, key=lambda view: view.config.pool_id)

    def delete(self, pool_id: str) -> None:
        """Takes a pool and all it holds away for good, also one that could not be loaded.

        Raises:
            PoolNotFound: no such pool.
            PoolsLoading: the service has not loaded its pools yet.
        """
        with self._lock:
            session = None if pool_id in self._unavailable else self.get(pool_id)
            self._transactions.write(lambda response: self._write_deletion(pool_id, session, response))

    def let_go(self) -> bool:
        """Leaves graph builds under way to themselves, since the process ends; whether there are any."""
        sessions = self.load_status().sessions
        are_building = [session.read(lambda state: state.scorer.graphs.let_go()) for session in sessions]
        return any(are_building)

    @property
    def snapshots(self) -> SnapshotStore:
        """What carries pools elsewhere, and brings them in.

        Raises:
            InvalidInput: pools are kept in memory alone.
        """
        if self._snapshots is None:
            raise InvalidInput("this service keeps its pools in memory alone; serve a data directory")
        return self._snapshots

    def adopt(
        self,
        incoming: Incoming,
        names: Mapping[str, str],
        then: Callable[[Sequence[PoolConfig]], None],
    ) -> Sequence[str]:
        """Takes prepared pools in, all or none; they can be used once they are loaded.

        Args:
            incoming: of `snapshots`, prepared.
            names: the new id of each pool, by its id in the archive.
            then: gets the pools' settings once they are taken in.

        Returns:
            The new ids.

        Raises:
            PoolExists: an id is taken.
            PoolsLoading: the service has not loaded its pools yet.
            LimitExceeded: the service keeps no more pools.
        """
        with self._lock:
            self._check_loaded()
            self._check_room(len(names))
            self._transactions.write(lambda response: then(incoming.adopt(names, response)))
            return list(names.values())

    def load(self, configs: Iterable[PoolConfig]) -> None:
        """Makes adopted pools ready for use; other pools go on meanwhile.

        One that cannot be loaded is set aside, as at a start.
        """
        for config in configs:
            try:
                session = self._open(config)
            except PoolNotFound:
                continue  # deleted meanwhile
            except Exception as error:
                self._set_aside(config, error)
            else:
                with self._lock:
                    self._sessions.setdefault(config.pool_id, session)

    def close(self) -> None:
        """Ends all use of the store; safe to call twice."""
        self._store.close()

    def featurizer_of(self, pool_id: str) -> Featurizer:
        """The featurizer that a pool's contents go through.

        Raises:
            InvalidInput, FingerprintMismatch, FeaturizerNotFound, FeaturizerUnavailable: it cannot be had.
            PoolNotFound: no such pool.
        """
        return self._models.featurizer_of(self.get(pool_id).config)

    def augmenter_of(self, pool_id: str) -> Augmenter | None:
        """The augmentations by which a pool looks for near duplicates; None where it has none.

        Raises:
            InvalidInput, FingerprintMismatch, FeaturizerUnavailable: they cannot be had.
            PoolNotFound: no such pool.
        """
        return self._models.augmenter_of(self.get(pool_id).config)

    def _write_new(self, config: PoolConfig, response: StoredResponse | None) -> None:
        self._store.create_pool(config, response)
        self._sessions[config.pool_id] = self._open(config)

    def _write_deletion(
        self, pool_id: str, session: PoolSession | None, response: StoredResponse | None
    ) -> None:
        """Deletes a pool that could not be loaded, or that of a session, whose calls are waited for."""
        with nullcontext() if session is None else session.exclusive():
            self._store.delete_pool(pool_id, response)
            (self._unavailable if session is None else self._sessions).pop(pool_id)

    def _check_room(self, more: int) -> None:
        if len(self._sessions) + len(self._unavailable) + more > self._max_pools:
            raise LimitExceeded(f"this service keeps at most {self._max_pools} pools; delete one first")

    def _check_loaded(self) -> None:
        if self._waiting:
            done = self._found - len(self._waiting)
            raise PoolsLoading(
                f"loading pools, {done} of {self._found}; try again shortly",
                retry_after_seconds=LOADING_RETRY_SECONDS,
            )

    def _set_aside(self, config: PoolConfig, error: Exception) -> None:
        if isinstance(error, VicinalError):
            known = error
            log.error("pool %r is not served: %s", config.pool_id, error.message)
        else:
            known = StorageCorrupt("what is stored of it cannot be loaded; the server's log has the cause")
            log.error("pool %r is not served: it cannot be loaded", config.pool_id, exc_info=error)
        with self._lock:
            self._unavailable[config.pool_id] = Unavailable(config, known)

    def _open(self, config: PoolConfig) -> PoolSession:
        return PoolSession(
            config,
            self._store.open_pool(config.pool_id),
            self._neighbourhoods(config.metric),
            self._clock,
            self._store.stored_response,
            default_lease_seconds=self._default_lease_seconds,
            make_finder=self._make_finder,
            limits=self._limits,
        )


def _view_of(session: PoolSession, view: Callable[[PoolState], PoolSummary]) -> PoolSummary:
    """A pool as it stands; one that cannot be shown hides none of the others.

    Raises:
        CallEnded: nobody waits for it any more.
    """
    try:
        return session.read(view)
    except CallEnded:
        raise
    except Exception:
        log.exception("pool %r cannot be shown", session.config.pool_id)
        return hidden_pool(session.config)
