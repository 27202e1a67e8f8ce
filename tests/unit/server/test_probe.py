"""The health probe against health services that serve, do not serve, or are not there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from vicinal.server.probe import reachable, serving
from vicinal.server.runtime.health import LIVE


@pytest.fixture
def health_service() -> Iterator[tuple[str, health.HealthServicer]]:
    server = grpc.server(ThreadPoolExecutor(1))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", servicer
    server.stop(None)


def test_a_serving_server_is_healthy(health_service):
    target, servicer = health_service
    servicer.set("ready", health_pb2.HealthCheckResponse.SERVING)
    assert serving(target)


def test_a_server_that_loads_or_shuts_down_is_live_and_not_ready(health_service, capsys):
    target, servicer = health_service
    servicer.set("ready", health_pb2.HealthCheckResponse.NOT_SERVING)
    servicer.set("live", health_pb2.HealthCheckResponse.SERVING)
    assert not serving(target)
    assert f"{target} is not ready" in capsys.readouterr().err
    assert serving(target, LIVE)


def test_nobody_there_is_said_on_stderr(capsys):
    assert not serving("127.0.0.1:1", timeout_seconds=1)
    assert "127.0.0.1:1 is not ready" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("listen", ["0.0.0.0:{port}", "127.0.0.1:{port}"])
@pytest.mark.parametrize(("flags", "code"), [(["--live"], 0), (["--ready"], 1), ([], 1)])
@pytest.mark.parametrize("command", [["vicinal.server.probe"], ["vicinal.cli.main", "probe"]])
def test_the_command_reads_the_listen_address(health_service, listen, flags, code, command):
    target, servicer = health_service
    servicer.set("live", health_pb2.HealthCheckResponse.SERVING)
    servicer.set("ready", health_pb2.HealthCheckResponse.NOT_SERVING)
    environment = os.environ | {"VICINAL_LISTEN": listen.format(port=target.rpartition(":")[2])}
    done = subprocess.run([sys.executable, "-m", *command, *flags], env=environment, check=False)
    assert done.returncode == code


def test_any_address_is_reached_over_loopback():
    assert reachable("[::]:50051") == "[::1]:50051"
    assert reachable("sampler.internal:50051") == "sampler.internal:50051"
