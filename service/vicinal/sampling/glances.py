"""How pools stand, for those who must not wait: metrics are read while pools are at work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from vicinal.sampling.results import PoolView
from vicinal.sampling.state import PoolState
from vicinal.sampling.views import view_pool


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

    def exclusive(self) -> PoolLock:
        """Its lock."""
        ...

    def read(self, reading: Callable[[PoolState], "Glance"]) -> "Glance":
        """What a reading makes of its state."""
        ...


@dataclass(frozen=True)
class Glance:
    """A pool as it stood a moment ago.

    Attributes:
        build_seconds: what the last build of its graph took; 0 before the first.
    """

    view: PoolView
    build_seconds: float


class Glances:
    """Looks at pools without waiting for them: one at work is told of as it was at the last look."""

    def __init__(self, wait_seconds: float = 0.02) -> None:
        self._wait_seconds = wait_seconds
        self._last: dict[str, Glance] = {}

    def at(self, pool_id: str, session: Session) -> Glance | None:
        """The pool as it stands; as it last stood while it is at work; None if it always was."""
        lock = session.exclusive()
        if lock.acquire(timeout=self._wait_seconds):
            try:
                self._last[pool_id] = session.read(_glance)
            finally:
                lock.release()
        return self._last.get(pool_id)


def _glance(state: PoolState) -> Glance:
    return Glance(view_pool(state), state.scorer.graphs.build_seconds)
