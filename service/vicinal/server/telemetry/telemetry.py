"""Records calls and work as metrics and, where they are wanted, as traces."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from vicinal.server.runtime.current_call import Call
from vicinal.server.telemetry.metrics import Metrics
from vicinal.server.telemetry.tracing import Tracing

Metadata = Iterable[tuple[str, str | bytes]]


class Telemetry:
    """Metrics, which are always counted, and traces where they are wanted."""

    def __init__(self, metrics: Metrics | None = None, tracing: Tracing | None = None) -> None:
        self.metrics = metrics or Metrics()
        self._tracing = tracing

    @contextmanager
    def call(self, call: Call, metadata: Metadata) -> Iterator[None]:
        """Around a call; its code and reason are read when it ends."""
        with ExitStack() as ends:
            ends.enter_context(self.metrics.call(call))
            if self._tracing:
                ends.enter_context(self._tracing.call(call, metadata))
            yield

    @contextmanager
    def work(self, executor: str, what: str, waited_seconds: float) -> Iterator[None]:
        """Around a piece of work, in the thread that does it."""
        with ExitStack() as ends:
            ends.enter_context(self.metrics.work(executor, waited_seconds))
            if self._tracing:
                ends.enter_context(self._tracing.work(executor, what, waited_seconds))
            yield

    def close(self) -> None:
        """Sends what has been gathered and not been sent yet."""
        if self._tracing:
            self._tracing.close()
