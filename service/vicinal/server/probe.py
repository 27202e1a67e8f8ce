"""Tells whether a server serves: `python -m vicinal.server.probe [TARGET]`, exit code 0 or 1.

For health checks of containers. TARGET defaults to VICINAL_LISTEN, else 127.0.0.1:50051. TLS as
`security/probe_channel.py` has it; health needs no key.
"""

import os
import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vicinal.server.security.probe_channel import probe_channel

DEFAULT_LISTEN = "127.0.0.1:50051"
ANY_TO_LOOPBACK = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def reachable(listen: str) -> str:
    """The address at which a server that listens there answers on this machine.

    >>> reachable("0.0.0.0:50051"), reachable("[::]:7000"), reachable("10.0.0.7:50051")
    ('127.0.0.1:50051', '[::1]:7000', '10.0.0.7:50051')
    """
    host, _, port = listen.rpartition(":")
    return f"{ANY_TO_LOOPBACK.get(host, host)}:{port}"


def serving(target: str, timeout_seconds: float = 3.0) -> bool:
    """Whether the server at `target` says SERVING in time."""
    with probe_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout_seconds)
        except grpc.RpcError as error:
            print(f"{target} does not serve: {error.code().name}, {error.details()}", file=sys.stderr)
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VICINAL_LISTEN", DEFAULT_LISTEN)
    sys.exit(0 if serving(reachable(given)) else 1)
