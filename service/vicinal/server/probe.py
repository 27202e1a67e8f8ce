"""Tells whether a server serves: `python -m vicinal.server.probe [TARGET]`, exit code 0 or 1.

For health checks of containers. TARGET defaults to VICINAL_LISTEN, else 127.0.0.1:50051. With
VICINAL_ROOT_CERTIFICATE, or VICINAL_TLS_CERTIFICATE as the server itself has it, it connects by TLS, and the
certificate must be good for TARGET's name; VICINAL_CLIENT_CERTIFICATE and VICINAL_CLIENT_KEY are shown to a
server that asks for one. Health needs no key.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

DEFAULT_LISTEN = "127.0.0.1:50051"
ANY_TO_LOOPBACK = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def reachable(listen: str) -> str:
    """The address at which a server that listens there answers on this machine.

    >>> reachable("0.0.0.0:50051"), reachable("[::]:7000"), reachable("10.0.0.7:50051")
    ('127.0.0.1:50051', '[::1]:7000', '10.0.0.7:50051')
    """
    host, _, port = listen.rpartition(":")
    return f"{ANY_TO_LOOPBACK.get(host, host)}:{port}"


def credentials(variables: Mapping[str, str]) -> grpc.ChannelCredentials | None:
    """TLS as the environment says; None in the clear.

    Raises:
        OSError: a file that it names cannot be read.
    """
    # A server's own certificate will do as what to trust: it is the one that must be shown.
    root = variables.get("VICINAL_ROOT_CERTIFICATE") or variables.get("VICINAL_TLS_CERTIFICATE")
    if not root:
        return None
    chain, key = variables.get("VICINAL_CLIENT_CERTIFICATE"), variables.get("VICINAL_CLIENT_KEY")
    return grpc.ssl_channel_credentials(
        Path(root).read_bytes(),
        Path(key).read_bytes() if key else None,
        Path(chain).read_bytes() if chain else None,
    )


def serving(target: str, timeout_seconds: float = 3.0, tls: grpc.ChannelCredentials | None = None) -> bool:
    """Whether the server at `target` says SERVING in time."""
    channel = grpc.insecure_channel(target) if tls is None else grpc.secure_channel(target, tls)
    with channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout_seconds)
        except grpc.RpcError as error:
            print(f"{target} does not serve: {error.code().name}, {error.details()}", file=sys.stderr)
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("VICINAL_LISTEN", DEFAULT_LISTEN)
    try:
        shown = credentials(os.environ)
    except OSError as unread:
        sys.exit(f"cannot read {unread.filename}: {unread.strerror}")
    sys.exit(0 if serving(reachable(given), tls=shown) else 1)
