"""Where a simulated pool gets its parts: the session that serves users, over a store in memory."""

from vicinal.core.ports import PoolConfig
from vicinal.index import PoolNeighbourhoods
from vicinal.sampling.clock import SystemClock
from vicinal.sampling.session import PoolSession
from vicinal.storage import MemoryStore


def session_in_memory(config: PoolConfig) -> PoolSession:
    """A pool's session that keeps nothing on disk; it is empty."""
    clock = SystemClock()
    store = MemoryStore(clock)
    return PoolSession(
        config, store.create_pool(config), PoolNeighbourhoods(config.metric), clock, store.receipt
    )
