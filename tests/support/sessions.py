"""Sessions over the in-memory store with a clock that tests can turn, and what tests do with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from unittest import mock

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools import suggesting
from vicinal.pools.clock import Deadline, current_deadline
from vicinal.pools.results import LabelInput, PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.labels import Submitted
from vicinal.storage import MemoryStore


def label(session: PoolSession, **labels: str) -> Submitted:
    return session.labels.submit([LabelInput(f"item-{key[1:]}", value) for key, value in labels.items()])


def numbers(session: PoolSession) -> object:
    """All that suggestions and predictions depend on."""
    queries = vectors_of(5, seed=9)
    predictions = session.classify(queries, with_neighbours=True) if session.view().label_counts else []
    return list(session.score_pool()), list(session.score_pool("classic")), predictions


class CountedIds:
    """In place of the module `uuid`: ids that go down, so that their order is not that of their making."""

    def __init__(self, first: int = 10**9) -> None:
        self._next = first

    def uuid4(self) -> SimpleNamespace:
        self._next -= 1
        return SimpleNamespace(hex=f"{self._next:032x}")


@contextmanager
def lease_ids_going_down() -> Iterator[None]:
    """Leases opened later have smaller ids, and the same whenever a test is run again."""
    with mock.patch.object(suggesting, "uuid", CountedIds()):
        yield


@contextmanager
def waiting(deadline: Deadline) -> Iterator[None]:
    """What is done meanwhile is done for a caller of that patience."""
    token = current_deadline.set(deadline)
    try:
        yield
    finally:
        current_deadline.reset(token)


@dataclass
class TurnableClock:
    seconds: float = 1_000_000.0

    def now(self) -> float:
        return self.seconds

    def pass_seconds(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class Bench:
    """A store with one pool, and sessions on it."""

    clock: TurnableClock
    store: MemoryStore
    config: PoolConfig
    sessions: list[PoolSession] = field(default_factory=list)
    make_finder: MakeFinder | None = None

    def open(self) -> PoolSession:
        """A session as after a restart: everything it knows comes from the store."""
        session = PoolSession(
            self.config,
            self.store.open_pool(self.config.pool_id),
            PoolNeighbourhoods(self.config.metric, 5),
            self.clock,
            make_finder=self.make_finder,
        )
        self.sessions.append(session)
        return session


def vectors_of(count: int, dimension: int = 8, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


def items_of(count: int, first: int = 0) -> list[PreparedItem]:
    return [
        PreparedItem(f"item-{row:03d}", f"hash-{row}", {"n": str(row)}) for row in range(first, first + count)
    ]
