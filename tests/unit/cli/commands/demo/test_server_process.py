import pytest

from vicinal.cli.commands.demo.server_process import running_server
from vicinal.cli.failures import Failure
from vicinal.client import Client, UnavailableError


def test_the_server_is_there_and_then_gone(monkeypatch):
    # Those of another server, which the demo's own has nothing to do with.
    monkeypatch.setenv("VICINAL_KEYS_FILE", "nowhere.jsonl")
    monkeypatch.setenv("VICINAL_TLS_CERTIFICATE", "nowhere.pem")
    with running_server() as target, Client(target) as client:
        assert list(client.list_pools()) == []
    with Client(target, retries=0) as client, pytest.raises(UnavailableError):
        list(client.list_pools())


def test_a_server_that_does_not_start_says_why():
    with pytest.raises(Failure, match=r"did not start.*threads"), running_server(["--threads", "0"]):
        pass
