"""What the handlers of all subjects stand on. A handler is a method with the name of its RPC."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from vicinal.pools.registry import Pools
from vicinal.pools.session import PoolSession
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.runtime.workers import Workers
from vicinal.server.settings import Settings

Context = Any
"""Of a call, as gRPC gives it; handlers need none: the caller is `current_caller()`."""

P = ParamSpec("P")
R = TypeVar("R")
H = TypeVar("H", bound="Handlers")


class PoolRequest(Protocol):
    """A request about one pool."""

    pool_id: str


class Handlers:
    """The handlers of one subject; the interceptor turns their errors into statuses.

    Attributes:
        pools: of the service.
        workers: threads that do all work, so that the event loop stays free for calls.
        settings: of the server.
    """

    def __init__(self, pools: Pools, workers: Workers, settings: Settings) -> None:
        self.pools = pools
        self.workers = workers
        self.settings = settings

    def named_pool(self, request: PoolRequest) -> PoolSession:
        """The pool of a request that has nothing else to check.

        Raises:
            InvalidInput: its id, or the request's, is not well-formed.
            PoolNotFound: there is none of that id.
        """
        begin_checks(request).raise_if_any()
        return self.pools.get(request.pool_id)


def in_worker(handle: Callable[Concatenate[H, P], R]) -> Callable[Concatenate[H, P], Coroutine[Any, Any, R]]:
    """Lets gRPC's event loop wait for a handler that runs in a worker thread."""

    @wraps(handle)
    async def run(handlers: H, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await handlers.workers.compute(handle, handlers, *args, **kwargs)

    return run
