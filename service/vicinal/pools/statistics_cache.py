"""The state of pools, for callers that must not wait: metrics are read while pools are at work."""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from vicinal.pools.queries import query_pool
from vicinal.pools.results import PoolSummary
from vicinal.pools.state.pool import PoolState

log = logging.getLogger(__name__)


class PoolLock(AbstractContextManager[object], Protocol):
    """A pool's re-entrant lock, which may also be tried for a while."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Whether it was had within `timeout` seconds."""
        ...

    def release(self) -> None:
        """Undoes one `acquire`."""
        ...


class Session(Protocol):
    """A pool in use."""

    @property
    def lock(self) -> PoolLock:
        """Nobody else reads or changes the pool while it is held."""
        ...

    def read(self, reading: Callable[[PoolState], "PoolStatistics"]) -> "PoolStatistics":
        """What a reading makes of its state."""
        ...


@dataclass(frozen=True)
class PoolStatistics:
    """A pool as it was a moment ago.

    Attributes:
        build_seconds: what the last build of its graph took; 0 before the first.
    """

    view: PoolSummary
    build_seconds: float


class StatisticsCache:
    """Looks at pools without waiting for them: one at work is reported as it was at the last look."""

    def __init__(self, wait_seconds: float = 0.02) -> None:
        self._wait_seconds = wait_seconds
        self._last: Mapping[str, PoolStatistics] = {}

    def at(self, sessions: Mapping[str, Session]) -> Mapping[str, PoolStatistics]:
        """The pools as they stand, each by id.

        One at work is reported as it was at the last look, and left out if it was at work whenever it was
        looked at. One that cannot be looked at is left out, and logged.
        """
        looks = {pool_id: self._look(pool_id, session) for pool_id, session in sessions.items()}
        self._last = {pool_id: statistics for pool_id, statistics in looks.items() if statistics is not None}
        return self._last

    def _look(self, pool_id: str, session: Session) -> PoolStatistics | None:
        lock = session.lock
        if not lock.acquire(timeout=self._wait_seconds):
            return self._last.get(pool_id)
        try:
            return session.read(_read_statistics)
        except Exception:
            # One pool that cannot be looked at hides none of the others.
            log.exception("pool %r cannot be looked at", pool_id)
            return None
        finally:
            lock.release()


def _read_statistics(state: PoolState) -> PoolStatistics:
    return PoolStatistics(query_pool(state), state.scorer.graphs.build_seconds)
