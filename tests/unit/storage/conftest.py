"""A data directory on disk, opened and closed at will."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.disks import (
    Disk,
)
from vicinal.core.pool_config import PoolConfig


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def filled(disk: Disk) -> Disk:
    """Closed, with a pool `fruits` of 5 items in two chunks, 3 and 2, and one label."""
    pool = disk.open().create_pool(PoolConfig("fruits", 3))
    pool.append_items(*disk.content(0, 3))
    pool.append_items(*disk.content(3, 5))
    pool.commit(disk.label("i1"))
    disk.close()
    return disk
