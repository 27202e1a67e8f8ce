"""A server far away: connecting takes a while, and works."""

import socket
import threading
import time

import pytest

from vicinal.client import Client

DELAY_SECONDS = 0.8


@pytest.fixture
def far_target(server):
    """The server behind a line on which the first bytes take their time."""
    host, _, port = server.target.rpartition(":")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_carry, args=(listening, (host, int(port))), daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def _carry(listening, address):
    while True:
        try:
            near, _ = listening.accept()
        except OSError:
            return
        far = socket.create_connection(address)
        time.sleep(DELAY_SECONDS)
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_copy, args=(source, sink), daemon=True).start()


def _copy(source, sink):
    try:
        while part := source.recv(1 << 16):
            sink.sendall(part)
    except OSError:
        pass
    sink.close()


def test_a_connection_that_takes_a_while_is_waited_for(far_target, client, pool_id):
    client.create_pool(pool_id, dimension=2)
    begun = time.monotonic()
    with Client(far_target, retries=0, timeout_seconds=60) as far:
        assert far.get_pool(pool_id).dimension == 2
        assert time.monotonic() - begun >= DELAY_SECONDS
        assert [pool.pool_id for pool in far.list_pools()] == [pool.pool_id for pool in client.list_pools()]
