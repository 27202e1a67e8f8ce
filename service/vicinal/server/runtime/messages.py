"""The messages of a call: received and sent within time limits, and counted before they are parsed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError

from vicinal.core.errors import CallerTooSlow, InvalidInput
from vicinal.server.runtime.admission import EntryCounts, MalformedMessage

_UNDER_WAY: set["asyncio.Task[Any]"] = set()


async def at_most(step: Coroutine[Any, Any, Any], seconds: float) -> "asyncio.Task[Any] | None":
    """The finished task of the step, whether it failed or not; None if it takes longer."""
    task = asyncio.ensure_future(step)
    _UNDER_WAY.add(task)
    task.add_done_callback(_done)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    return task if done else None


def _done(task: "asyncio.Task[Any]") -> None:
    _UNDER_WAY.discard(task)
    if not task.cancelled():
        task.exception()  # retrieved here, in case nobody waits any more


# Contexts and messages are of any type here, which the stubs of grpc cannot say.
Context = Any
Parse = Callable[[bytes], Any]

# Longer messages are counted and parsed in a thread: the event loop has all other calls to serve.
MAX_BYTES_IN_THE_LOOP = 128 * 1024


@dataclass(frozen=True)
class TransferLimits:
    """How long a call waits for its caller.

    Attributes:
        request_seconds: for the first message.
        pause_seconds: for each further message, and for the caller to read each response.
    """

    request_seconds: float = 120.0
    pause_seconds: float = 600.0


@dataclass(frozen=True)
class RequestReader:
    """Reads the requests of calls.

    Attributes:
        pace: the time limits for callers.
        counts: how many entries the lists of a request may have.
    """

    pace: TransferLimits = field(default_factory=TransferLimits)
    counts: EntryCounts = field(default_factory=lambda: EntryCounts(2048))

    async def one(self, parse: Parse, context: Context) -> Any:
        """The only request of a call.

        Raises:
            InvalidInput: there is none, it is no such message, or a list in it is too long.
            CallerTooSlow: it does not arrive in time.
        """
        raw = await received(context, self.pace.request_seconds)
        if raw is None:
            raise InvalidInput.at("request", "is missing; send one message")
        return await self._parsed(parse, raw)

    async def all(self, parse: Parse, context: Context) -> AsyncIterator[Any]:
        """The requests of a stream, one by one. Errors are those of `one`; a stream may be empty."""
        seconds = self.pace.request_seconds
        while (raw := await received(context, seconds)) is not None:
            yield await self._parsed(parse, raw)
            seconds = self.pace.pause_seconds

    async def _parsed(self, parse: Parse, raw: bytes) -> Any:
        if len(raw) > MAX_BYTES_IN_THE_LOOP:
            return await asyncio.to_thread(self.parsed, parse, raw)
        return self.parsed(parse, raw)

    def parsed(self, parse: Parse, raw: bytes) -> Any:
        """The message in these bytes, whose lists are counted first.

        Raises:
            InvalidInput: there is none, or a list in it is too long.
        """
        # `parse` is a method of the message's class.
        kind: Descriptor = parse.__self__.DESCRIPTOR  # type: ignore[attr-defined]
        try:
            self.counts.check(kind, raw)
            return parse(raw)
        except (DecodeError, MalformedMessage) as error:
            raise InvalidInput.at(
                "request", f"is no {kind.name} of vicinal.v1; strings must be UTF-8 ({error})"
            ) from error


async def received(context: Context, seconds: float) -> bytes | None:
    """The next message of a call; None at the end of the stream.

    Raises:
        CallerTooSlow: it does not arrive in time.
    """
    reading = await at_most(context.read(), seconds)
    if reading is None:
        raise CallerTooSlow(
            f"no request arrived within {seconds:g} seconds; send the whole message, or end the stream"
        )
    raw = reading.result()
    return None if raw is grpc.aio.EOF else raw


async def sent(context: Context, answer: Any, seconds: float) -> None:
    """Sends a response, once the connection has room for it.

    Raises:
        CallerTooSlow: the caller does not read in time.
        CancelledError: the caller is gone.
    """
    writing = await at_most(context.write(answer), seconds)
    if writing is None:
        raise CallerTooSlow(
            f"the caller read no response for {seconds:g} seconds; read the stream, or cancel it"
        )
    try:
        writing.result()
    except grpc.aio.BaseError as error:
        raise asyncio.CancelledError from error
