"""Numbers for Prometheus: counted as things happen, or read when they are asked for.

Labels have few values: methods, codes, executors and featurizers are fixed lists, pools are told apart up to a
limit (`pool_metrics`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from vicinal.server.current_call import Call

# A suggestion takes milliseconds, a batch of a thousand or an import minutes.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Watched(Protocol):
    """A group of threads, as it stands."""

    name: str
    running: int
    waiting: int


class Metrics:
    """The metrics of one server, in a registry of its own.

    Attributes:
        registry: what is scraped.
        embedded: contents that went through a model, by featurizer.
        rejected: work that was refused since too much waited, by executor.
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
        self._running = Gauge("vicinal_work_running", "Work that a thread is at.", ["executor"], registry=own)
        self.rejected = Counter(
            "vicinal_work_rejected", "Work refused, since too much waited.", ["executor"], registry=own
        )
        self.embedded = Counter(
            "vicinal_embedded_contents", "Contents a model embedded.", ["featurizer"], registry=own
        )

    def watch_executor(self, executor: Watched) -> None:
        """Tells the executor's queue from now on."""
        self._waiting.labels(executor.name).set_function(lambda: executor.waiting)
        self._running.labels(executor.name).set_function(lambda: executor.running)
        self.rejected.labels(executor.name)

    @contextmanager
    def call(self, call: Call) -> Iterator[None]:
        """Around a call."""
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
        """Around a piece of work."""
        self._waited.labels(executor).observe(waited_seconds)
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._worked.labels(executor).observe(time.perf_counter() - begun)
