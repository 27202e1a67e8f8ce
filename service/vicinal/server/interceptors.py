"""Brings the service's calls through the guard, whichever side of them streams."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError

from vicinal.core.errors import InvalidInput
from vicinal.server.checks import POOL_ID
from vicinal.server.current_call import Call
from vicinal.server.guard import Guard

# Handlers and contexts are of any message type here, which the stubs of grpc cannot say.
Context = Any
Handler = Any
Parse = Callable[[bytes], Any]


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of one service; calls to other services pass through.

    Requests are parsed here, so that bytes that are no such message get a named error as well.

    Args:
        service: full name of the service.
        guard: stands around each call.
    """

    def __init__(self, service: str, guard: Guard) -> None:
        self._guard = guard
        self._prefix = f"/{service}/"

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]], details: Handler
    ) -> Handler:
        """The handler of the call, wrapped according to which sides stream; None if there is none."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(self._prefix):
            return handler
        guard = self._guard
        method, parse = details.method.removeprefix(self._prefix), handler.request_deserializer
        kind = handler.request_streaming, handler.response_streaming
        if kind == (False, False):
            wrapped = _unary_unary(guard, method, parse, handler.unary_unary)
            return grpc.unary_unary_rpc_method_handler(wrapped, None, handler.response_serializer)
        if kind == (True, False):
            wrapped = _stream_unary(guard, method, parse, handler.stream_unary)
            return grpc.stream_unary_rpc_method_handler(wrapped, None, handler.response_serializer)
        if kind == (False, True):
            wrapped = _unary_stream(guard, method, parse, handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(wrapped, None, handler.response_serializer)
        wrapped = _stream_stream(guard, method, parse, handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(wrapped, None, handler.response_serializer)


def _unary_unary(guard: Guard, method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raw: bytes, context: Context) -> Any:
        async with guard.call(method, context) as call:
            return await behaviour(_parsed(parse, raw, call), context)

    return wrapped


def _stream_unary(guard: Guard, method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raws: AsyncIterator[bytes], context: Context) -> Any:
        async with guard.call(method, context) as call:
            return await behaviour(_parsed_stream(parse, raws, call), context)

    return wrapped


def _unary_stream(guard: Guard, method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raw: bytes, context: Context) -> AsyncIterator[Any]:
        async with guard.call(method, context) as call:
            async for response in behaviour(_parsed(parse, raw, call), context):
                yield response

    return wrapped


def _stream_stream(guard: Guard, method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raws: AsyncIterator[bytes], context: Context) -> AsyncIterator[Any]:
        async with guard.call(method, context) as call:
            async for response in behaviour(_parsed_stream(parse, raws, call), context):
                yield response

    return wrapped


def _parsed(parse: Parse, raw: bytes, call: Call) -> Any:
    try:
        request = parse(raw)
    except DecodeError as error:
        raise InvalidInput.at(
            "request", f"is no {call.method}Request of vicinal.v1; strings must be UTF-8 ({error})"
        ) from error
    named = getattr(request, "pool_id", "")
    # What is no id is not told: it may be anything that got into the wrong field.
    call.pool_id = call.pool_id or (named if POOL_ID.fullmatch(named) else "")
    return request


async def _parsed_stream(parse: Parse, raws: AsyncIterator[bytes], call: Call) -> AsyncIterator[Any]:
    async for raw in raws:
        yield _parsed(parse, raw, call)
