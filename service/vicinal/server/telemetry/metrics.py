"""Metrics for Prometheus: counted as things happen, or read at each scrape."""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from vicinal.core.errors import VicinalError
from vicinal.pools.registry import Pools
from vicinal.pools.statistics_cache import PoolStatistics, StatisticsCache
from vicinal.server.runtime.current_call import Call

# A suggestion takes milliseconds; a batch of a thousand, or an import, takes minutes.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
# The label value under which the pools beyond the limit are added up.
OTHERS = "(others)"

log = logging.getLogger("vicinal.server")


class WatchedExecutor(Protocol):
    """An executor, as it is now."""

    name: str
    running: int
    waiting: int


class Metrics:
    """The metrics of one server, in a registry of its own.

    Attributes:
        registry: what is scraped.
        embedded: contents that went through a model, by featurizer.
        rejected: work that was refused because too much waited, by executor.
    """

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        ProcessCollector(registry=own)
        self._calls = Counter("vicinal_calls", "Calls that ended.", ["method", "code"], registry=own)
        self._seconds = Histogram(
            "vicinal_call_seconds", "How long calls took.", ["method"], buckets=SECONDS, registry=own
        )
        self._in_flight = Gauge("vicinal_calls_in_flight", "Calls under way.", ["method"], registry=own)
        self._waited = Histogram(
            "vicinal_work_wait_seconds",
            "How long work waited for a thread.",
            ["executor"],
            buckets=SECONDS,
            registry=own,
        )
        self._worked = Histogram(
            "vicinal_work_seconds",
            "How long work took a thread.",
            ["executor"],
            buckets=SECONDS,
            registry=own,
        )
        self._waiting = Gauge(
            "vicinal_work_waiting", "Work waiting for a thread.", ["executor"], registry=own
        )
        self._running = Gauge(
            "vicinal_work_running", "Work that a thread is doing.", ["executor"], registry=own
        )
        self.rejected = Counter(
            "vicinal_work_rejected", "Work refused because too much waited.", ["executor"], registry=own
        )
        self.embedded = Counter(
            "vicinal_embedded_contents", "Contents a model embedded.", ["featurizer"], registry=own
        )

    def watch_executor(self, executor: WatchedExecutor) -> None:
        """Shows the executor's queue from now on."""
        self._waiting.labels(executor.name).set_function(lambda: executor.waiting)
        self._running.labels(executor.name).set_function(lambda: executor.running)
        self.rejected.labels(executor.name)

    @contextmanager
    def call(self, call: Call) -> Iterator[None]:
        """Counts a call."""
        in_flight = self._in_flight.labels(call.method)
        in_flight.inc()
        try:
            yield
        finally:
            in_flight.dec()
            self._calls.labels(call.method, call.code).inc()
            self._seconds.labels(call.method).observe(call.seconds)

    @contextmanager
    def work(self, executor: str, waited_seconds: float) -> Iterator[None]:
        """Counts a piece of work."""
        self._waited.labels(executor).observe(waited_seconds)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._worked.labels(executor).observe(time.perf_counter() - begun)


class PoolMetrics(Collector):
    """Reads all pools at each scrape.

    Args:
        pools: of the server.
        max_pools: how many pools, the first by id, are shown separately; the others are added up as `OTHERS`.
    """

    def __init__(self, pools: Pools, max_pools: int) -> None:
        self._pools = pools
        self._max_pools = max_pools
        self._statistics = StatisticsCache()

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The families without values, so that registering reads no pool."""
        return _Families().all()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The families with the present values of the pools."""
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
        by_pool = list(self._statistics.at(sessions).items())
        for pool_id, statistics in by_pool[: self._max_pools]:
            families.add(pool_id, [statistics])
        if others := [statistics for _, statistics in by_pool[self._max_pools :]]:
            families.add(OTHERS, others)
        yield from families.all()


class _Families:
    def __init__(self) -> None:
        self.pools = GaugeMetricFamily("vicinal_pools", "Pools by whether they are served.", labels=["state"])
        self.items = GaugeMetricFamily("vicinal_pool_items", "Items by state.", labels=["pool", "state"])
        self.leases = GaugeMetricFamily("vicinal_pool_leases_open", "Open leases.", labels=["pool"])
        self.labels = GaugeMetricFamily("vicinal_pool_labels", "Current labels.", labels=["pool"])
        self.covered = GaugeMetricFamily(
            "vicinal_pool_graph_items", "Items in the neighbour graph.", labels=["pool"]
        )
        self.progress = GaugeMetricFamily(
            "vicinal_pool_graph_progress", "Progress of the graph build; 1 while none runs.", labels=["pool"]
        )
        self.seconds = GaugeMetricFamily(
            "vicinal_pool_graph_build_seconds", "How long the last graph build took.", labels=["pool"]
        )

    def all(self) -> list[GaugeMetricFamily]:
        return [
            *(self.pools, self.items, self.leases, self.labels),
            *(self.covered, self.progress, self.seconds),
        ]

    def add(self, pool: str, pools_read: list[PoolStatistics]) -> None:
        """Adds one pool, or several as one: their sums, and the least progress."""
        summaries = [statistics.view for statistics in pools_read]
        graphs = [summary.graph for summary in summaries if summary.graph]
        counts = [asdict(summary.counts) for summary in summaries]
        for state in counts[0]:
            self.items.add_metric([pool, state], sum(count[state] for count in counts))
        self.leases.add_metric([pool], sum(summary.open_leases for summary in summaries))
        self.labels.add_metric([pool], sum(summary.counts.labelled for summary in summaries))
        self.covered.add_metric([pool], sum(graph.covered_items for graph in graphs))
        self.progress.add_metric([pool], min((graph.progress for graph in graphs), default=1.0))
        self.seconds.add_metric([pool], sum(statistics.build_seconds for statistics in pools_read))


class CannotServeMetrics(VicinalError):
    """The server cannot listen on the address of the metrics."""

    reason = "CANNOT_SERVE_METRICS"


@contextmanager
def serve_metrics(listen: str, registry: CollectorRegistry) -> Iterator[None]:
    """Serves the registry at http://HOST:PORT/metrics while the context lasts; nowhere if `listen` is empty.

    Raises:
        CannotServeMetrics: the address is in use, or is no address of this machine.
    """
    if not listen:
        yield
        return
    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise CannotServeMetrics(f"metrics_listen: cannot listen on {listen}: {error.strerror}") from error
    log.info("metrics on http://%s:%d/metrics", host, server.server_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
