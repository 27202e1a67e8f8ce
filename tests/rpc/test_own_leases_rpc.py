"""`vicinal label` and `vicinal skip` use an annotator's own leases, and ask for no others."""

import numpy as np
import pytest
from typer.testing import CliRunner

from vicinal.cli.main import app
from vicinal.client import Client, NewItem


@pytest.fixture
def asked(monkeypatch):
    """The calls that a command makes about items, in order."""
    calls = []
    for name in ("list_items", "get_item", "submit_labels", "skip_items"):
        method = getattr(Client, name)
        monkeypatch.setattr(
            Client,
            name,
            lambda *given, name=name, method=method, **named: calls.append(name) or method(*given, **named),
        )
    return calls


@pytest.fixture
def batch(client, pool_id):
    """Two items that Ana holds, of a pool of six."""
    client.create_pool(pool_id, dimension=6)
    client.add_items(pool_id, [NewItem(f"i{row}", vector) for row, vector in enumerate(np.eye(6))])
    return client.lease_batch(pool_id, 2, annotator="ana")


@pytest.fixture
def run(server, pool_id, batch, asked):
    def run_command(command, *words, code=0):
        asked.clear()
        found = CliRunner().invoke(app, [command, pool_id, *words, "--target", server.target])
        assert found.exit_code == code, found.output
        return found.output

    return run_command


def held_and_free(batch):
    held = [item.item_id for item in batch.items]
    return held, [f"i{row}" for row in range(6) if f"i{row}" not in held]


def test_of_an_item_without_a_lease_nothing_is_asked(run, batch, asked):
    _, (free, other, *_) = held_and_free(batch)
    assert "labelled 1" in run("label", free, "a", "--annotator", "ana")
    assert asked == ["submit_labels"]
    assert "skipped 1" in run("skip", other, "--annotator", "ana")
    assert asked == ["skip_items"]


def test_of_an_item_on_lease_that_item_alone_is_asked_for(run, batch, asked):
    (held, other), _ = held_and_free(batch)
    assert "labelled 1" in run("label", held, "a", "--annotator", " ana ")
    assert asked == ["submit_labels", "get_item", "submit_labels"]
    assert "skipped 1" in run("skip", other, "--annotator", "ana")
    assert asked == ["skip_items", "get_item", "skip_items"]


def test_a_lease_that_is_named_is_not_looked_for(run, batch, asked):
    (held, _), _ = held_and_free(batch)
    assert "labelled 1" in run("label", held, "a", "--annotator", "ana", "--lease", batch.lease_id)
    assert asked == ["submit_labels"]


def test_an_item_of_another_annotator_is_refused(run, batch, asked):
    (held, _), _ = held_and_free(batch)
    for who in (["--annotator", "bo"], []):
        assert "leased to somebody else" in run("label", held, "a", *who, code=1)
        assert asked == ["submit_labels", "get_item"]


def test_leases_of_many_items_are_asked_for_once(run, batch, asked, tmp_path):
    held, free = held_and_free(batch)
    file = tmp_path / "labels.csv"
    file.write_text("item_id,label\n" + "".join(f"{item_id},a\n" for item_id in [*free, *held]))
    assert "labelled 6" in run("label", "--file", str(file), "--annotator", "ana")
    # Once to see that the pool has the items, once for the leases.
    assert asked.count("list_items") == 2
    assert "get_item" not in asked
