"""A server's life: built from settings, ready, serving, and shut down in peace."""

import asyncio
import logging
import signal
import sys

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from threadpoolctl import threadpool_limits

from vicinal.core.errors import VicinalError
from vicinal.sampling.pools import Pools
from vicinal.server import composition
from vicinal.server.allocation import give_memory_back
from vicinal.server.interceptors import CallInterceptor
from vicinal.server.security.access import access_interceptors
from vicinal.server.security.exposure import refuse_exposure
from vicinal.server.security.log_levels import keep_contents_out_of_the_log
from vicinal.server.security.tls import server_credentials
from vicinal.server.servicer import SamplerServicer
from vicinal.server.settings import Settings
from vicinal.server.workers import Workers
from vicinal.v1 import sampler_service_pb2
from vicinal.v1.sampler_service_pb2_grpc import add_SamplerServiceServicer_to_server

SERVICE = sampler_service_pb2.DESCRIPTOR.services_by_name["SamplerService"].full_name
MAX_CONCURRENT_CALLS = 256
# Less than the 10 seconds that containers are given before they are killed.
GRACE_SECONDS = 8.0

log = logging.getLogger("vicinal.server")


class CannotServe(VicinalError):
    """The server could not be started; the message says why."""

    reason = "CANNOT_SERVE"


def serve(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, and ends the calls under way before it returns.

    Prints `listening on HOST:PORT` once it is ready. The log goes to stderr.

    Raises:
        CannotServe: the data directory, certificates or keys cannot be used, the address cannot be listened
            on, or it would be open to others without protection.
    """
    logging.basicConfig(
        level=settings.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    keep_contents_out_of_the_log(settings.log_level)
    give_memory_back()
    try:
        refuse_exposure(settings.listen, settings)
        with threadpool_limits(settings.threads):
            asyncio.run(_serve(settings, composition.build(settings)))
    except CannotServe:
        raise
    except VicinalError as error:
        raise CannotServe(error.message, details=error.details) from error


async def _serve(settings: Settings, pools: Pools) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    workers = Workers()
    server, health_servicer = make_server(settings, pools, workers)
    try:
        port = listen(server, settings.listen, server_credentials(settings))
        await server.start()
        await health_servicer.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
        host = settings.listen.rpartition(":")[0]
        print(f"listening on {host}:{port}", flush=True)
        await stop.wait()
        log.info("shutting down: calls under way have %g seconds to end", GRACE_SECONDS)
        await health_servicer.enter_graceful_shutdown()
    finally:
        await server.stop(GRACE_SECONDS)
        workers.close()
        pools.close()


def make_server(
    settings: Settings, pools: Pools, workers: Workers
) -> tuple[grpc.aio.Server, health.aio.HealthServicer]:
    """The server with the service, health and reflection, which listens nowhere yet."""
    server = grpc.aio.server(
        interceptors=[CallInterceptor(SERVICE), *access_interceptors(SERVICE, settings)],
        maximum_concurrent_rpcs=MAX_CONCURRENT_CALLS,
        options=[
            ("grpc.max_receive_message_length", settings.max_message_bytes),
            ("grpc.max_send_message_length", -1),
            # A second server at the same port is told so, instead of taking half of the calls.
            ("grpc.so_reuseport", 0),
        ],
    )
    add_SamplerServiceServicer_to_server(SamplerServicer(pools, workers, settings), server)
    health_servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    if settings.reflection:
        reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return server, health_servicer


def listen(server: grpc.aio.Server, address: str, credentials: grpc.ServerCredentials | None = None) -> int:
    """Binds the server to HOST:PORT, without credentials in the clear; returns the port.

    Raises:
        CannotServe: the address is taken, or is none of this machine's.
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
