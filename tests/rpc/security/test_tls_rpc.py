"""TLS and mutual TLS against real servers: by both clients, by commands, and by the probe."""

import os
import ssl
import subprocess
import sys
import time

import pytest

from vicinal.client import (
    AsyncClient,
    Client,
    InvalidArgumentError,
    Tls,
    UnauthenticatedError,
    UnavailableError,
)


def _localhost(server):
    return server.target.replace("127.0.0.1", "localhost")


def _patient(server, **more):
    return Client(_localhost(server), timeout_seconds=60, **more)


def _impatient(server, **more):
    return Client(_localhost(server), timeout_seconds=60, retries=0, **more)


@pytest.fixture
def tls_server(make_server_process, certificates, keys_file, new_key):
    chain, key = certificates.issue("server")
    new_key()
    return make_server_process(
        VICINAL_TLS_CERTIFICATE=str(chain), VICINAL_TLS_KEY=str(key), VICINAL_KEYS_FILE=str(keys_file)
    )


@pytest.fixture
def mutual_server(make_server_process, certificates):
    chain, key = certificates.issue("server")
    return make_server_process(
        VICINAL_TLS_CERTIFICATE=str(chain),
        VICINAL_TLS_KEY=str(key),
        VICINAL_TLS_CLIENT_CA=str(certificates.root),
    )


async def test_both_clients_come_in_by_tls_with_a_key(
    make_server_process, certificates, other_authority, keys_file, new_key
):
    chain, private = certificates.issue("server")
    key, tls = new_key(), Tls(certificates.root)
    server = make_server_process(
        VICINAL_TLS_CERTIFICATE=str(chain), VICINAL_TLS_KEY=str(private), VICINAL_KEYS_FILE=str(keys_file)
    )
    with _patient(server, key=key, tls=tls) as client:
        client.create_pool("p", dimension=2)
    async with AsyncClient(_localhost(server), key=key, tls=tls) as client:
        assert [pool.pool_id async for pool in client.list_pools()] == ["p"]
    with _patient(server, tls=tls) as client, pytest.raises(UnauthenticatedError):
        list(client.list_pools())
    for wrong in (None, Tls(other_authority.root)):
        with _impatient(server, key=key, tls=wrong) as client, pytest.raises(UnavailableError):
            list(client.list_pools())


def test_a_server_of_another_name_is_not_trusted(make_server_process, certificates):
    chain, key = certificates.issue("server", "elsewhere.example")
    server = make_server_process(VICINAL_TLS_CERTIFICATE=str(chain), VICINAL_TLS_KEY=str(key))
    with _impatient(server, tls=Tls(certificates.root)) as client, pytest.raises(UnavailableError):
        list(client.list_pools())


def test_mutual_tls_wants_a_certificate_of_its_own_authority(mutual_server, certificates, other_authority):
    with _patient(mutual_server, tls=Tls(certificates.root, *certificates.issue("ana"))) as client:
        assert list(client.list_pools()) == []
    for stranger in ((), other_authority.issue("eve")):
        with (
            _impatient(mutual_server, tls=Tls(certificates.root, *stranger)) as client,
            pytest.raises(UnavailableError),
        ):
            list(client.list_pools())


def test_a_renewed_certificate_needs_no_restart(tls_server, certificates):
    before = _shown_certificate(tls_server)
    (certificates.folder / "server.pem").write_text("half of a new certif")
    time.sleep(1.1)
    assert _shown_certificate(tls_server) == before
    certificates.issue("server")
    ends_at = time.monotonic() + 60
    while _shown_certificate(tls_server) == before:
        assert time.monotonic() < ends_at, tls_server.log
        time.sleep(0.3)
    assert "goes on with what it had" in tls_server.log


def _shown_certificate(server):
    host, _, port = server.target.rpartition(":")
    return ssl.get_server_certificate((host, int(port)))


def test_commands_come_in_by_flags_or_by_the_environment(tls_server, certificates, new_key, keys_file):
    key = new_key("read")
    command = [sys.executable, "-m", "vicinal.cli.main", "pool", "list", "--json"]
    target = {"VICINAL_TARGET": _localhost(tls_server)}
    by_environment = target | {"VICINAL_KEY": key, "VICINAL_ROOT_CERTIFICATE": str(certificates.root)}
    time.sleep(1.1)
    ran = _run(command, by_environment)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr
    ran = _run([*command, "--key", key, "--root-certificate", str(certificates.root)], target)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr
    ran = _run([*command, "--root-certificate", str(certificates.root)], target)
    assert ran.returncode == 1
    assert "VICINAL_KEY" in ran.stderr


def test_the_probe_speaks_tls(tls_server, certificates):
    listen = {"VICINAL_LISTEN": _localhost(tls_server)}
    itself = {"VICINAL_TLS_CERTIFICATE": str(certificates.folder / "server.pem")}
    root = {"VICINAL_ROOT_CERTIFICATE": str(certificates.root)}
    missing = {"VICINAL_ROOT_CERTIFICATE": "nowhere.pem"}
    for variables, code in ((itself, 0), (root, 0), ({}, 1), (missing, 1)):
        ran = _run([sys.executable, "-m", "vicinal.server.probe"], listen | variables)
        assert ran.returncode == code, (variables, ran.stderr)
        assert "Traceback" not in ran.stderr


def test_the_probe_shows_a_certificate_where_it_is_asked_for(mutual_server, certificates):
    chain, key = certificates.issue("probe")
    root = {"VICINAL_ROOT_CERTIFICATE": str(certificates.root)}
    own = {"VICINAL_CLIENT_CERTIFICATE": str(chain), "VICINAL_CLIENT_KEY": str(key)}
    for variables, code in ((root | own, 0), (root, 1)):
        command = [sys.executable, "-m", "vicinal.server.probe", _localhost(mutual_server)]
        assert _run(command, variables).returncode == code


def test_files_that_cannot_be_read_are_named(tmp_path, certificates):
    chain, _ = certificates.issue("ana")
    with pytest.raises(InvalidArgumentError, match=r"nowhere\.pem"):
        Client("localhost:1", tls=Tls(tmp_path / "nowhere.pem"))
    with pytest.raises(InvalidArgumentError, match="client_key"):
        Client("localhost:1", tls=Tls(client_certificate=chain))
    with pytest.raises(InvalidArgumentError, match="key") as caught:
        Client("localhost:1", key="vcl_ with a blank")
    assert "blank and" not in str(caught.value)


def test_a_server_with_other_certificates_than_keys_says_so(serve_process, certificates, other_authority):
    chain, _ = certificates.issue("server")
    _, foreign = other_authority.issue("other")
    ran = serve_process(VICINAL_TLS_CERTIFICATE=str(chain), VICINAL_TLS_KEY=str(foreign))
    assert ran.returncode != 0
    assert "the key does not match the certificate" in ran.stderr


def test_beyond_loopback_tls_and_keys_are_asked_for(serve_process, tmp_path):
    ran = serve_process(VICINAL_LISTEN="0.0.0.0:0", VICINAL_DATA_DIR=str(tmp_path))
    assert ran.returncode != 0
    assert "no TLS" in ran.stderr
    assert "no keys" in ran.stderr
    assert "--insecure" in ran.stderr


def test_insecure_is_a_choice(make_server_process):
    server = make_server_process(VICINAL_LISTEN="0.0.0.0:0", VICINAL_INSECURE="true")
    with Client(server.target.replace("0.0.0.0", "127.0.0.1")) as client:
        client.wait_ready(timeout_seconds=60)
        assert list(client.list_pools()) == []


def _run(command, variables):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VICINAL_")}
    return subprocess.run(
        command, env=clean | variables, capture_output=True, text=True, check=False, timeout=240
    )
