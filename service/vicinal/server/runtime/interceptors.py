"""Interceptors of all calls: bounds, keys, the error table, telemetry and the log."""

import asyncio
import inspect
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, NoReturn

import grpc

from vicinal.core.errors import ShuttingDown, StorageFailed, VicinalError
from vicinal.core.field_rules import POOL_ID
from vicinal.pools.clock import Deadline, current_deadline
from vicinal.server.rpc.checks import REQUEST_ID
from vicinal.server.runtime.admission import AdmittedCall, CallAdmission
from vicinal.server.runtime.current_call import Call, current_call
from vicinal.server.runtime.errors import INTERNAL_REASON, STATUS_TRAILER, internal_status, status_of
from vicinal.server.runtime.messages import RequestReader, TransferLimits, at_most, sent
from vicinal.server.security.access import Access
from vicinal.server.telemetry.telemetry import Telemetry

REQUEST_ID_HEADER = "x-request-id"


# When to try again after a shutdown: another server may answer under the same name by then.
SHUTDOWN_RETRY_SECONDS = 1.0
# How long to wait for a caller that does not read that its call has ended.
ABORT_SECONDS = 5.0
# Far above max_waiting_calls, so that a call that waits for a thread in vain learns when to try again.
MAX_CALLS = 2048
# Of each service that needs no key.
MAX_OPEN_CALLS = 256
# The requests of such a service are some bytes.
OPEN_PACE = TransferLimits(request_seconds=10.0, pause_seconds=60.0)

# Handlers, requests and contexts are of any type here, which the stubs of grpc cannot say.
Context = Any

Handler = Any
Continuation = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]

call_log = logging.getLogger("vicinal.server.calls")
fault_log = logging.getLogger("vicinal.server.faults")
storage_log = logging.getLogger("vicinal.server.storage")


class CallTracker:
    """Wraps all calls of the service and counts those under way. For one event loop."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._under_way: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._is_cancelled = False
        self._idle = asyncio.Event()
        self._idle.set()

    def close(self) -> None:
        """Refuses all calls from now on; those under way go on."""
        self._closed = True

    def cancel_calls(self) -> None:
        """Ends the calls under way with an error; work for them stops at its next step."""
        self._is_cancelled = True
        for task in self._under_way:
            task.cancel()

    async def idle(self, timeout_seconds: float) -> bool:
        """Waits until no call is under way; False if that took too long."""
        try:
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)
        except TimeoutError:
            return False
        return True

    @asynccontextmanager
    async def call(self, method: str, context: Context) -> AsyncIterator[Call]:
        """Turns errors into statuses, returns the request id, and logs the call when it ends."""
        call = Call(method, _request_id(context), deadline=_deadline(context))
        context.set_trailing_metadata(((REQUEST_ID_HEADER, call.request_id),))
        # Each call is a task with a context of its own, which ends with it. Nothing has to be reset, nor
        # could it be: a stream that is left early is closed in another context.
        current_call.set(call)
        current_deadline.set(call.deadline)
        task = asyncio.current_task()
        assert task is not None
        self._begin(task)
        try:
            with self._telemetry.call(call, context.invocation_metadata() or ()):
                try:
                    self._check_open()
                    yield call
                except BaseException as raised:
                    is_cut = self._is_cancelled and isinstance(raised, asyncio.CancelledError)
                    status = _status(call, _shutting_down() if is_cut else raised)
                    if status is None:
                        raise
                    trailers = ((REQUEST_ID_HEADER, call.request_id),)
                    await abort(context, status, trailers)
        finally:
            call.deadline.is_cancelled = True
            self._end(task)
            call_log.info("%s", call.line(), extra={"facts": call.facts()})

    def _check_open(self) -> None:
        if self._closed:
            raise _shutting_down()

    def _begin(self, task: asyncio.Task[Any]) -> None:
        self._under_way.add(task)
        self._idle.clear()

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._under_way.remove(task)
        if not self._under_way:
            self._idle.set()


def _shutting_down() -> ShuttingDown:
    return ShuttingDown(
        "this server is shutting down; send the request again once it is back, or to another server",
        retry_after_seconds=SHUTDOWN_RETRY_SECONDS,
    )


def _status(call: Call, error: BaseException) -> Any:
    """The status that the call ends with; notes its code and reason. None where the call was cancelled."""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        call.code = "CANCELLED" if call.deadline.is_open else "DEADLINE_EXCEEDED"
        return None
    if isinstance(error, grpc.aio.AbortError):
        call.code = "ABORTED_BY_HANDLER"
        return None
    if isinstance(error, VicinalError):
        if isinstance(error, StorageFailed):
            # Callers must not learn where the files of this server are.
            storage_log.error("%s failed, request id %s: %s", call.method, call.request_id, error.message)
        call.reason, status = error.reason, status_of(error)
    else:
        fault_log.error("%s failed, request id %s", call.method, call.request_id, exc_info=error)
        call.reason, status = INTERNAL_REASON, internal_status(call.request_id)
    call.code = _code(status).name
    return status


def _code(status: Any) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == status.code)


async def abort(context: Context, status: Any, trailers: tuple[tuple[str, str], ...] = ()) -> NoReturn:
    """Ends a call with a status, without waiting for a caller that reads nothing.

    Raises:
        AbortError, CancelledError: always, as gRPC wants it.
    """
    details = (*trailers, (STATUS_TRAILER, status.SerializeToString()))
    await at_most(context.abort(_code(status), status.message, details), ABORT_SECONDS)
    raise asyncio.CancelledError


def _deadline(context: Context) -> Deadline:
    remaining_seconds = context.time_remaining()
    return Deadline(None if remaining_seconds is None else time.monotonic() + remaining_seconds)


def _request_id(context: Context) -> str:
    """The caller's id for this call where it sent a well-formed one, else a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID_HEADER and isinstance(value, str) and REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex


class CallInterceptor(grpc.aio.ServerInterceptor):
    """Wraps the handlers of one service; calls to other services pass through.

    Requests are parsed here, so that bytes that are no such message get a named error as well.

    Args:
        service: full name of the service.
        guard: wraps each call.
        access: which calls are allowed; None allows all.
        reader: reads the requests.
    """

    def __init__(
        self,
        service: str,
        guard: CallTracker,
        access: Access | None = None,
        reader: RequestReader | None = None,
    ) -> None:
        self._guard = guard
        self._access = access or Access()
        self._reader = reader or RequestReader()
        self._room = CallAdmission("calls", MAX_CALLS)
        self._prefix = f"/{service}/"

    async def intercept_service(self, continuation: Continuation, details: Handler) -> Handler:
        """The handler of the call, wrapped; None if there is none."""
        handler = await continuation(details)
        if handler is None or not details.method.startswith(self._prefix):
            return handler
        method = details.method.removeprefix(self._prefix)

        async def handle(_: Any, context: Context) -> None:
            async with self._guard.call(method, context) as call:
                # The key first: nothing of a request is read or parsed for a caller without access.
                with self._access.entered(method, context), self._room.place(context.peer()) as place:
                    await self._answer(handler, context, call, place)

        return grpc.stream_stream_rpc_method_handler(handle, None, handler.response_serializer)

    async def _answer(self, handler: Handler, context: Context, call: Call, place: AdmittedCall) -> None:
        parse = handler.request_deserializer
        if handler.request_streaming:
            request: Any = self._noted_all(self._reader.all(parse, context), context, call, place)
        else:
            request = self._noted(await self._reader.one(parse, context), context, call, place)
        await _send_all(handler, request, context, self._reader.pace.pause_seconds)

    async def _noted_all(
        self, requests: AsyncIterator[Any], context: Context, call: Call, place: AdmittedCall
    ) -> AsyncIterator[Any]:
        async for request in requests:
            yield self._noted(request, context, call, place)

    def _noted(self, request: Any, context: Context, call: Call, place: AdmittedCall) -> Any:
        """The request, checked for what its caller may do; notes its pool for the log."""
        place.gives_way = False
        named = getattr(request, "pool_id", "")
        # What is no pool id is not logged: it may be anything that got into the wrong field.
        call.pool_id = call.pool_id or (named if POOL_ID.fullmatch(named) else "")
        return self._access.checked(call.method, request, context)


class OpenCallInterceptor(grpc.aio.ServerInterceptor):
    """Bounds the calls of the services that need no key, health and reflection, each separately.

    Args:
        service: full name of the service whose calls pass through.
    """

    def __init__(self, service: str) -> None:
        self._prefix = f"/{service}/"
        self._rooms: dict[str, CallAdmission] = {}
        self._reader = RequestReader(OPEN_PACE)

    async def intercept_service(self, continuation: Continuation, details: Handler) -> Handler:
        """The handler of the call, wrapped; None if there is none."""
        handler = await continuation(details)
        if handler is None or details.method.startswith(self._prefix):
            return handler
        service = details.method.rpartition("/")[0].removeprefix("/")
        room = self._rooms.setdefault(service, CallAdmission(f"calls of {service}", MAX_OPEN_CALLS))

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
    """Has a handler of any kind carry out a request, and sends its responses."""
    name = "_".join(
        "stream" if streams else "unary"
        for streams in (handler.request_streaming, handler.response_streaming)
    )
    behaviour = getattr(handler, name)
    if not handler.response_streaming:
        await sent(context, await behaviour(request, context), seconds)
    elif inspect.iscoroutinefunction(behaviour):
        await behaviour(request, context)  # it sends its responses itself
    else:
        async with aclosing(behaviour(request, context)) as answers:
            async for answer in answers:
                await sent(context, answer, seconds)
