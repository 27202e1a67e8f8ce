"""The server's health by grpc.health.v1: live as soon as it answers, ready once its pools are loaded."""

from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckResponse

LIVE = "live"
READY = "ready"


class Health:
    """The health service's answers through a server's life.

    Three names mean ready: the service's full name, `ready`, and the empty name, which asks for the server
    as a whole. `live` means only that the process answers, and stays until it ends.

    Args:
        service: full name of the service.
    """

    def __init__(self, service: str) -> None:
        self.servicer = health.aio.HealthServicer()
        self._ready_names = (service, READY, "")

    async def begin(self) -> None:
        """The process answers; its pools are not loaded yet."""
        await self.servicer.set(LIVE, HealthCheckResponse.SERVING)
        await self._set(is_ready=False)

    async def ready(self) -> None:
        """All pools that can be loaded are."""
        await self._set(is_ready=True)

    async def end(self) -> None:
        """New calls are refused from now on."""
        await self._set(is_ready=False)

    async def _set(self, *, is_ready: bool) -> None:
        status = HealthCheckResponse.SERVING if is_ready else HealthCheckResponse.NOT_SERVING
        for name in self._ready_names:
            await self.servicer.set(name, status)
