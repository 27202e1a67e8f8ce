"""The server as a process: health, reflection, request ids, limits, deadlines, shutdown, log."""

import json
import time

import grpc
import numpy as np
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.resources_pb2 import PoolConfig
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

SERVICE = "vicinal.v1.SamplerService"


@pytest.mark.parametrize("name", ["", SERVICE])
def test_the_service_is_healthy(channel, name):
    answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_health_can_be_watched(channel):
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


def _reflected(channel, **request):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    return next(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(**request)])))


def test_reflection_lists_the_services(channel):
    listed = _reflected(channel, list_services="").list_services_response.service
    assert {SERVICE, "grpc.health.v1.Health"} <= {each.name for each in listed}


def test_reflection_describes_the_calls(channel):
    answer = _reflected(channel, file_containing_symbol=SERVICE)
    files = [
        FileDescriptorProto.FromString(raw) for raw in answer.file_descriptor_response.file_descriptor_proto
    ]
    calls = {method.name for file in files for each in file.service for method in each.method}
    assert {"LeaseBatch", "SubmitLabels", "ImportItems", "ScorePool"} <= calls


def test_the_callers_request_id_comes_back(stub, failure_of):
    metadata = (("x-request-id", "from-the-caller"),)
    _, call = stub.ListPools.with_call(service.ListPoolsRequest(), metadata=metadata)
    assert dict(call.trailing_metadata())["x-request-id"] == "from-the-caller"
    refused = failure_of(lambda: stub.GetPool(service.GetPoolRequest(), metadata=metadata))
    assert refused.request_id == "from-the-caller"
    stream = stub.ScorePool(service.ScorePoolRequest(), metadata=metadata)
    assert failure_of(lambda: list(stream)).request_id == "from-the-caller"


def test_a_call_without_a_request_id_is_given_one(stub):
    ids = set()
    for metadata in ((), (("x-request-id", "with a blank"),)):
        _, call = stub.ListPools.with_call(service.ListPoolsRequest(), metadata=metadata)
        ids.add(dict(call.trailing_metadata())["x-request-id"])
    assert len(ids) == 2
    assert all(len(each) == 32 for each in ids)


def test_each_call_is_a_line_of_json_without_contents(server, stub, make_pool):
    pool_id = make_pool(2).pool_id
    labels = [service.Label(item_id="item-0", label="a-secret-label")]
    stub.SubmitLabels(
        service.SubmitLabelsRequest(pool_id=pool_id, labels=labels), metadata=(("x-request-id", pool_id),)
    )
    lines = [line for line in server.log.splitlines() if f'"request_id": "{pool_id}"' in line]
    (line,) = lines
    told = json.loads(line[line.index("{") :])
    assert (told["method"], told["code"], told["pool_id"]) == ("SubmitLabels", "OK", pool_id)
    assert told["milliseconds"] > 0
    assert "a-secret-label" not in server.log


def test_a_message_over_the_limit_is_refused_and_the_server_lives(make_server_process):
    server = make_server_process(VICINAL_MAX_MESSAGE_BYTES="65536")
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        large = service.AddItemsRequest(pool_id="a", items=[{"content": {"image": bytes(70_000)}}])
        with pytest.raises(grpc.RpcError) as caught:
            stub.AddItems(large)
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert not stub.ListPools(service.ListPoolsRequest()).pools


def test_a_deadline_is_kept(stub, make_pool):
    pool = make_pool(2000, dimension=64)
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ScorePool(service.ScorePoolRequest(pool_id=pool.pool_id), timeout=1e-3))
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool.pool_id)).pool.counts.total == 2000


def test_a_stream_can_be_left_early(stub, make_pool):
    pool_id = make_pool(1500).pool_id
    stream = stub.ScorePool(service.ScorePoolRequest(pool_id=pool_id))
    assert next(stream).items[0].rank == 1
    stream.cancel()
    assert stub.GetPool(service.GetPoolRequest(pool_id=pool_id)).pool.counts.total == 1500


def test_asked_to_end_it_ends_in_peace(own_server):
    assert own_server.stop() == 0
    assert "Traceback" not in own_server.log


def test_calls_under_way_end_before_the_server_does(own_server):
    vectors = np.random.default_rng(0).normal(size=(2000, 256)).astype("<f4")
    items = [{"item_id": f"{row}", "content": {"vector": v.tobytes()}} for row, v in enumerate(vectors)]
    with grpc.insecure_channel(own_server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config=PoolConfig(pool_id="a", dimension=256)))
        adding = stub.AddItems.future(service.AddItemsRequest(pool_id="a", items=items))
        while '"method": "CreatePool"' not in own_server.log:
            time.sleep(0.01)
        time.sleep(0.05)
        code = own_server.stop()
        outcome = adding.exception() or adding.result()
    assert code == 0
    assert "Traceback" not in own_server.log
    if isinstance(outcome, grpc.RpcError):
        assert outcome.code() == grpc.StatusCode.UNAVAILABLE
    else:
        assert outcome.added == 2000


def test_a_second_server_on_the_same_data_is_refused(own_server, serve_process):
    ended = serve_process(VICINAL_DATA_DIR=str(own_server.data_dir), VICINAL_LISTEN="127.0.0.1:0")
    assert ended.returncode != 0
    assert "CannotServe" in ended.stderr
    assert str(own_server.data_dir) in ended.stderr


def test_a_second_server_on_the_same_port_is_refused(own_server, serve_process, tmp_path):
    ended = serve_process(VICINAL_DATA_DIR=str(tmp_path / "other"), VICINAL_LISTEN=own_server.target)
    assert ended.returncode != 0
    assert f"cannot listen on {own_server.target}" in ended.stderr
    assert "never awaited" not in ended.stderr
