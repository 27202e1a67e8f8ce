"""A pool session over the in-memory store, with a clock that tests can turn."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MakeFinder
from vicinal.core.pool_config import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.results import PreparedItem
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Metric
from vicinal.storage import MemoryStore


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
            self.store.stored_response,
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


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    def make(**settings: object) -> Bench:
        clock = TurnableClock()
        store = MemoryStore(clock)
        config = PoolConfig("fruits", 8, **settings)  # type: ignore[arg-type]
        store.create_pool(config)
        return Bench(clock, store, config)

    return make


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench(metric=Metric.COSINE)


@pytest.fixture
def session(bench: Bench) -> PoolSession:
    session = bench.open()
    session.add_items(items_of(30), vectors_of(30))
    return session
