"""Answers that are kept for retries go with the pool that they are about."""

import grpc
import numpy as np
import pytest

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

Restore = snapshots.RestoreSnapshotRequest


@pytest.fixture
def requests(pool_id):
    """Of a pool's life, each with an id of its own."""
    items = [
        {"item_id": f"{row}", "content": {"vector": each.tobytes()}}
        for row, each in enumerate(np.eye(4, dtype="<f4"))
    ]
    config = PoolConfig(pool_id=pool_id, dimension=4)
    names = {"pool_id": pool_id}
    return {
        "CreatePool": service.CreatePoolRequest(config=config, request_id=f"{pool_id}-create"),
        "AddItems": service.AddItemsRequest(items=items, request_id=f"{pool_id}-add", **names),
        "LeaseBatch": service.LeaseBatchRequest(size=2, request_id=f"{pool_id}-lease", **names),
        "SubmitLabels": service.SubmitLabelsRequest(
            labels=[{"item_id": "0", "label": "a"}], request_id=f"{pool_id}-label", **names
        ),
        "DeletePool": service.DeletePoolRequest(request_id=f"{pool_id}-delete", **names),
    }


def send(stub, requests, *methods):
    return [getattr(stub, method)(requests[method]) for method in methods]


LIFE = ("CreatePool", "AddItems", "LeaseBatch")


def test_a_second_pool_of_the_name_is_not_answered_from_the_first(stub, requests, pool_id):
    first = send(stub, requests, *LIFE)
    assert send(stub, requests, *LIFE) == first
    send(stub, requests, "DeletePool")
    created, added, leased = send(stub, requests, *LIFE)
    assert (created.pool.counts.total, added.added, len(leased.batch.items)) == (0, 4, 2)
    assert leased.batch.lease.lease_id != first[2].batch.lease.lease_id
    items = stub.ListItems(service.ListItemsRequest(pool_id=pool_id)).items
    assert [item.lease_id == leased.batch.lease.lease_id for item in items].count(True) == 2


def test_a_retry_of_a_deletion_is_answered_and_deletes_nothing_more(stub, requests, pool_id):
    send(stub, requests, *LIFE, "DeletePool")
    send(stub, requests, "DeletePool")
    send(stub, requests, *LIFE)
    send(stub, requests, "DeletePool")
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.counts.total == 4


def test_a_restored_pool_is_not_answered_from_the_one_before(stub, requests, pool_id):
    send(stub, requests, "CreatePool", "AddItems")
    taken = stub.CreateSnapshot(snapshots.CreateSnapshotRequest(pool_id=pool_id))
    archive = b"".join(each.data for each in taken)
    send(stub, requests, "SubmitLabels", "DeletePool")
    header = Restore.Header(request_id=f"{pool_id}-restore")
    pieces = [Restore(header=header), Restore(data=archive)]
    assert list(stub.RestoreSnapshot(iter(pieces)).pool_ids) == [pool_id]
    assert send(stub, requests, "SubmitLabels")[0].labelled == 1
    stub.DeletePool(service.DeletePoolRequest(pool_id=pool_id))
    # That pool is gone, and its restoration with it.
    assert list(stub.RestoreSnapshot(iter(pieces)).pool_ids) == [pool_id]
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.counts.labelled == 0


def test_the_same_after_a_restart(own_server, requests, pool_id):
    with grpc.insecure_channel(own_server.target) as channel:
        first = send(SamplerServiceStub(channel), requests, *LIFE)
    own_server.kill()
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        assert send(stub, requests, *LIFE) == first
        send(stub, requests, "DeletePool")
        own_server.kill()
    own_server.start()
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        send(stub, requests, "DeletePool")
        assert send(stub, requests, *LIFE)[1].added == 4
