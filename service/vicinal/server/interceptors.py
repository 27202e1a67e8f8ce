"""What every call goes through: parsing, the error table, the request id, a line in the log."""

import asyncio
import json
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError

from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.server.checks import POOL_ID
from vicinal.server.error_table import STATUS_TRAILER, internal_status, status_of
from vicinal.server.security.caller import current_caller

REQUEST_ID_HEADER = "x-request-id"
REQUEST_ID = re.compile(r"[!-~]{1,128}")

# Handlers and contexts are of any message type here, which the stubs of grpc cannot say.
Context = Any
Handler = Any
Parse = Callable[[bytes], Any]

call_log = logging.getLogger("vicinal.server.calls")
fault_log = logging.getLogger("vicinal.server.faults")


@dataclass
class Call:
    """A call under way, as the log speaks of it."""

    method: str
    request_id: str
    code: str = "OK"
    reason: str = ""
    pool_id: str = ""
    began: float = field(default_factory=time.perf_counter)

    def line(self) -> str:
        """One line of JSON; it holds no content, label or item id."""
        facts = {"method": self.method, "code": self.code, "reason": self.reason, "pool_id": self.pool_id}
        facts["key_id"] = current_caller().key_id
        told: dict[str, str | float] = {key: value for key, value in facts.items() if value}
        told["milliseconds"] = round((time.perf_counter() - self.began) * 1000, 3)
        told["request_id"] = self.request_id
        return json.dumps(told)


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of one service; calls to other services pass through.

    Requests are parsed here, so that bytes that are no such message get a named error as well.

    Args:
        service: full name of the service.
    """

    def __init__(self, service: str) -> None:
        self._prefix = f"/{service}/"

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]], details: Handler
    ) -> Handler:
        """The handler of the call, wrapped according to which sides stream; None if there is none."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(self._prefix):
            return handler
        method, parse = details.method.removeprefix(self._prefix), handler.request_deserializer
        kind = handler.request_streaming, handler.response_streaming
        if kind == (False, False):
            wrapped = _unary_unary(method, parse, handler.unary_unary)
            return grpc.unary_unary_rpc_method_handler(wrapped, None, handler.response_serializer)
        if kind == (True, False):
            wrapped = _stream_unary(method, parse, handler.stream_unary)
            return grpc.stream_unary_rpc_method_handler(wrapped, None, handler.response_serializer)
        if kind == (False, True):
            wrapped = _unary_stream(method, parse, handler.unary_stream)
            return grpc.unary_stream_rpc_method_handler(wrapped, None, handler.response_serializer)
        wrapped = _stream_stream(method, parse, handler.stream_stream)
        return grpc.stream_stream_rpc_method_handler(wrapped, None, handler.response_serializer)


def _unary_unary(method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raw: bytes, context: Context) -> Any:
        async with _guarded(method, context) as call:
            return await behaviour(_parsed(parse, raw, call), context)

    return wrapped


def _stream_unary(method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raws: AsyncIterator[bytes], context: Context) -> Any:
        async with _guarded(method, context) as call:
            return await behaviour(_parsed_stream(parse, raws, call), context)

    return wrapped


def _unary_stream(method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raw: bytes, context: Context) -> AsyncIterator[Any]:
        async with _guarded(method, context) as call:
            async for response in behaviour(_parsed(parse, raw, call), context):
                yield response

    return wrapped


def _stream_stream(method: str, parse: Parse, behaviour: Handler) -> Handler:
    async def wrapped(raws: AsyncIterator[bytes], context: Context) -> AsyncIterator[Any]:
        async with _guarded(method, context) as call:
            async for response in behaviour(_parsed_stream(parse, raws, call), context):
                yield response

    return wrapped


@asynccontextmanager
async def _guarded(method: str, context: Context) -> AsyncIterator[Call]:
    """Turns errors into statuses, hands the request id back, and logs the call when it ends."""
    call = Call(method, _request_id(context))
    context.set_trailing_metadata(((REQUEST_ID_HEADER, call.request_id),))
    try:
        yield call
    except asyncio.CancelledError:
        call.code = "CANCELLED"
        raise
    except grpc.aio.AbortError:
        call.code = "ABORTED_BY_HANDLER"
        raise
    except VicinalError as error:
        call.reason = error.reason
        await _abort(context, call, status_of(error))
    except Exception:
        fault_log.exception("%s failed, request id %s", method, call.request_id)
        call.reason = "INTERNAL"
        await _abort(context, call, internal_status(call.request_id))
    finally:
        call_log.info("%s", call.line())


async def _abort(context: Context, call: Call, status: Any) -> NoReturn:
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    call.code = code.name
    trailers = ((REQUEST_ID_HEADER, call.request_id), (STATUS_TRAILER, status.SerializeToString()))
    await context.abort(code, status.message, trailers)
    raise AssertionError("abort returned")


def _request_id(context: Context) -> str:
    """The caller's id for this call where it sent a well-formed one, else a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID_HEADER and isinstance(value, str) and REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex


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
