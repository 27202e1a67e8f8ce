"""Whatever an id, label or metadata holds, it is a value: never a path, never a statement."""

import csv
import io
import json
import os
import subprocess
import sys

import grpc
import numpy as np
import pytest

from vicinal.client import Client, InvalidArgumentError, NewItem, NotFoundError

HOSTILE = [
    "../../../etc/passwd",
    "/etc/passwd",
    "..",
    "C:\\windows\\system32",
    "'; DROP TABLE items; --",
    '" OR "1"="1',
    "%s%n{0}${HOME}$(id)`id`",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "👩‍👩‍👧‍👦🏴‍☠️",
    "a\u0301\u0302\u0303" * 10,
    "\ufeffbom",
    "x" * 256,
]
# Of labels, what nobody sees is taken out, and accents go onto their letters.
AS_LABELS = {
    "\u202egnp.exe": "gnp.exe",
    "👩\u200d👩\u200d👧\u200d👦🏴\u200d☠\ufe0f": "👩\u200d👩\u200d👧\u200d👦🏴\u200d☠",
    "a\u0301\u0302\u0303" * 10: "\u00e1\u0302\u0303" * 10,
    "\ufeffbom": "bom",
}
REFUSED = {"nul": "a\0b", "newline": "a\nb", "bell": "a\ab", "long": "x" * 257, "blank": " \t", "empty": ""}


def _files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _folders(server):
    return {entry.name for folder in (".", "pools") for entry in (server.data_dir / folder).iterdir()}


@pytest.fixture
def own_client(own_server):
    with Client(own_server.target) as opened:
        yield opened


def test_hostile_ids_and_metadata_come_back_as_they_went_in_and_labels_as_they_look(
    own_server, own_client, tmp_path
):
    server, client = own_server, own_client
    client.create_pool("p", dimension=2)
    client.add_items("p", [NewItem("first", np.array([-1.0, 0.5]))])
    around = _files(server.data_dir.parent)
    client.add_items(
        "p",
        [
            NewItem(item_id, np.array([1.0, row]), metadata={item_id[:128]: item_id})
            for row, item_id in enumerate(HOSTILE)
        ],
    )
    client.submit_labels("p", {item_id: item_id for item_id in HOSTILE}, annotator="'; DROP TABLE items; --")
    assert _files(server.data_dir.parent) == around
    server.restart()
    assert [item.item_id for item in client.list_items("p")] == ["first", *HOSTILE]
    for item_id in HOSTILE:
        item = client.get_item("p", item_id).item
        assert dict(item.metadata) == {item_id[:128]: item_id}
        assert item.label == AS_LABELS.get(item_id, item_id)
    assert {event.item_id for event in client.export_labels("p")} == set(HOSTILE)
    _check_exports(server, tmp_path)


def _check_exports(server, tmp_path):
    before = _files(tmp_path)
    assert {row["item_id"] for row in csv.DictReader(io.StringIO(_export(server)))} == set(HOSTILE)
    out = tmp_path / "labels.jsonl"
    _export(server, "--out", str(out))
    assert {json.loads(line)["item_id"] for line in out.read_text().splitlines()} == set(HOSTILE)
    assert _files(tmp_path) - before == {"labels.jsonl"}


def _export(server, *more):
    command = [sys.executable, "-m", "vicinal.cli.main", "export", "p", "--target", server.target, *more]
    # Newlines as they are: a carriage return belongs to the format.
    ran = subprocess.run(command, env=os.environ, capture_output=True, check=True, timeout=240)
    return ran.stdout.decode()


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_no_id_may_hold_is_refused_by_name(client, pool_id, text):
    client.create_pool(pool_id, dimension=2)
    added = client.add_items(pool_id, [NewItem(text, np.ones(2)), NewItem("good", np.ones(2))])
    assert (added.added, [error.index for error in added.errors]) == (1, [0])
    with pytest.raises(InvalidArgumentError, match="label"):
        client.submit_labels(pool_id, {"good": text})
    with pytest.raises(NotFoundError):
        client.get_item(pool_id, "absent")


@pytest.mark.parametrize("wrong", [*HOSTILE, *REFUSED.values(), "-p", ".p", "p" * 65])
def test_a_pool_id_is_letters_digits_and_three_marks(server, client, wrong):
    before = _folders(server)
    with pytest.raises(InvalidArgumentError, match="pool_id"):
        client.create_pool(wrong, dimension=2)
    for call in (client.get_pool, client.delete_pool, lambda each: list(client.list_items(each))):
        with pytest.raises((InvalidArgumentError, NotFoundError)):
            call(wrong)
    assert _folders(server) == before


@pytest.mark.parametrize("odd", ["a..b", "con", "Pools", "pools", "lock", "vicinal.sqlite3"])
def test_a_pools_folder_has_nothing_of_its_id(server, client, odd):
    before = _folders(server)
    client.create_pool(odd, dimension=2)
    (made,) = _folders(server) - before
    assert odd.lower() not in made
    assert client.get_pool(odd).pool_id == odd
    client.delete_pool(odd)


def test_a_header_of_a_call_may_hold_what_it_likes(server):
    from vicinal.v1.sampler_service_pb2 import ListPoolsRequest
    from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        for value in ("../../x", "'; --", "x" * 129, '{"a": 1}'):
            stub.ListPools(ListPoolsRequest(), metadata=[("x-request-id", value)])
    assert "x" * 129 not in server.log
