"""Keys over the wire: who is let in, for what, to which pools, and what the log says of it."""

import grpc
import pytest

from tests.support.waiting import eventually
from vicinal.server.security.keys import read_keys, revoke_key
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2 import (
    AddItemsRequest,
    CreatePoolRequest,
    DeletePoolRequest,
    ExportLabelsRequest,
    GetPoolRequest,
    ImportItemsRequest,
    LeaseBatchRequest,
    ListPoolsRequest,
    SubmitLabelsRequest,
)
from vicinal.v1.snapshots_pb2 import CreateSnapshotRequest, RestoreSnapshotRequest


@pytest.fixture
def server(make_server_process, keys_file, new_key):
    new_key()
    return make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_LOG_LEVEL="debug")


@pytest.fixture
def let_in(server, new_key, stub_with):
    """Makes a key and waits until the server knows it; gives a stub that shows it."""

    def enter(role="admin", **more):
        stub = stub_with(server.target, new_key(role, **more))
        eventually(lambda: stub.ListPools(ListPoolsRequest()))
        return stub

    return enter


def _plain(pool_id):
    return PoolConfig(pool_id=pool_id, dimension=2)


@pytest.mark.parametrize("key", ["", "vcl_", "vcl_000000000000_guess", "no key at all"])
def test_without_a_good_key_nobody_is_let_in(server, stub_with, failure_of, key):
    stub = stub_with(server.target, key)
    for call in (
        lambda: stub.ListPools(ListPoolsRequest()),
        lambda: list(stub.ExportLabels(ExportLabelsRequest(pool_id="p"))),
        lambda: stub.ImportItems(iter([ImportItemsRequest()])),
    ):
        failure = failure_of(call)
        assert (failure.code, failure.reason) == (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")


def test_a_role_opens_what_it_covers(let_in, failure_of):
    admin, label, read = (let_in(role) for role in ("admin", "label", "read"))
    admin.CreatePool(CreatePoolRequest(config=_plain("p")))
    assert read.GetPool(GetPoolRequest(pool_id="p")).pool.config.pool_id == "p"
    label.LeaseBatch(LeaseBatchRequest(pool_id="p", size=1))
    for call in (
        lambda: read.LeaseBatch(LeaseBatchRequest(pool_id="p", size=1)),
        lambda: label.DeletePool(DeletePoolRequest(pool_id="p")),
    ):
        failure = failure_of(call)
        assert (failure.code, failure.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert "admin" in failure.message
    admin.DeletePool(DeletePoolRequest(pool_id="p"))


def test_other_pools_are_as_if_they_were_not(let_in, failure_of):
    admin = let_in()
    for pool_id in ("own", "secret"):
        admin.CreatePool(CreatePoolRequest(config=_plain(pool_id)))
    kept_apart = let_in(pools=frozenset({"own"}))
    assert [pool.config.pool_id for pool in kept_apart.ListPools(ListPoolsRequest()).pools] == ["own"]
    there = failure_of(lambda: kept_apart.AddItems(AddItemsRequest(pool_id="secret")))
    not_there = failure_of(lambda: kept_apart.AddItems(AddItemsRequest(pool_id="absent")))
    assert (there.code, there.reason) == (grpc.StatusCode.NOT_FOUND, "POOL_NOT_FOUND")
    assert there.message.replace("secret", "absent") == not_there.message
    header = ImportItemsRequest(header=ImportItemsRequest.Header(pool_id="secret"))
    assert failure_of(lambda: kept_apart.ImportItems(iter([header]))).reason == "POOL_NOT_FOUND"
    made = failure_of(lambda: kept_apart.CreatePool(CreatePoolRequest(config=_plain("third"))))
    assert made.code is grpc.StatusCode.PERMISSION_DENIED
    assert admin.GetPool(GetPoolRequest(pool_id="secret")).pool.config.pool_id == "secret"


def test_one_key_never_gets_another_ones_answer(let_in, failure_of):
    first, second = let_in(), let_in()
    request = CreatePoolRequest(config=_plain("p"), request_id="same")
    first.CreatePool(request)
    assert first.CreatePool(request).pool.config.pool_id == "p"
    assert failure_of(lambda: second.CreatePool(request)).reason == "POOL_EXISTS"
    second.CreatePool(CreatePoolRequest(config=_plain("q"), request_id="same"))
    reused = failure_of(lambda: first.CreatePool(CreatePoolRequest(config=_plain("r"), request_id="same")))
    assert reused.reason == "REQUEST_ID_REUSED"


def test_new_and_revoked_keys_count_without_a_restart(server, keys_file, new_key, stub_with, failure_of):
    key = new_key()
    stub = stub_with(server.target, key)
    eventually(lambda: stub.ListPools(ListPoolsRequest()))
    keys_file.write_text(keys_file.read_text() + "broken\n")
    # The file is looked at when somebody calls.
    eventually(lambda: _log_has(server, stub, "goes on with what it had"))
    keys_file.write_text(keys_file.read_text().removesuffix("broken\n"))
    revoke_key(keys_file, read_keys(keys_file)[-1].key_id)
    eventually(lambda: failure_of(lambda: stub.ListPools(ListPoolsRequest())))


def test_the_log_tells_whose_key_was_refused_and_never_a_key(
    server, keys_file, new_key, stub_with, failure_of
):
    key = new_key("read")
    key_id = read_keys(keys_file)[-1].key_id
    good = stub_with(server.target, key)
    eventually(lambda: good.ListPools(ListPoolsRequest()))
    failure_of(lambda: good.DeletePool(DeletePoolRequest(pool_id="p")))
    failure_of(lambda: stub_with(server.target, key + "x").ListPools(ListPoolsRequest()))
    failure_of(lambda: stub_with(server.target, "vcl_nobody_guess").ListPools(ListPoolsRequest()))
    refusals = [line for line in server.log.splitlines() if "refused" in line][-3:]
    assert [f"key {key_id}," in line for line in refusals] == [True, True, False]
    assert "key unknown, peer ipv4:127.0.0.1" in refusals[2]
    assert key.split("_", 2)[2] not in server.log
    assert "guess" not in server.log


def test_health_is_open_and_reflection_only_where_it_is_wanted(make_server_process, keys_file, new_key):
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

    new_key()
    server = make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_REFLECTION="false")
    with grpc.insecure_channel(server.target) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        stream = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]))
        with pytest.raises(grpc.RpcError) as caught:
            next(stream)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def _log_has(server, stub, words):
    stub.ListPools(ListPoolsRequest())
    assert words in server.log


def test_a_key_of_one_annotator_labels_in_no_other_name(let_in, failure_of):
    admin, ana = let_in(), let_in("label", annotator="ana")
    admin.CreatePool(CreatePoolRequest(config=_plain("p")))
    items = [{"item_id": each, "content": {"vector": bytes(4) + b"\0\0\x80?"}} for each in "ab"]
    admin.AddItems(AddItemsRequest(pool_id="p", items=items))
    batch = ana.LeaseBatch(LeaseBatchRequest(pool_id="p", size=1)).batch
    assert batch.lease.annotator == "ana"
    wanted = {
        "pool_id": "p",
        "labels": [{"item_id": batch.items[0].item_id, "label": "x"}],
        "lease_id": batch.lease.lease_id,
    }
    refused = failure_of(lambda: ana.SubmitLabels(SubmitLabelsRequest(annotator="ben", **wanted)))
    assert (refused.code, refused.reason) == (grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert ana.SubmitLabels(SubmitLabelsRequest(**wanted)).labelled == 1
    (answer,) = ana.ExportLabels(ExportLabelsRequest(pool_id="p"))
    assert [event.annotator for event in answer.events] == ["ana"]


def _restoring(client, archive, request_id, pool_id="own"):
    header = RestoreSnapshotRequest.Header(new_pool_id=pool_id, request_id=request_id)
    pieces = [RestoreSnapshotRequest(header=header), *(RestoreSnapshotRequest(data=each) for each in archive)]
    return client.RestoreSnapshot(iter(pieces))


def test_a_key_of_some_pools_brings_snapshots_back_into_them_alone(let_in, failure_of):
    admin, kept_apart = let_in(), let_in(pools=frozenset({"own"}))
    admin.CreatePool(CreatePoolRequest(config=_plain("source")))
    taken = admin.CreateSnapshot(CreateSnapshotRequest(pool_id="source"))
    archive = [piece.data for piece in taken if piece.data]
    for elsewhere in ("other", ""):
        refused = failure_of(lambda pool_id=elsewhere: _restoring(kept_apart, archive, "", pool_id))
        assert refused.code is grpc.StatusCode.PERMISSION_DENIED
    assert list(_restoring(kept_apart, archive, "same").pool_ids) == ["own"]
    assert list(_restoring(kept_apart, archive, "same").pool_ids) == ["own"]
    # The other key's request is another one, and finds the id taken.
    assert failure_of(lambda: _restoring(admin, archive, "same")).reason == "POOL_EXISTS"
