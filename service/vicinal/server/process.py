"""A server's life: built from settings, alive, ready, serving, and shut down in order."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from typing import NamedTuple

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from threadpoolctl import threadpool_limits

from vicinal.core.errors import VicinalError
from vicinal.pools.registry import Pools
from vicinal.server import composition
from vicinal.server.rpc.servicer import SamplerServicer
from vicinal.server.runtime.admission import EntryCounts
from vicinal.server.runtime.health import Health
from vicinal.server.runtime.interceptors import CallInterceptor, CallTracker, OpenCallInterceptor
from vicinal.server.runtime.messages import RequestReader, TransferLimits
from vicinal.server.runtime.workers import Workers
from vicinal.server.security.access import build_access
from vicinal.server.security.settings import refuse_exposure
from vicinal.server.security.tls import server_credentials
from vicinal.server.settings import Settings
from vicinal.server.telemetry import logs
from vicinal.server.telemetry.logs import silence_foreign_loggers
from vicinal.server.telemetry.metrics import PoolMetrics, serve_metrics
from vicinal.server.telemetry.telemetry import Telemetry
from vicinal.server.telemetry.tracing import SERVICE, Tracing
from vicinal.v1.sampler_service_pb2_grpc import add_SamplerServiceServicer_to_server

# Of one connection; more wait in the client. Bounding the number of connections is a firewall's task.
MAX_STREAMS_PER_CONNECTION = 256
# For health checks, on top of the calls that a key may have under way.
EXTRA_STREAMS = 16
# Close broken connections, and connections on which nothing was ever sent.
KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS = 60_000, 20_000
HANDSHAKE_MS, IDLE_MS = 20_000, 600_000
# Calls that wait to be accepted, up to 16 KB each. Beyond, gRPC drops random ones, perhaps a probe.
MAX_UNSEEN_CALLS = 8192
# The bit of "identity": a request is as large as its bytes on the wire.
NO_COMPRESSION = 1
# How long cancelled calls may take to inform their callers.
CANCEL_SECONDS = 1.0
# The exit code of a process that signal n killed is 128 + n.
KILLED = 128
# Names and numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_KEPT_BYTES = 1 << 20
_OWN_MAPPING_BYTES = 1 << 22
_ARENAS = 2

log = logging.getLogger("vicinal.server")


class CannotServe(VicinalError):
    """The server could not be started; the message says why."""

    reason = "CANNOT_SERVE"


class PreparedServer(NamedTuple):
    """A server that does not listen yet, with its health and its guard."""

    server: grpc.aio.Server
    health: Health
    guard: CallTracker


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, and ends the calls under way before it returns.

    Prints `listening on HOST:PORT` once its pools are loaded; before, it answers health checks, and refuses
    other calls as UNAVAILABLE. A second signal ends it at once. The log goes to stderr.

    Raises:
        CannotServe: the data directory, certificates, keys or address cannot be used, or the server would be
            open to other machines without protection.
    """
    logs.set_up(settings.log_level, settings.log_format)
    silence_foreign_loggers(settings.log_level)
    give_memory_back()
    try:
        refuse_exposure(settings.listen, settings)
        with threadpool_limits(settings.threads):
            is_building = asyncio.run(_serve(settings))
    except CannotServe:
        raise
    except VicinalError as error:
        raise CannotServe(error.message, details=error.details) from error
    if is_building:
        # The interpreter would wait for the native code of the threads that build graphs.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


async def _serve(settings: Settings) -> bool:
    """Serves; returns whether graphs are still being built when everything else has ended."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _signalled, number, stop)
    telemetry = Telemetry(tracing=Tracing.to(settings.otlp_endpoint) if settings.otlp_endpoint else None)
    pools = composition.build(settings)
    workers = make_workers(settings, telemetry)
    try:
        telemetry.metrics.registry.register(PoolMetrics(pools, settings.metrics_max_pools))
        with serve_metrics(settings.metrics_listen, telemetry.metrics.registry):
            await live(settings, pools, workers, telemetry, stop)
    finally:
        workers.close()
        is_building = pools.abandon_builds()
        pools.close()
        telemetry.close()
    return is_building


async def live(
    settings: Settings, pools: Pools, workers: Workers, telemetry: Telemetry, stop: asyncio.Event
) -> None:
    """Listens, loads the pools, serves until `stop` is set, and shuts down.

    Raises:
        CannotServe: the server cannot listen on the address.
    """
    made = make_server(settings, pools, workers, telemetry)
    try:
        port = listen(made.server, settings.listen, server_credentials(settings))
        await made.health.begin()
        await made.server.start()
        host = settings.listen.rpartition(":")[0]
        log.info("alive on %s:%d, loading pools", host, port)
        while not stop.is_set() and await asyncio.to_thread(pools.load_next):
            pass
        if not stop.is_set():
            await made.health.ready()
            print(f"listening on {host}:{port}", flush=True)
        await stop.wait()
    finally:
        await _end(made, settings.shutdown_grace_seconds)


async def _end(made: PreparedServer, grace_seconds: float) -> None:
    """Refuses new calls, lets those under way end, and cancels those that take longer than the grace."""
    log.info("shutting down: calls under way have %g seconds to end", grace_seconds)
    made.guard.close()
    await made.health.end()
    if not await made.guard.idle(grace_seconds):
        log.warning(
            "shutting down: calls were still under way after %g seconds, and are cancelled", grace_seconds
        )
        made.guard.cancel_calls()
        await made.guard.idle(CANCEL_SECONDS)
    await made.server.stop(None)


def _signalled(number: signal.Signals, stop: asyncio.Event) -> None:
    if stop.is_set():
        log.warning("%s again: ending at once; what was acknowledged is on disk", number.name)
        os._exit(KILLED + number)
    stop.set()


def make_workers(settings: Settings, telemetry: Telemetry) -> Workers:
    """The threads that do the work."""
    return Workers(
        max_waiting=settings.max_waiting_calls,
        model_load_seconds=settings.model_load_seconds,
        telemetry=telemetry,
    )


def make_server(
    settings: Settings, pools: Pools, workers: Workers, telemetry: Telemetry | None = None
) -> PreparedServer:
    """The server with the service, health and reflection; it does not listen yet."""
    guard, health_of_server = CallTracker(telemetry or Telemetry()), Health(SERVICE)
    reader = RequestReader(
        TransferLimits(settings.max_request_seconds, settings.max_pause_seconds),
        EntryCounts(settings.max_items_per_request),
    )
    server = grpc.aio.server(
        interceptors=[
            CallInterceptor(SERVICE, guard, build_access(settings), reader),
            OpenCallInterceptor(SERVICE),
        ],
        options=server_options(settings),
    )
    add_SamplerServiceServicer_to_server(SamplerServicer(pools, workers, settings), server)
    health_pb2_grpc.add_HealthServicer_to_server(health_of_server.servicer, server)
    if settings.reflection:
        reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return PreparedServer(server, health_of_server, guard)


def server_options(settings: Settings) -> list[tuple[str, int]]:
    """The limits that gRPC itself enforces."""
    streams = max(MAX_STREAMS_PER_CONNECTION, settings.max_calls_in_flight_per_key + EXTRA_STREAMS)
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.compression_enabled_algorithms_bitset", NO_COMPRESSION),
        ("grpc.max_concurrent_streams", streams),
        ("grpc.server.max_pending_requests", MAX_UNSEEN_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", MAX_UNSEEN_CALLS),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
        ("grpc.max_connection_idle_ms", IDLE_MS),
        # A second server at the same port fails to start, instead of getting half of the calls.
        ("grpc.so_reuseport", 0),
    ]


def listen(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials | None = None) -> int:
    """Binds the server to HOST:PORT, without TLS if there are no credentials; returns the port.

    Raises:
        CannotServe: the address is in use, or is no address of this machine.
    """
    try:
        if credentials is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        port = 0
        log.debug("cannot bind %s: %s", address, error)
    if not port:
        raise CannotServe(f"cannot listen on {address}: it is in use, or is no address of this machine")
    return port


def give_memory_back() -> None:
    """Lets freed memory return to the system, where the C library is glibc; does nothing elsewhere.

    By default glibc raises the size from which arrays get a mapping of their own up to 32 MiB, and keeps
    what threads free for each of them: after a graph was built, a process would keep what the build needed.

    Source: mallopt(3).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _OWN_MAPPING_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)
