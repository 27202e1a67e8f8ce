"""Reports a server's health: `python -m vicinal.server.probe [--live | --ready] [TARGET]`, exit code 0 or 1.

For health checks of containers. TARGET defaults to VICINAL_LISTEN, else 127.0.0.1:50051. `probe_channel` in
`security/tls.py` says when it uses TLS; health needs no key.
"""

import argparse
import os
import sys
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from vicinal.server.runtime.health import LIVE, READY
from vicinal.server.security.tls import probe_channel

DEFAULT_LISTEN = "127.0.0.1:50051"
ANY_TO_LOOPBACK = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def reachable(listen: str) -> str:
    """The address at which a server that listens there answers on this machine.

    >>> reachable("0.0.0.0:50051"), reachable("[::]:7000"), reachable("10.0.0.7:50051")
    ('127.0.0.1:50051', '[::1]:7000', '10.0.0.7:50051')
    """
    host, _, port = listen.rpartition(":")
    return f"{ANY_TO_LOOPBACK.get(host, host)}:{port}"


def target_or_default(target: str | None) -> str:
    """The target, or where a server of this environment's settings answers."""
    return target or reachable(os.environ.get("VICINAL_LISTEN", DEFAULT_LISTEN))


def serving(target: str, service: str = READY, timeout_seconds: float = 3.0) -> bool:
    """Whether the server at `target` says SERVING in time; anything else it says goes to stderr.

    Args:
        target: HOST:PORT.
        service: LIVE (the process answers) or READY (its pools are loaded).
        timeout_seconds: for the answer.
    """
    with probe_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=timeout_seconds)
        except grpc.RpcError as error:
            print(f"{target} is not {service}: {error.code().name}, {error.details()}", file=sys.stderr)
            return False
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        print(f"{target} is not {service}: it says NOT_SERVING", file=sys.stderr)
        return False
    return True


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m vicinal.server.probe")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--live", action="store_true", help="whether the process answers")
    asked.add_argument("--ready", action="store_true", help="whether its pools are loaded (the default)")
    parser.add_argument("target", nargs="?", metavar="TARGET", help="HOST:PORT")
    given = parser.parse_args()
    return 0 if serving(target_or_default(given.target), LIVE if given.live else READY) else 1


if __name__ == "__main__":
    sys.exit(_main())
