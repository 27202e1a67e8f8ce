"""Hostile archives over the wire, by an admin of one pool: nobody else notices."""

import re
import urllib.request
from datetime import UTC, datetime

import grpc
import numpy as np
import pytest

from benchmarks.hostile import archives
from benchmarks.hostile.archives import hostile_archives
from tests.support.keys import WithKey
from vicinal.server.security.keys import create_key
from vicinal.server.security.roles import Role
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

Restore = snapshots.RestoreSnapshotRequest
# Every so many of some 3,400.
STEP = 61
PIECE = 1 << 20
NAMED = [
    "pool.json: vote_neighbours is a text",
    "pool.json: created_at is 1e300",
    "pool.json: seed is 2**200",
    "pool.json: is a deep list",
    "items.jsonl: metadata holds a deep list",
    "events.jsonl: at is 1e300",
    "leases.jsonl: expires_at is 1e300",
    "duplicates.jsonl: found_at is 1e300",
    "suggestions.jsonl: eligible is 2**63",
]


@pytest.fixture
def own(make_server_process, tmp_path):
    """A server with keys and metrics; stubs of an admin of everything, and of one of pool `a` alone."""
    keys = tmp_path / "keys.jsonl"
    made = [
        create_key(keys, name, Role.ADMIN, datetime.now(UTC), pools=pools)[1]
        for name, pools in (("all", None), ("a", ["a"]))
    ]
    server = make_server_process(VICINAL_KEYS_FILE=str(keys), VICINAL_METRICS_LISTEN="127.0.0.1:0")
    with grpc.insecure_channel(server.target) as channel:
        stubs = [SamplerServiceStub(grpc.intercept_channel(channel, WithKey(key))) for key in made]
        yield server, *stubs


def make(stub, pool_id):
    config = PoolConfig(pool_id=pool_id, dimension=4)
    stub.CreatePool(service.CreatePoolRequest(config=config))
    items = [
        {"item_id": f"{row}", "content": {"vector": each.tobytes()}, "metadata": {"n": "1"}}
        for row, each in enumerate(np.eye(4, dtype="<f4"))
    ]
    stub.AddItems(service.AddItemsRequest(pool_id=pool_id, items=items))
    lease = stub.LeaseBatch(service.LeaseBatchRequest(pool_id=pool_id, size=2, annotator="ana")).batch
    label = service.Label(item_id=lease.items[0].item_id, label="x")
    stub.SubmitLabels(
        service.SubmitLabelsRequest(
            pool_id=pool_id, labels=[label], annotator="ana", lease_id=lease.lease.lease_id
        )
    )


def archive_of(stub, pool_id):
    taken = stub.CreateSnapshot(snapshots.CreateSnapshotRequest(pool_id=pool_id))
    return b"".join(each.data for each in taken)


def restore(stub, archive, pool_id):
    pieces = [Restore(header=Restore.Header(new_pool_id=pool_id))]
    pieces += [Restore(data=archive[at : at + PIECE]) for at in range(0, len(archive), PIECE)]
    return stub.RestoreSnapshot(iter(pieces))


def assert_all_answer(server, everything):
    listed = everything.ListPools(service.ListPoolsRequest()).pools
    assert "other" in {pool.config.pool_id for pool in listed}
    address = re.findall(r"metrics on (http://\S+)", server.log)[-1]
    with urllib.request.urlopen(address) as answer:
        assert b'vicinal_pool_items{pool="other",state="labelled"} 1.0' in answer.read()


def test_nobody_else_notices(own, failure_of):
    server, everything, of_a = own
    make(everything, "other")
    make(of_a, "a")
    good = archive_of(of_a, "a")
    of_a.DeletePool(service.DeletePoolRequest(pool_id="a"))
    chosen = [
        (name, archive)
        for number, (name, archive) in enumerate(hostile_archives(good))
        if name in NAMED or number % STEP == 0
    ]
    before = resident_mb(server)
    for name, archive in chosen:
        try:
            restore(of_a, archive, "a")
        except grpc.RpcError:
            failure = failure_of(lambda archive=archive: restore(of_a, archive, "a"))
            assert failure.reason in {"SNAPSHOT_DAMAGED", "SNAPSHOT_TOO_NEW", "INVALID_INPUT"}, name
        else:
            assert not of_a.GetPool(service.GetPoolRequest(pool_id="a")).pool.unavailable, name
            list(of_a.ScorePool(service.ScorePoolRequest(pool_id="a")))
            of_a.DeletePool(service.DeletePoolRequest(pool_id="a"))
    assert resident_mb(server) < before + 300
    assert_all_answer(server, everything)
    assert restore(of_a, good, "a").pool_ids == ["a"]
    server.kill()
    server.start()
    assert_all_answer(server, everything)
    assert len(list((server.data_dir / "pools").iterdir())) == 2
    assert list((server.data_dir / "staging").iterdir()) == []


def resident_mb(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", status.read())
    return int(kilobytes) / 1024


def test_a_key_for_one_pool_reaches_no_other_by_an_archive(own, failure_of):
    """The id within the archive, the archive of another pool, or no id at all."""
    _, everything, of_a = own
    make(everything, "other")
    theirs = archive_of(everything, "other")
    before = archive_of(everything, "other")
    header = Restore(header=Restore.Header())
    for requests, reason in (
        ([header, Restore(data=theirs)], "PERMISSION_DENIED"),
        ([Restore(header=Restore.Header(new_pool_id="other")), Restore(data=theirs)], "PERMISSION_DENIED"),
        ([Restore(header=Restore.Header(new_pool_id="new")), Restore(data=theirs)], "PERMISSION_DENIED"),
    ):
        assert failure_of(lambda sent=requests: of_a.RestoreSnapshot(iter(sent))).reason == reason
    # What it brings itself becomes its own pool, whatever ids are in it.
    assert restore(of_a, theirs, "a").pool_ids == ["a"]
    assert [pool.config.pool_id for pool in of_a.ListPools(service.ListPoolsRequest()).pools] == ["a"]
    assert archives.unpacked(archive_of(everything, "other")) == archives.unpacked(before)
    assert failure_of(lambda: archive_of(of_a, "other")).reason == "POOL_NOT_FOUND"
    assert failure_of(lambda: archive_of(of_a, "nowhere")).reason == "POOL_NOT_FOUND"


def test_a_second_server_is_refused_though_the_lock_was_deleted(own, serve_process):
    server, everything, _ = own
    make(everything, "other")
    for change in (lambda lock: lock.unlink(), lambda lock: lock.rename(lock.with_name("mine"))):
        (server.data_dir / "lock").touch()
        change(server.data_dir / "lock")
        ended = serve_process(VICINAL_DATA_DIR=str(server.data_dir), VICINAL_LISTEN="127.0.0.1:0")
        assert ended.returncode != 0
        assert f"{server.data_dir} is in use by " in ended.stderr
    assert_all_answer(server, everything)
