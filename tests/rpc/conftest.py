"""Real servers on real sockets: a process with a data directory of its own, and one inside the test."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from tests.support.servers import SERVE, START_SECONDS, Failure, MadePool, ServerInside, ServerProcess
from vicinal.client import Client
from vicinal.v1.resources_pb2 import Content, NewItem, PoolConfig
from vicinal.v1.sampler_service_pb2 import AddItemsRequest, CreatePoolRequest
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub


@pytest.fixture
def pool_id() -> str:
    """An id that no other test uses."""
    return f"pool-{uuid4().hex[:12]}"


def _running(server: ServerProcess) -> Iterator[ServerProcess]:
    server.start()
    yield server
    if server.process.poll() is None:
        server.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for all tests, which make pools of their own in it."""
    yield from _running(ServerProcess(tmp_path_factory.mktemp("server") / "data"))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ServerProcess]:
    """One for this test alone, to be killed and restarted at will."""
    yield from _running(ServerProcess(tmp_path / "data"))


@pytest.fixture
def make_server_process(tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts a server for this test alone, with settings of its own given as environment variables."""
    with ExitStack() as ends:

        def make(**variables: str) -> ServerProcess:
            running = contextmanager(_running)(ServerProcess(tmp_path / "data", variables))
            return ends.enter_context(running)

        yield make


@pytest.fixture
def serve_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a server that must end by itself, and tells how."""

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", SERVE],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
        )

    return run


@pytest.fixture
def channel(server: ServerProcess) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.target) as opened:
        yield opened


@pytest.fixture
def stub(channel: grpc.Channel) -> SamplerServiceStub:
    return SamplerServiceStub(channel)


@pytest.fixture
def client(server: ServerProcess) -> Iterator[Client]:
    with Client(server.target, timeout_seconds=120) as opened:
        yield opened


@pytest.fixture
def serve_inside() -> Iterator[Callable[[Callable[[], grpc.aio.Server]], ServerInside]]:
    """Starts the servers that it is given makers of, and stops them at the end."""
    ends: list[Callable[[], None]] = []

    def start(make: Callable[[], grpc.aio.Server]) -> ServerInside:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()

        async def begin() -> tuple[grpc.aio.Server, int]:
            made = make()
            port = made.add_insecure_port("127.0.0.1:0")
            await made.start()
            return made, port

        made, port = asyncio.run_coroutine_threadsafe(begin(), loop).result(START_SECONDS)

        def end() -> None:
            asyncio.run_coroutine_threadsafe(made.stop(None), loop).result(START_SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

        ends.append(end)
        return ServerInside(f"127.0.0.1:{port}", loop)

    yield start
    for end in reversed(ends):
        end()


@pytest.fixture
def failure_of() -> Callable[[Callable[[], Any]], Failure]:
    """Carries out a call that must fail, and reads what it failed with."""

    def read(call: Callable[[], Any]) -> Failure:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        error: Any = caught.value
        status = rpc_status.from_call(error)
        assert status is not None, error
        info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        retry, retry_seconds = error_details_pb2.RetryInfo(), None
        for detail in status.details:
            if detail.Unpack(retry):
                retry_seconds = retry.retry_delay.ToMilliseconds() / 1000
            detail.Unpack(info) or detail.Unpack(bad_request)
        assert info.domain == "vicinal"
        fields = tuple(violation.field for violation in bad_request.field_violations)
        trailers = dict(error.trailing_metadata())
        return Failure(
            error.code(),
            info.reason,
            error.details(),
            fields,
            dict(info.metadata),
            trailers["x-request-id"],
            retry_seconds,
        )

    return read


@pytest.fixture
def make_pool(stub: SamplerServiceStub, pool_id: str) -> Callable[..., MadePool]:
    """Makes this test's pool with items `item-0`, `item-1`, ..."""

    def make(count: int = 30, dimension: int = 8, **config: Any) -> MadePool:
        wanted = PoolConfig(pool_id=pool_id, dimension=dimension, **config)
        stub.CreatePool(CreatePoolRequest(config=wanted))
        vectors = np.random.default_rng(0).normal(size=(count, dimension)).astype(np.float32)
        item_ids = [f"item-{row}" for row in range(count)]
        items = [
            NewItem(item_id=item_id, content=Content(vector=vector.tobytes()), metadata={"path": item_id})
            for item_id, vector in zip(item_ids, vectors, strict=True)
        ]
        if items:
            added = stub.AddItems(AddItemsRequest(pool_id=pool_id, items=items))
            assert added.added == count
        return MadePool(pool_id, item_ids, vectors)

    return make
