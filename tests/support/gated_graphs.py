"""Neighbour graphs that are built when a test says so."""

import threading

from tests.support.sessions import Bench
from vicinal.core.arrays import Vectors
from vicinal.core.records import Neighbours
from vicinal.index import PoolNeighbourhoods
from vicinal.pools.session import PoolSession


class GatedNeighbourhoods(PoolNeighbourhoods):
    """Builds only once it is let."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.config.metric, 5)
        self.gate = threading.Event()
        self.grown: list[int] = []
        self.restored: list[int] = []

    def grow(self, pool: Vectors) -> None:
        assert self.gate.wait(30)
        self.grown.append(len(pool))
        super().grow(pool)

    def restore(self, pool: Vectors, neighbours: Neighbours) -> None:
        self.restored.append(len(pool))
        super().restore(pool, neighbours)


def session_over(bench: Bench, neighbourhoods: PoolNeighbourhoods) -> PoolSession:
    return PoolSession(
        bench.config,
        bench.store.open_pool(bench.config.pool_id),
        neighbourhoods,
        bench.clock,
    )


def build(session: PoolSession, gated: GatedNeighbourhoods) -> None:
    gated.gate.set()
    session.read(lambda state: state.scorer.graphs).wait()
