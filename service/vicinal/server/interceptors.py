"""Brings all calls through what bounds them: those of the service through the guard, others by themselves.

To gRPC each handler is one of streams, whatever it is on the wire. Messages are then read and sent here:
after the caller has been let in, and no longer than the caller keeps up.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import grpc

from vicinal.core.errors import VicinalError
from vicinal.server.admission import Place, Room
from vicinal.server.checks import POOL_ID
from vicinal.server.current_call import Call
from vicinal.server.error_table import status_of
from vicinal.server.guard import Guard, abort
from vicinal.server.messages import Reader, TransferLimits, sent
from vicinal.server.security.access import Access

# Handlers, requests and contexts are of any type here, which the stubs of grpc cannot say.
Context = Any
Handler = Any
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]

# Far above what waits for threads (max_waiting_calls), so that a call too many is told when to come back.
MAX_CALLS = 2048
# Of each service that needs no key.
MAX_OPEN_CALLS = 256
# The requests of such a service are some bytes.
OPEN_PACE = TransferLimits(request_seconds=10.0, pause_seconds=60.0)


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of one service; calls to other services pass through.

    Requests are parsed here, so that bytes that are no such message get a named error as well.

    Args:
        service: full name of the service.
        guard: stands around each call.
        access: who may come in; None lets everybody in.
        reader: reads the requests.
    """

    def __init__(
        self, service: str, guard: Guard, access: Access | None = None, reader: Reader | None = None
    ) -> None:
        self._guard = guard
        self._access = access or Access()
        self._reader = reader or Reader()
        self._room = Room("calls", MAX_CALLS)
        self._prefix = f"/{service}/"

    async def intercept_service(self, continuation: Continuation, details: Handler) -> Handler:
        """The handler of the call, wrapped; None if there is none."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(self._prefix):
            return handler
        method = details.method.removeprefix(self._prefix)

        async def handle(_: Any, context: Context) -> None:
            async with self._guard.call(method, context) as call:
                # The key first: nothing of a request is read, or unpacked, for a caller who may not come in.
                with self._access.entered(method, context), self._room.place(context.peer()) as place:
                    await self._answer(handler, context, call, place)

        return grpc.stream_stream_rpc_method_handler(handle, None, handler.response_serializer)

    async def _answer(self, handler: Handler, context: Context, call: Call, place: Place) -> None:
        parse = handler.request_deserializer
        if handler.request_streaming:
            request: Any = self._noted_all(self._reader.all(parse, context), context, call, place)
        else:
            request = self._noted(await self._reader.one(parse, context), context, call, place)
        await _send_all(handler, request, context, self._reader.pace.pause_seconds)

    async def _noted_all(
        self, requests: AsyncIterator[Any], context: Context, call: Call, place: Place
    ) -> AsyncIterator[Any]:
        async for request in requests:
            yield self._noted(request, context, call, place)

    def _noted(self, request: Any, context: Context, call: Call, place: Place) -> Any:
        """The request, which the caller may make, once the call is known to be about its pool."""
        place.gives_way = False
        named = getattr(request, "pool_id", "")
        # What is no id is not told: it may be anything that got into the wrong field.
        call.pool_id = call.pool_id or (named if POOL_ID.fullmatch(named) else "")
        return self._access.checked(call.method, request, context)


class OpenCallInterceptor(grpc.aio.ServerInterceptor):
    """Bounds the calls of services that need no key, health and reflection: each has room of its own.

    Args:
        service: full name of the service whose calls pass through.
    """

    def __init__(self, service: str) -> None:
        self._prefix = f"/{service}/"
        self._rooms: dict[str, Room] = {}
        self._reader = Reader(OPEN_PACE)

    async def intercept_service(self, continuation: Continuation, details: Handler) -> Handler:
        """The handler of the call, wrapped; None if there is none."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(self._prefix):
            return handler
        service = details.method.rpartition("/")[0].removeprefix("/")
        room = self._rooms.setdefault(service, Room(f"calls of {service}", MAX_OPEN_CALLS))

        async def handle(_: Any, context: Context) -> None:
            try:
                with room.place(context.peer()):
                    await self._answer(handler, context)
            except VicinalError as error:
                await abort(context, status_of(error))

        return grpc.stream_stream_rpc_method_handler(handle, None, handler.response_serializer)

    async def _answer(self, handler: Handler, context: Context) -> None:
        parse = handler.request_deserializer
        if handler.request_streaming:
            request: Any = self._reader.all(parse, context)
        else:
            request = await self._reader.one(parse, context)
        await _send_all(handler, request, context, OPEN_PACE.pause_seconds)


async def _send_all(handler: Handler, request: Any, context: Context, seconds: float) -> None:
    """Has a handler of any kind carry out a request, and sends what it answers."""
    name = "_".join(
        "stream" if streams else "unary"
        for streams in (handler.request_streaming, handler.response_streaming)
    )
    behaviour = getattr(handler, name)
    if not handler.response_streaming:
        await sent(context, await behaviour(request, context), seconds)
    elif inspect.iscoroutinefunction(behaviour):
        await behaviour(request, context)  # it sends its answers itself
    else:
        async with aclosing(behaviour(request, context)) as answers:
            async for answer in answers:
                await sent(context, answer, seconds)
