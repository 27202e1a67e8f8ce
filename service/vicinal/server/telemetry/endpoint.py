"""Where metrics are scraped: a small HTTP server in a thread of its own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from vicinal.core.errors import VicinalError

log = logging.getLogger("vicinal.server")


class CannotServeMetrics(VicinalError):
    """The address of the metrics cannot be listened on."""

    reason = "CANNOT_SERVE_METRICS"


@contextmanager
def metrics_served(listen: str, registry: CollectorRegistry) -> Iterator[None]:
    """Serves the registry at http://HOST:PORT/metrics meanwhile; nowhere if `listen` is empty.

    Raises:
        CannotServeMetrics: the address is taken, or is none of this machine's.
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
