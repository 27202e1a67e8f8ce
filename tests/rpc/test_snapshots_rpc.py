"""Snapshots over the wire: a restored pool is the pool that was."""

import hashlib
import threading

import grpc
import numpy as np
import pytest

from vicinal.client import (
    AlreadyExistsError,
    AsyncClient,
    Client,
    InvalidArgumentError,
    NewExample,
    NotFoundError,
)
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

Restore = snapshots.RestoreSnapshotRequest


@pytest.fixture
def labelled_pool(client, make_pool):
    """Labels, a relabelling, a removal, a skip, an example and an open lease."""
    made = make_pool(60, holdout_share=0.1, control_share=0.2)
    pool_id = made.pool_id
    for _ in range(6):
        batch = client.lease_batch(pool_id, size=2, annotator="ana")
        labels = {item.item_id: ["cat", "dog"][int(item.item_id[5:]) % 2] for item in batch.items}
        client.submit_labels(pool_id, labels, annotator="ana", lease_id=batch.lease_id)
    first = next(iter(labels))
    client.submit_labels(pool_id, {first: "emu"}, relabel=True)
    client.remove_labels(pool_id, [first])
    batch = client.lease_batch(pool_id)
    client.skip_items(pool_id, [batch.items[0].item_id], reason="blurred", lease_id=batch.lease_id)
    client.add_examples(pool_id, [NewExample("e1", made.vectors[3] + 1, "emu")])
    client.lease_batch(pool_id, size=3, annotator="bo", lease_seconds=3000)
    return made


def seen(stub, pool_id: str) -> list[bytes]:
    """All that a pool shows, but for its id."""
    # Scoring builds the graph, which GetPool then tells of.
    scored = list(stub.ScorePool(service.ScorePoolRequest(pool_id=pool_id)))
    pool = stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool
    pool.config.pool_id = ""
    items = stub.ListItems(service.ListItemsRequest(pool_id=pool_id, page_size=1000))
    log = stub.ExportLabels(service.ExportLabelsRequest(pool_id=pool_id, history=True))
    answers = [pool, *scored, *items.items, *log]
    return [answer.SerializeToString(deterministic=True) for answer in answers]


def picks(client: Client, pool_id: str) -> list[list[str]]:
    return [[item.item_id for item in client.lease_batch(pool_id, size=4).items] for _ in range(4)]


def test_a_restored_pool_is_the_same_and_goes_on_the_same(client, stub, labelled_pool):
    pool_id, duplicate_id = labelled_pool.pool_id, f"{labelled_pool.pool_id}-copy"
    archive = b"".join(client.create_snapshot(pool_id))
    before = seen(stub, pool_id)
    assert client.restore_snapshot([archive], pool_id=duplicate_id) == [duplicate_id]
    assert seen(stub, duplicate_id) == before == seen(stub, pool_id)
    assert picks(client, duplicate_id) == picks(client, pool_id)


def test_all_pools_and_another_server(own_server, tmp_path):
    with Client(own_server.target) as client:
        for number in range(3):
            client.create_pool(f"p{number}", dimension=4)
            client.add_vectors(f"p{number}", ["a", "b", "c"], np.eye(3, 4) + number)
            client.submit_labels(f"p{number}", {"a": "x"})
        archive = b"".join(client.create_snapshot())
        with pytest.raises(InvalidArgumentError, match="one pool; this one has 3"):
            client.restore_snapshot([archive], pool_id="new")
        with pytest.raises(AlreadyExistsError, match="p0"):
            client.restore_snapshot([archive])
        for number in range(3):
            client.delete_pool(f"p{number}")
        assert client.restore_snapshot([archive]) == ["p0", "p1", "p2"]
    own_server.kill()
    own_server.start()
    with Client(own_server.target) as client:
        assert [pool.pool_id for pool in client.list_pools()] == ["p0", "p1", "p2"]
        assert all(pool.counts.labelled == 1 for pool in client.list_pools())


def test_labels_that_come_in_meanwhile(client, stub, make_pool):
    """Each snapshot holds the first so many labels of the log, whole."""
    pool_id = make_pool(400).pool_id
    archives, done = [], threading.Event()

    def take() -> None:
        while not done.is_set():
            archives.append(b"".join(client.create_snapshot(pool_id)))

    taking = threading.Thread(target=take)
    taking.start()
    for number in range(0, 400, 2):
        client.submit_labels(pool_id, {f"item-{number}": "x", f"item-{number + 1}": "y"})
    done.set()
    taking.join()
    log = [event.item_id for event in client.export_labels(pool_id, history=True)]
    for number, archive in enumerate(archives[:: max(1, len(archives) // 8)]):
        (copy,) = client.restore_snapshot([archive], pool_id=f"{pool_id}.{number}")
        kept = [event.item_id for event in client.export_labels(copy, history=True)]
        assert kept == log[: len(kept)]
        assert len(kept) % 2 == 0


def test_a_retry_gives_the_first_answer(client, stub, labelled_pool):
    archive = b"".join(client.create_snapshot(labelled_pool.pool_id))
    again = f"{labelled_pool.pool_id}-again"

    def restore(data: bytes) -> snapshots.RestoreSnapshotResponse:
        header = Restore.Header(new_pool_id=again, request_id=f"restore-{again}")
        return stub.RestoreSnapshot(iter([Restore(header=header), Restore(data=data)]))

    assert list(restore(archive).pool_ids) == [again]
    client.remove_labels(again, [client.export_labels(again).__next__().item_id])
    assert list(restore(archive).pool_ids) == [again]
    other = b"".join(client.create_snapshot(again))
    with pytest.raises(grpc.RpcError, match="used for another request"):
        restore(other)


def test_what_cannot_be_restored_changes_nothing(client, stub, labelled_pool, failure_of):
    pool_id = labelled_pool.pool_id
    archive = b"".join(client.create_snapshot(pool_id))
    before = [pool.pool_id for pool in client.list_pools()]
    wrong = f"{pool_id}-wrong"
    for damaged in (b"", b"no tar" * 200, archive[: len(archive) // 2], archive[:-1600], flipped(archive)):
        with pytest.raises(InvalidArgumentError, match="damaged") as caught:
            client.restore_snapshot([damaged], pool_id=wrong)
        assert caught.value.reason == "SNAPSHOT_DAMAGED"
    with pytest.raises(AlreadyExistsError, match=pool_id):
        client.restore_snapshot([archive])
    header = Restore(header=Restore.Header(new_pool_id=wrong, sha256=hashlib.sha256(b"other").hexdigest()))
    for requests, reason in (
        ([], "INVALID_INPUT"),
        ([Restore(data=archive)], "INVALID_INPUT"),
        ([header, header], "INVALID_INPUT"),
        ([header, Restore(data=archive)], "SNAPSHOT_DAMAGED"),
        ([Restore(header=Restore.Header(new_pool_id="no id"))], "INVALID_INPUT"),
    ):
        assert failure_of(lambda sent=requests: stub.RestoreSnapshot(iter(sent))).reason == reason
    assert [pool.pool_id for pool in client.list_pools()] == before


def test_of_several_restores_to_one_id_one_is_taken_in(client, stub, labelled_pool):
    pool_id = labelled_pool.pool_id
    archive = b"".join(client.create_snapshot(pool_id))
    outcomes: list[str] = []

    def restore(new_id: str) -> None:
        header = Restore.Header(new_pool_id=new_id)
        try:
            stub.RestoreSnapshot(iter([Restore(header=header), Restore(data=archive)]))
            outcomes.append("restored")
        except grpc.RpcError as error:
            outcomes.append(error.code().name)

    same, others = f"{pool_id}-same", [f"{pool_id}-{number}" for number in range(2)]
    threads = [threading.Thread(target=restore, args=(each,)) for each in [same] * 3 + others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ALREADY_EXISTS"] * 2 + ["restored"] * 3
    shown = [seen(stub, each) for each in (pool_id, same, *others)]
    assert shown.count(shown[0]) == 4


async def test_over_asyncio(server, labelled_pool):
    pool_id, duplicate_id = labelled_pool.pool_id, f"{labelled_pool.pool_id}-copy"
    async with AsyncClient(server.target) as client:
        pieces = [piece async for piece in client.create_snapshot(pool_id)]
        assert await client.restore_snapshot(pieces, pool_id=duplicate_id) == [duplicate_id]
        assert (await client.get_pool(duplicate_id)).counts == (await client.get_pool(pool_id)).counts


def test_no_such_pool(client):
    with pytest.raises(NotFoundError, match="nowhere"):
        list(client.create_snapshot("nowhere"))


def test_nothing_is_left_on_disk(own_server):
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "a", "dimension": 2}))
        archive = b"".join(r.data for r in stub.CreateSnapshot(snapshots.CreateSnapshotRequest(pool_id="a")))
        with pytest.raises(grpc.RpcError):
            stub.RestoreSnapshot(iter([Restore(header=Restore.Header()), Restore(data=archive)]))
        with pytest.raises(grpc.RpcError):
            stub.RestoreSnapshot(iter([Restore(header=Restore.Header()), Restore(data=archive[:-2000])]))
    assert list((own_server.data_dir / "staging").iterdir()) == []
    assert len(list((own_server.data_dir / "pools").iterdir())) == 1


def flipped(archive: bytes) -> bytes:
    """With one bit wrong within the log."""
    changed = bytearray(archive)
    changed[archive.index(b'"labelled"') + 3] ^= 4
    return bytes(changed)
