"""A server on a real socket that does what a test tells it to, and notes what it was asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from tests.support.scripted_server import Fault, Script
from vicinal.client import Client


@pytest.fixture
def server_credentials() -> grpc.ServerCredentials | None:
    """A test file that wants TLS has its own."""
    return None


@pytest.fixture
def script(server_credentials: grpc.ServerCredentials | None) -> Iterator[Script]:
    script = Script()
    with ThreadPoolExecutor(4) as threads:
        options = [("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)]
        server = grpc.server(threads, handlers=[script], options=options)
        if server_credentials is None:
            port = server.add_insecure_port("127.0.0.1:0")
        else:
            port = server.add_secure_port("127.0.0.1:0", server_credentials)
        script.target = f"127.0.0.1:{port}"
        server.start()
        yield script
        server.stop(grace=None).wait()


@pytest.fixture
def scripted_client(script: Script) -> Iterator[Client]:
    with Client(script.target, timeout_seconds=60.0, metadata=[("authorization", "Bearer key")]) as client:
        yield client


@pytest.fixture(name="fault")
def fault_type() -> type[Fault]:
    return Fault
