"""How the pools of a service stand: served, still to be loaded, or not to be had."""

from collections.abc import Sequence
from dataclasses import dataclass

from vicinal.core.errors import VicinalError
from vicinal.core.ports import PoolConfig
from vicinal.sampling.pool_summaries import ItemCounts, PoolSummary
from vicinal.sampling.session import PoolSession


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
        return PoolSummary(self.config, ItemCounts(), {}, 0, unavailable=self.error.public_message)


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
    return PoolSummary(
        stand_in, ItemCounts(), {}, 0, unavailable="it cannot be shown; the server's log has the cause"
    )
