"""A pool session over the in-memory store, with a clock that tests can turn."""

from collections.abc import Callable

import pytest

from tests.support.sessions import Bench, TurnableClock, items_of, vectors_of
from vicinal.core.pool_config import PoolConfig
from vicinal.pools.session import PoolSession
from vicinal.records.pool_options import Metric
from vicinal.storage import MemoryStore


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
    session.items.add(items_of(30), vectors_of(30))
    return session
