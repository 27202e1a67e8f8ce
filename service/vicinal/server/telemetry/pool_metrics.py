"""Metrics of pools, read when they are scraped, and never waiting for a pool at work."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from vicinal.sampling.pools import Pools
from vicinal.sampling.statistics_cache import PoolStatistics, StatisticsCache

# The label value under which the pools beyond the limit are added up.
OTHERS = "(others)"


class PoolMetrics(Collector):
    """Reads all pools at each scrape.

    Args:
        pools: of the server.
        max_pools: so many, the first by id, are told apart; the others are added up as `OTHERS`.
    """

    def __init__(self, pools: Pools, max_pools: int) -> None:
        self._pools = pools
        self._max_pools = max_pools
        self._statistics = StatisticsCache()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The families without values, so that registering reads no pool."""
        return _Families().all()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families as the pools stand."""
        load_status = self._pools.load_status()
        families = _Families()
        states = {
            "served": len(load_status.sessions),
            "unavailable": len(load_status.unavailable),
            "loading": load_status.waiting,
        }
        for state, count in states.items():
            families.pools.add_metric([state], count)
        sessions = {session.config.pool_id: session for session in load_status.sessions}
        told = list(self._statistics.at(sessions).items())
        for pool_id, statistics in told[: self._max_pools]:
            families.add(pool_id, [statistics])
        if others := [statistics for _, statistics in told[self._max_pools :]]:
            families.add(OTHERS, others)
        yield from families.all()


class _Families:
    def __init__(self) -> None:
        self.pools = GaugeMetricFamily("vicinal_pools", "Pools by how they stand.", labels=["state"])
        self.items = GaugeMetricFamily(
            "vicinal_pool_items", "Items by what became of them.", labels=["pool", "state"]
        )
        self.leases = GaugeMetricFamily("vicinal_pool_leases_open", "Open leases.", labels=["pool"])
        self.labels = GaugeMetricFamily("vicinal_pool_labels", "Labels that stand.", labels=["pool"])
        self.covered = GaugeMetricFamily(
            "vicinal_pool_graph_items", "Items in the neighbour graph.", labels=["pool"]
        )
        self.progress = GaugeMetricFamily(
            "vicinal_pool_graph_progress", "Of the graph build under way; 1 where none is.", labels=["pool"]
        )
        self.seconds = GaugeMetricFamily(
            "vicinal_pool_graph_build_seconds", "What the last graph build took.", labels=["pool"]
        )

    def all(self) -> list[GaugeMetricFamily]:
        return [
            *(self.pools, self.items, self.leases, self.labels),
            *(self.covered, self.progress, self.seconds),
        ]

    def add(self, pool: str, pools_read: list[PoolStatistics]) -> None:
        """One pool, or several as one: sums, and of progress the least."""
        summaries = [statistics.view for statistics in pools_read]
        graphs = [view.graph for view in summaries if view.graph]
        counts = [asdict(view.counts) for view in summaries]
        for state in counts[0]:
            self.items.add_metric([pool, state], sum(count[state] for count in counts))
        self.leases.add_metric([pool], sum(view.open_leases for view in summaries))
        self.labels.add_metric([pool], sum(view.counts.labelled for view in summaries))
        self.covered.add_metric([pool], sum(graph.covered_items for graph in graphs))
        self.progress.add_metric([pool], min((graph.progress for graph in graphs), default=1.0))
        self.seconds.add_metric([pool], sum(statistics.build_seconds for statistics in pools_read))
