"""Every text and block of bytes of any request may be far too long: it is refused, and not sent back."""

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from benchmarks.hostile.floods import is_map
from tests.support.measured import forget_peak, peak_mb, processor_seconds
from tests.support.servers import ServerProcess
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

LONG = 20_000_000
MOST_ANSWERED_BYTES = 10_000
MOST_BYTES_FOR_A_BYTE, SLACK_MB = 8, 60.0
MOST_SECONDS = 6.0
METHODS = service.DESCRIPTOR.services_by_name["SamplerService"].methods
# What makes the rest of a request right, by the name of a field.
RIGHT = {
    "pool_id": "p",
    "new_pool_id": "q",
    "item_id": "item-0",
    "item_ids": "item-0",
    "example_id": "example",
    "example_ids": "example",
    "lease_ids": "lease",
    "representative_id": "item-0",
    "label": "a",
    "annotator": "ana",
    "featurizer": "image-statistics",
    "vector": b"\0\0\x80?" * 2,
    "classes": "a",
}


def _long_values(kind, above=()):
    """The fields that lead to each text and block of bytes that a message of this kind can hold."""
    for field in kind.fields:
        path = (*above, field)
        if field.type in (field.TYPE_STRING, field.TYPE_BYTES):
            yield path
        elif field.message_type is not None and field not in above:
            yield from _long_values(field.message_type, path)


LONG_VALUES = [(method, path) for method in METHODS for path in _long_values(method.input_type)]


def _set(message, field, value):
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def _filled(kind, path):
    """A request that is right but for the value at the end of the path, which is too long."""
    message, (field, *below) = GetMessageClass(kind)(), path
    for other in kind.fields:
        is_alone = other.containing_oneof is None or other.containing_oneof is not field.containing_oneof
        if other is not field and other.name in RIGHT and is_alone:
            _set(message, other, RIGHT[other.name])
    if is_map(field):
        entry = {"key": "k", "value": "v", below[0].name: "x" * LONG}
        getattr(message, field.name)[entry["key"]] = entry["value"]
    elif not below:
        _set(message, field, b"x" * LONG if field.type == field.TYPE_BYTES else "x" * LONG)
    elif field.is_repeated:
        getattr(message, field.name).append(_filled(field.message_type, below))
    else:
        getattr(message, field.name).CopyFrom(_filled(field.message_type, below))
    return message


@pytest.fixture(scope="module")
def lasting_server(tmp_path_factory):
    server = ServerProcess(tmp_path_factory.mktemp("lasting") / "data")
    server.start()
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "p", "dimension": 2}))
        stub.CreatePool(
            service.CreatePoolRequest(config={"pool_id": "pictures", "featurizer": "image-statistics"})
        )
        item = {"item_id": "item-0", "content": {"vector": RIGHT["vector"]}}
        stub.AddItems(service.AddItemsRequest(pool_id="p", items=[item]))
        label = {"item_id": "item-0", "label": "a"}
        stub.SubmitLabels(service.SubmitLabelsRequest(pool_id="p", labels=[label]))
    yield server
    server.stop()


def _outcome(target, method, path):
    """The code that a call ends with, and how many bytes its answer has."""
    requests = [_filled(method.input_type, path)]
    if method.client_streaming and path[0].name != "header":
        header = {"pool_id": "p"} if method.name == "ImportItems" else {}
        requests.insert(0, GetMessageClass(method.input_type)(header=header))
    raws = [request.SerializeToString() for request in requests]
    options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    name = f"/{method.containing_service.full_name}/{method.name}"
    with grpc.insecure_channel(target, options) as channel:
        try:
            answers = channel.stream_stream(name)(iter(raws))
            return grpc.StatusCode.OK, sum(len(answer) for answer in answers)
        except grpc.RpcError as error:
            return error.code(), sum(len(str(value)) for _, value in error.trailing_metadata())


@pytest.mark.parametrize(
    ("method", "path"),
    LONG_VALUES,
    ids=[f"{method.name}-{'.'.join(field.name for field in path)}" for method, path in LONG_VALUES],
)
def test_a_value_that_is_far_too_long_is_refused_and_not_sent_back(lasting_server, method, path):
    process_id = lasting_server.process.pid
    forget_peak(process_id)
    before, began = peak_mb(process_id), processor_seconds(process_id)
    code, answered = _outcome(lasting_server.target, method, path)
    assert code in {grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
    assert answered < MOST_ANSWERED_BYTES
    assert peak_mb(process_id) - before < SLACK_MB + MOST_BYTES_FOR_A_BYTE * LONG / 1e6
    assert processor_seconds(process_id) - began < MOST_SECONDS
