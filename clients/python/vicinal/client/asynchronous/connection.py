# Generated from connection.py by tools/generate_async_client.py; do not edit.
"""What all calls of a client stand on: sending with retries, reading of pages and streams."""

from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.message import Message

from vicinal.client.channel import AsyncTransport, Metadata, Tls, call_metadata
from vicinal.client.connection import R
from vicinal.client.errors import from_rpc
from vicinal.client.retries import Attempts


class AsyncConnection:
    """A connection to a server; the classes of calls are built on it, by subject."""

    def __init__(
        self,
        target: str = "localhost:50051",
        *,
        timeout_seconds: float = 30.0,
        retries: int = 4,
        key: str = "",
        tls: Tls | None = None,
        metadata: Metadata = (),
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        sent = call_metadata(metadata, key)
        self._timeout_seconds = timeout_seconds
        self._retries = retries
        self._transport = AsyncTransport(target, tls.credentials() if tls else credentials, sent)

    async def wait_ready(self, timeout_seconds: float = 30.0) -> None:
        """Waits until the server can be reached.

        Raises:
            UnavailableError: it could not within that time.
        """
        await self._transport.wait_ready(timeout_seconds)

    async def close(self) -> None:
        """Ends the connection and all calls under way; safe to call twice."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _call(self, method: str, request: Message, parse: Callable[[Any], R]) -> R:
        """What `parse` makes of the answer to a request, which is sent again, the same, at each retry."""
        attempts = Attempts(self._timeout_seconds, self._retries)
        while True:
            try:
                return parse(await self._transport.send(method, request, attempts.remaining_seconds))
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            await self._transport.pause(attempts.pause_after(error))

    async def _pages(
        self, method: str, page: Callable[[str], Message], parse: Callable[[Any], tuple[list[R], str]]
    ) -> AsyncIterator[R]:
        """The rows of a list, whose pages are fetched as they are read.

        Args:
            method: name of the RPC.
            page: the request for the page of a token; "" is the first.
            parse: a page's rows, and the token of the next page.
        """
        token = ""
        while True:
            rows, token = await self._call(method, page(token), parse)
            for row in rows:
                yield row
            if not token:
                return

    async def _download(
        self, method: str, request: Message, parse: Callable[[Any], list[R]]
    ) -> AsyncIterator[R]:
        """The rows of a stream of answers, which is begun again only before its first answer."""
        attempts = Attempts(self._timeout_seconds, self._retries)
        has_rows = False
        while True:
            stream = self._transport.stream(method, request)
            try:
                async for answer in stream:
                    has_rows = True
                    for row in parse(answer):
                        yield row
                return
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            finally:
                stream.cancel()
            if has_rows:
                raise error
            await self._transport.pause(attempts.pause_after(error))

    async def _upload(self, method: str, requests: Iterator[Message], parse: Callable[[Any], R]) -> R:
        """What `parse` makes of the answer to a stream of requests, which is sent once."""
        return parse(await self._transport.upload(method, requests))
