"""All pools of a service."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from vicinal.core.errors import FingerprintMismatch, InvalidInput, LimitExceeded, PoolExists, PoolNotFound
from vicinal.core.finder_source import MakeFinder
from vicinal.core.ports import (
    Clock,
    Copies,
    Featurizer,
    Featurizers,
    Neighbourhoods,
    PoolConfig,
    Store,
    Views,
)
from vicinal.core.similarity import Metric
from vicinal.core.strategies import strategy_named
from vicinal.sampling.receipts import receipt_for, replayed
from vicinal.sampling.results import ItemCounts, PoolView, Retry
from vicinal.sampling.session import PoolSession

MakeViews = Callable[[Featurizer, Sequence[str]], Views]


class Pools:
    """Creates, finds and deletes pools; each is loaded from the store when the service starts.

    Args:
        neighbourhoods: makes an empty neighbourhood keeper for a metric.
        max_pools: how many pools this service keeps.
        make_finder: makes what finds copies in a pool; without it none are found.
        make_views: makes the augmented views of those names, seen by a featurizer.
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
        make_views: MakeViews | None = None,
    ) -> None:
        self.featurizers = featurizers
        self._store = store
        self._neighbourhoods = neighbourhoods
        self._clock = clock
        self._default_lease_seconds = default_lease_seconds
        self._max_pools = max_pools
        self._make_finder = make_finder
        self._make_views = make_views
        self._lock = threading.RLock()
        self._sessions = {config.pool_id: self._open(config) for config in store.pools()}

    def exclusive(self) -> AbstractContextManager[object]:
        """Re-entrant lock: no pool comes or goes while it is held."""
        return self._lock

    def replay(self, request_id: str, digest: str) -> bytes | None:
        """The answer kept for a request that was carried out before, or None.

        Raises:
            RequestIdReused: the id belongs to another request.
        """
        return replayed(self._store.receipt(request_id), digest)

    def create(self, config: PoolConfig, retry: Retry[PoolView] | None = None) -> PoolView:
        """Adds a pool; its fingerprint and dimension come from its featurizer, where it has one.

        Raises:
            InvalidInput: no such strategy, or no dimension for plain vectors.
            PoolExists: the id is taken.
            LimitExceeded: the service keeps no more pools.
            FeaturizerNotFound, FeaturizerUnavailable: the featurizer cannot be had.
        """
        strategy_named(config.strategy)
        complete = self._completed(config)
        with self._lock:
            if config.pool_id in self._sessions:
                raise PoolExists(
                    f"pool {config.pool_id!r} exists already; choose another id, or delete it first"
                )
            if len(self._sessions) >= self._max_pools:
                raise LimitExceeded(f"this service keeps at most {self._max_pools} pools; delete one first")
            view = PoolView(complete, ItemCounts(), {}, 0)
            self._store.create_pool(complete, receipt_for(retry, view, complete.created_at))
            self._sessions[config.pool_id] = self._open(complete)
            return view

    def get(self, pool_id: str) -> PoolSession:
        """The pool of that id.

        Raises:
            PoolNotFound: no such pool.
        """
        with self._lock:
            session = self._sessions.get(pool_id)
        if session is None:
            raise PoolNotFound(
                f"no pool {pool_id!r}; list the pools to see their ids", details={"pool_id": pool_id}
            )
        return session

    def list(self) -> list[PoolView]:
        """All pools, by id."""
        with self._lock:
            sessions = [session for _, session in sorted(self._sessions.items())]
        return [session.view() for session in sessions]

    def delete(self, pool_id: str, retry: Retry[None] | None = None) -> None:
        """Takes a pool and all it holds away for good.

        Raises:
            PoolNotFound: no such pool.
        """
        with self._lock, self.get(pool_id).exclusive():
            self._store.delete_pool(pool_id, receipt_for(retry, None, self._clock.now()))
            del self._sessions[pool_id]

    def close(self) -> None:
        """Ends all use of the store; safe to call twice."""
        self._store.close()

    def featurizer_of(self, pool_id: str) -> Featurizer:
        """The featurizer that a pool's contents go through.

        Raises:
            InvalidInput: the pool takes plain vectors.
            FingerprintMismatch: the model here is not the one that the pool's vectors came from.
            PoolNotFound, FeaturizerNotFound, FeaturizerUnavailable: it cannot be had.
        """
        config = self.get(pool_id).config
        if not config.featurizer or config.fingerprint is None:
            raise InvalidInput.at("content", f"pool {pool_id!r} has no featurizer; send vectors")
        featurizer = self.featurizers.get(config.featurizer)
        if featurizer.fingerprint.digest != config.fingerprint.digest:
            raise FingerprintMismatch(
                f"pool {pool_id!r} was made with {config.fingerprint}, but this server has "
                f"{featurizer.fingerprint}; serve it with the model it was made with"
            )
        return featurizer

    def views_of(self, pool_id: str) -> Views | None:
        """The augmented views by which a pool looks for near copies; None where it has none.

        Raises:
            InvalidInput: there is no view of a name, or there are none at all here.
            PoolNotFound, FingerprintMismatch, FeaturizerUnavailable: the featurizer cannot be had.
        """
        config = self.get(pool_id).config
        if not config.views or config.copies is not Copies.NEAR:
            return None
        return self._views(self.featurizer_of(pool_id), config.views)

    def _views(self, featurizer: Featurizer, names: Sequence[str]) -> Views:
        if self._make_views is None:
            raise InvalidInput.at("config.views", "this server has no views; leave them unset")
        return self._make_views(featurizer, names)

    def _completed(self, config: PoolConfig) -> PoolConfig:
        dated = replace(config, created_at=self._clock.now())
        if not config.featurizer:
            if config.dimension < 1:
                raise InvalidInput.at("config.dimension", "a pool of plain vectors needs one; give 1 or more")
            if config.views:
                raise InvalidInput.at("config.views", "go with a featurizer; leave them unset for vectors")
            return dated
        featurizer = self.featurizers.get(config.featurizer)
        fingerprint = featurizer.fingerprint
        if config.views:
            self._views(featurizer, config.views)
        if config.dimension not in (0, fingerprint.dimension):
            raise InvalidInput.at(
                "config.dimension",
                f"{config.dimension}, but {config.featurizer} gives {fingerprint.dimension}; leave it unset",
            )
        return replace(dated, fingerprint=fingerprint, dimension=fingerprint.dimension)

    def _open(self, config: PoolConfig) -> PoolSession:
        return PoolSession(
            config,
            self._store.open_pool(config.pool_id),
            self._neighbourhoods(config.metric),
            self._clock,
            self._store.receipt,
            default_lease_seconds=self._default_lease_seconds,
            make_finder=self._make_finder,
        )
