"""How messages travel to the service: channels and their options, for threads and for asyncio."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf.message import Message
from grpc import aio

from vicinal.client.errors import UnavailableError, from_rpc, wrong_argument
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024

# A stream lasts as long as its reader takes; this only ends one whose server hangs.
STREAM_TIMEOUT_SECONDS: Final = 3600.0

Metadata = Sequence[tuple[str, str]]

# gRPC's own reconnect back-off grows to two minutes, longer than any retry would wait.
CHANNEL_OPTIONS: Final[tuple[tuple[str, int], ...]] = (
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # By its name a pause; in gRPC it is how long one try to connect may take.
    ("grpc.min_reconnect_backoff_ms", 20_000),
    ("grpc.max_reconnect_backoff_ms", 2000),
)


@dataclass(frozen=True)
class Tls:
    """TLS by PEM files, read when a client is made.

    Attributes:
        root_certificate: of the authority that the server's certificate comes from; None takes those that
            gRPC brings along.
        client_certificate: what to show to a server that asks for one (mutual TLS), with `client_key`.
        client_key: its private key.
    """

    root_certificate: Path | str | None = None
    client_certificate: Path | str | None = None
    client_key: Path | str | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """The files as gRPC takes them.

        Raises:
            InvalidArgumentError: one cannot be read, or a certificate comes without its key.
        """
        if (self.client_certificate is None) != (self.client_key is None):
            raise wrong_argument("client_key", "goes with client_certificate; give both or neither")
        return grpc.ssl_channel_credentials(
            root_certificates=_read("root_certificate", self.root_certificate),
            private_key=_read("client_key", self.client_key),
            certificate_chain=_read("client_certificate", self.client_certificate),
        )


def call_metadata(metadata: Metadata, key: str) -> Metadata:
    """What goes with each call: the key, if there is one, and what else was asked for.

    Raises:
        InvalidArgumentError: the key cannot be one; it is not shown.
    """
    if not key:
        return tuple(metadata)
    if not key.isascii() or not key.isprintable() or " " in key:
        raise wrong_argument("key", "holds blanks or letters that no key has; give vcl_... alone")
    return (*metadata, ("authorization", f"Bearer {key}"))


def _read(field: str, path: Path | str | None) -> bytes | None:
    try:
        return None if path is None else Path(path).read_bytes()
    except OSError as error:
        raise wrong_argument(field, f"cannot read {str(path)!r}: {error.strerror}") from error


class Transport:
    """Carries messages; each call waits for its answer. Threads may share it."""

    def __init__(self, target: str, credentials: grpc.ChannelCredentials | None, metadata: Metadata) -> None:
        self._target = target
        self._metadata = metadata
        self._channel = _blocking_channel(target, credentials)
        self._stub = SamplerServiceStub(self._channel)

    def send(self, method: str, request: Message, timeout_seconds: float) -> Any:
        """The answer to a request."""
        return getattr(self._stub, method)(request, timeout=timeout_seconds, metadata=self._metadata)

    def stream(self, method: str, request: Message) -> Any:
        """The answers to a request, as they come; `cancel` ends them."""
        rpc = getattr(self._stub, method)
        return rpc(request, timeout=STREAM_TIMEOUT_SECONDS, metadata=self._metadata)

    def upload(self, method: str, requests: Iterator[Message]) -> Any:
        """The answer to a stream of requests.

        Raises:
            VicinalClientError: the call failed.
            Exception: any failure where the requests come from, as it is.
        """
        failures: list[Exception] = []

        def until_failure() -> Iterator[Message]:
            # gRPC reads this in a thread of its own and would only log what goes wrong there.
            try:
                yield from requests
            except Exception as failure:
                failures.append(failure)

        rpc = getattr(self._stub, method)
        try:
            answer = rpc(until_failure(), timeout=STREAM_TIMEOUT_SECONDS, metadata=self._metadata)
        except grpc.RpcError as failure:
            raise (failures[0] if failures else from_rpc(failure)) from failure
        if failures:
            raise failures[0]
        return answer

    def pause(self, seconds: float) -> None:
        """Waits before the next try."""
        time.sleep(seconds)

    def wait_ready(self, timeout_seconds: float) -> None:
        """Waits until the server can be reached; UnavailableError if it cannot within that time."""
        try:
            grpc.channel_ready_future(self._channel).result(timeout=timeout_seconds)
        except grpc.FutureTimeoutError as error:
            raise UnavailableError.unreached(self._target, timeout_seconds) from error

    def close(self) -> None:
        """Ends the connection and all calls under way."""
        self._channel.close()


class AsyncTransport:
    """Carries messages as `Transport` does; answers are awaited in the running event loop."""

    def __init__(self, target: str, credentials: grpc.ChannelCredentials | None, metadata: Metadata) -> None:
        self._target = target
        self._credentials = credentials
        self._metadata = metadata
        self._channel = _asyncio_channel(target, credentials)
        self._stub = SamplerServiceStub(self._channel)

    async def send(self, method: str, request: Message, timeout_seconds: float) -> Any:
        """The answer to a request."""
        return await getattr(self._stub, method)(request, timeout=timeout_seconds, metadata=self._metadata)

    def stream(self, method: str, request: Message) -> Any:
        """The answers to a request, as they come; `cancel` ends them."""
        rpc = getattr(self._stub, method)
        return rpc(request, timeout=STREAM_TIMEOUT_SECONDS, metadata=self._metadata)

    async def upload(self, method: str, requests: Iterator[Message]) -> Any:
        """The answer to a stream of requests, which another thread reads; raises as `Transport.upload`."""
        # Over asyncio, gRPC loses the status of a call that the server ends while it is written to.
        blocking = Transport(self._target, self._credentials, self._metadata)
        try:
            return await asyncio.to_thread(blocking.upload, method, requests)
        finally:
            blocking.close()

    async def pause(self, seconds: float) -> None:
        """Waits before the next try."""
        await asyncio.sleep(seconds)

    async def wait_ready(self, timeout_seconds: float) -> None:
        """Waits until the server can be reached; UnavailableError if it cannot within that time."""
        try:
            await asyncio.wait_for(self._channel.channel_ready(), timeout_seconds)
        except TimeoutError as error:
            raise UnavailableError.unreached(self._target, timeout_seconds) from error

    async def close(self) -> None:
        """Ends the connection and all calls under way."""
        await self._channel.close()


def _blocking_channel(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.Channel:
    if credentials is None:
        return grpc.insecure_channel(target, options=CHANNEL_OPTIONS)
    return grpc.secure_channel(target, credentials, options=CHANNEL_OPTIONS)


def _asyncio_channel(target: str, credentials: grpc.ChannelCredentials | None) -> aio.Channel:
    if credentials is None:
        return aio.insecure_channel(target, options=CHANNEL_OPTIONS)
    return aio.secure_channel(target, credentials, options=CHANNEL_OPTIONS)
