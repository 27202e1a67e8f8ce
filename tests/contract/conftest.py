"""A store of each kind, with a pool of three dimensions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.stored_records import HandClock
from vicinal.core.pool_config import PoolConfig
from vicinal.core.ports import PoolStore, Store
from vicinal.storage import MemoryStore, SqlStore


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "sql"])
def store(request, tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    made: Store = MemoryStore(clock) if request.param == "memory" else SqlStore(tmp_path / "data", clock)
    yield made
    made.close()


@pytest.fixture
def pool(store: Store) -> PoolStore:
    return store.create_pool(PoolConfig("fruits", 3))
