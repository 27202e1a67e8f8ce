"""Both clients over TLS, and none without it."""

import shutil
import subprocess

import grpc
import numpy as np
import pytest

from vicinal.client import AsyncClient, Client, NewItem, UnavailableError
from vicinal.v1 import sampler_service_pb2 as v1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[bytes, bytes]:
    """A key and a self-signed certificate for loopback, made for these tests."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    request = "req -x509 -newkey rsa:2048 -nodes -days 1 -keyout key.pem -out certificate.pem"
    names = "-subj /CN=loopback -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([openssl, *request.split(), *names.split()], cwd=folder, check=True, capture_output=True)
    return (folder / "key.pem").read_bytes(), (folder / "certificate.pem").read_bytes()


@pytest.fixture
def server_credentials(certificate) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([certificate])


@pytest.fixture
def credentials(certificate) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(certificate[1])


def test_the_client_speaks_tls(script, credentials):
    script.answers("GetPool", v1.GetPoolResponse())
    with Client(script.target, credentials=credentials) as client:
        client.wait_ready(timeout_seconds=60)
        client.get_pool("p")
    assert len(script.seen) == 1


async def test_the_asyncio_client_speaks_tls_on_each_way(script, credentials):
    script.answers("GetPool", v1.GetPoolResponse())
    script.answers("ImportItems", v1.ImportItemsResponse(added=1))
    async with AsyncClient(script.target, credentials=credentials) as client:
        await client.get_pool("p")
        assert (await client.import_items("p", [NewItem("a", np.ones(2))])).added == 1


def test_a_client_in_the_clear_is_not_let_in(script):
    with Client(script.target, timeout_seconds=60, retries=0) as client, pytest.raises(UnavailableError):
        client.get_pool("p")
    assert not script.seen
