"""What every call goes through: the error table, the request id, telemetry, a line in the log."""

import asyncio
import logging
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import grpc

from vicinal.core.errors import ShuttingDown, StorageFailed, VicinalError
from vicinal.sampling.deadline import Deadline, current_deadline
from vicinal.server.current_call import Call, current_call
from vicinal.server.error_table import STATUS_TRAILER, internal_status, status_of
from vicinal.server.steps import at_most
from vicinal.server.telemetry.telemetry import Telemetry

REQUEST_ID_HEADER = "x-request-id"
REQUEST_ID = re.compile(r"[!-~]{1,128}")
# When a server that ends is worth another try: another one may answer under its name by then.
SHUTDOWN_RETRY_SECONDS = 1.0
# How long a call stays for a caller that does not take the news that it has ended.
ABORT_SECONDS = 5.0

# Contexts are of any message type here, which the stubs of grpc cannot say.
Context = Any

call_log = logging.getLogger("vicinal.server.calls")
fault_log = logging.getLogger("vicinal.server.faults")
storage_log = logging.getLogger("vicinal.server.storage")


class Guard:
    """Stands around all calls of the service; knows which are under way. For one event loop."""

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
        """Ends the calls under way: their callers are told, and work for them stops at its next step."""
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
        """Turns errors into statuses, hands the request id back, and tells of the call when it ends."""
        call = Call(method, _request_id(context), deadline=_deadline(context))
        context.set_trailing_metadata(((REQUEST_ID_HEADER, call.request_id),))
        # Each call is a task with a context of its own, which ends with it. There is nothing to reset, and
        # it could not be: a stream that is left early is closed in another context.
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
        "this server shuts down; send the request again, to another or once it is back",
        retry_after_seconds=SHUTDOWN_RETRY_SECONDS,
    )


def _status(call: Call, error: BaseException) -> Any:
    """The status that the call ends with, whose code and reason it keeps; None where it was cancelled."""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        call.code = "CANCELLED" if call.deadline.is_open else "DEADLINE_EXCEEDED"
        return None
    if isinstance(error, grpc.aio.AbortError):
        call.code = "ABORTED_BY_HANDLER"
        return None
    if isinstance(error, VicinalError):
        if isinstance(error, StorageFailed):
            # Callers do not read where the files of this server are.
            storage_log.error("%s failed, request id %s: %s", call.method, call.request_id, error.message)
        call.reason, status = error.reason, status_of(error)
    else:
        fault_log.error("%s failed, request id %s", call.method, call.request_id, exc_info=error)
        call.reason, status = "INTERNAL", internal_status(call.request_id)
    call.code = _code(status).name
    return status


def _code(status: Any) -> grpc.StatusCode:
    return next(code for code in grpc.StatusCode if code.value[0] == status.code)


async def abort(context: Context, status: Any, trailers: tuple[tuple[str, str], ...] = ()) -> NoReturn:
    """Ends a call with a status. One whose caller takes nothing any more is not waited for.

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
