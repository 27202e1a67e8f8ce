"""What all calls of a client stand on: sending with retries, reading of pages and streams."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from vicinal.client.channel import Metadata, Tls, Transport, call_metadata
from vicinal.client.errors import from_rpc
from vicinal.client.retries import Attempts

R = TypeVar("R")


class Connection:
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
        self._transport = Transport(target, tls.credentials() if tls else credentials, sent)

    def wait_ready(self, timeout_seconds: float = 30.0) -> None:
        """Waits until the server can be reached.

        Raises:
            UnavailableError: it could not within that time.
        """
        self._transport.wait_ready(timeout_seconds)

    def close(self) -> None:
        """Ends the connection and all calls under way; safe to call twice."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, method: str, request: Message, parse: Callable[[Any], R]) -> R:
        """What `parse` makes of the answer to a request, which is sent again, the same, at each retry."""
        attempts = Attempts(self._timeout_seconds, self._retries)
        while True:
            try:
                return parse(self._transport.send(method, request, attempts.remaining_seconds))
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            self._transport.pause(attempts.pause_after(error))

    def _pages(
        self, method: str, page: Callable[[str], Message], parse: Callable[[Any], tuple[list[R], str]]
    ) -> Iterator[R]:
        """The rows of a list, whose pages are fetched as they are read.

        Args:
            method: name of the RPC.
            page: the request for the page of a token; "" is the first.
            parse: a page's rows, and the token of the next page.
        """
        token = ""
        while True:
            rows, token = self._call(method, page(token), parse)
            yield from rows
            if not token:
                return

    def _download(self, method: str, request: Message, parse: Callable[[Any], list[R]]) -> Iterator[R]:
        """The rows of a stream of answers, which is begun again only before its first answer."""
        attempts = Attempts(self._timeout_seconds, self._retries)
        has_rows = False
        while True:
            stream = self._transport.stream(method, request)
            try:
                for answer in stream:
                    has_rows = True
                    yield from parse(answer)
                return
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            finally:
                stream.cancel()
            if has_rows:
                raise error
            self._transport.pause(attempts.pause_after(error))

    def _upload(self, method: str, requests: Iterator[Message], parse: Callable[[Any], R]) -> R:
        """What `parse` makes of the answer to a stream of requests, which is sent once."""
        return parse(self._transport.upload(method, requests))
