"""The client whose answers are awaited."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import grpc
from google.protobuf.message import Message

from vicinal.client import copies, examples, items, labels, measurement, pools, uploads, votes
from vicinal.client.calls import Call, Download, Pages, Series, Upload
from vicinal.client.channel import STREAM_TIMEOUT_SECONDS, Metadata, asyncio_channel, blocking_channel
from vicinal.client.errors import UnavailableError, from_rpc
from vicinal.client.methods import described_by
from vicinal.client.retries import Attempts
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

P = ParamSpec("P")
R = TypeVar("R")


def _call(build: Callable[P, Call[R]]) -> "Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]":
    @described_by(build)
    async def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._answer(build(*args, **kwargs))

    return method


def _series(build: Callable[P, Series[R]]) -> "Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]":
    @described_by(build)
    async def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        series = build(*args, **kwargs)
        return series.merge([await self._answer(call) for call in series.calls])

    return method


def _pages(build: Callable[P, Pages[R]]) -> "Callable[Concatenate[AsyncClient, P], AsyncIterator[R]]":
    @described_by(build, gives=AsyncIterator)
    def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        return self._rows_of_pages(build(*args, **kwargs))

    return method


def _download(build: Callable[P, Download[R]]) -> "Callable[Concatenate[AsyncClient, P], AsyncIterator[R]]":
    @described_by(build, gives=AsyncIterator)
    def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[R]:
        return self._downloaded_rows(build(*args, **kwargs))

    return method


def _upload(build: Callable[P, Upload[R]]) -> "Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, R]]":
    @described_by(build)
    async def method(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self._uploaded(build(*args, **kwargs))

    return method


class AsyncClient:
    """`Client` for asyncio: the same methods, awaited; iterators are read with `async for`.

    Make it inside a running event loop and use it in an `async with` block. Items passed to
    `add_items` are read in the loop's thread, those passed to `import_items` in another.

    Args:
        target: "host:port".
        timeout_seconds: for one request with its retries, and for each request of a call that makes
            several; streams may take longer, as long as they are read.
        retries: further tries when the server is not there or asks to come later, after growing pauses.
        metadata: sent with each request, such as an authorisation header.
        credentials: for TLS; None connects in the clear.
    """

    def __init__(
        self,
        target: str = "localhost:50051",
        *,
        timeout_seconds: float = 30.0,
        retries: int = 4,
        metadata: Metadata = (),
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self._target = target
        self._timeout_seconds = timeout_seconds
        self._retries = retries
        self._metadata = tuple(metadata)
        self._credentials = credentials
        self._channel = asyncio_channel(target, credentials)
        self._stub = SamplerServiceStub(self._channel)

    create_pool = _call(pools.create_pool)
    get_pool = _call(pools.get_pool)
    list_pools = _pages(pools.list_pools)
    delete_pool = _call(pools.delete_pool)

    add_items = _series(items.add_items)
    add_vectors = _series(items.add_vectors)
    import_items = _upload(items.import_items)
    get_item = _call(items.get_item)
    list_items = _pages(items.list_items)

    find_copies = _download(copies.find_copies)
    list_groups = _pages(copies.list_groups)
    split_group = _call(copies.split_group)
    check_content = _call(copies.check_content)

    add_examples = _series(examples.add_examples)
    remove_examples = _call(examples.remove_examples)
    list_examples = _pages(examples.list_examples)

    lease_batch = _call(labels.lease_batch)
    submit_labels = _call(labels.submit_labels)
    renew_leases = _call(labels.renew_leases)
    release_leases = _call(labels.release_leases)
    skip_items = _call(labels.skip_items)
    exclude_items = _call(labels.exclude_items)
    restore_items = _call(labels.restore_items)
    remove_labels = _call(labels.remove_labels)
    export_labels = _download(labels.export_labels)

    classify = _series(votes.classify)
    classify_items = _series(votes.classify_items)
    embed = _series(votes.embed)
    score_pool = _download(votes.score_pool)

    get_learning_curve = _call(measurement.get_learning_curve)
    get_advice = _call(measurement.get_advice)

    async def wait_ready(self, timeout_seconds: float = 30.0) -> None:
        """Waits until the server can be reached.

        Raises:
            UnavailableError: it could not within that time.
        """
        try:
            await asyncio.wait_for(self._channel.channel_ready(), timeout_seconds)
        except TimeoutError as error:
            raise UnavailableError.unreached(self._target, timeout_seconds) from error

    async def close(self) -> None:
        """Ends the connection and all calls under way; safe to call twice."""
        await self._channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _answer(self, call: Call[R]) -> R:
        attempts = Attempts(self._timeout_seconds, self._retries)
        while True:
            try:
                return call.parse(await self._send(call.method, call.request, attempts.remaining_seconds))
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            await asyncio.sleep(attempts.pause_after(error))

    def _send(self, method: str, request: Message, timeout_seconds: float) -> Any:
        rpc = getattr(self._stub, method)
        return rpc(request, timeout=timeout_seconds, metadata=self._metadata)

    async def _rows_of_pages(self, pages: Pages[R]) -> AsyncIterator[R]:
        token = ""
        while True:
            rows, token = await self._answer(pages.page(token))
            for row in rows:
                yield row
            if not token:
                return

    async def _downloaded_rows(self, download: Download[R]) -> AsyncIterator[R]:
        attempts = Attempts(self._timeout_seconds, self._retries)
        has_rows = False
        while True:
            stream = self._send(download.method, download.request, STREAM_TIMEOUT_SECONDS)
            try:
                async for answer in stream:
                    has_rows = True
                    for row in download.parse(answer):
                        yield row
                return
            except grpc.RpcError as failure:
                error = from_rpc(failure)
            finally:
                stream.cancel()
            if has_rows:
                raise error
            await asyncio.sleep(attempts.pause_after(error))

    async def _uploaded(self, upload: Upload[R]) -> R:
        # Over asyncio, gRPC loses the status of a call that the server ends while it is written to.
        with blocking_channel(self._target, self._credentials) as channel:
            return await asyncio.to_thread(uploads.send, upload, channel, self._metadata)
