"""No list of any request costs more than a small constant times its bytes."""

import grpc
import pytest
from google.protobuf.message_factory import GetMessageClass

from benchmarks.hostile.floods import delimited, flooded, is_map, lists_of, spread
from tests.support.measured import forget_peak, peak_mb, processor_seconds
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceStub

MILLION = 1_000_000
# A message on its way is there some times: in gRPC, in Python, and where it is parsed.
MOST_BYTES_FOR_A_BYTE = 8
# Of the processor, for each million bytes; a full second on a machine that is ten times slower.
MOST_SECONDS_FOR_A_MILLION_BYTES = 1.0
SLACK_MB, SLACK_SECONDS = 40.0, 1.0

METHODS = service.DESCRIPTOR.services_by_name["SamplerService"].methods
LISTS = [(method, path) for method in METHODS for path in lists_of(method.input_type)]


def _name(method, path):
    return f"{method.name}-{'.'.join(field.name for field in path)}"


@pytest.fixture(scope="module")
def flooded_server(tmp_path_factory):
    from tests.support.servers import ServerProcess

    server = ServerProcess(tmp_path_factory.mktemp("flooded") / "data")
    server.start()
    with grpc.insecure_channel(server.target) as channel:
        stub = SamplerServiceStub(channel)
        stub.CreatePool(service.CreatePoolRequest(config={"pool_id": "p", "dimension": 2}))
        yield server
    server.stop()


def _call(channel, method, raw):
    """Sends raw bytes as the request of a call; a stream begins as it should."""
    kind = GetMessageClass(method.input_type)
    path = f"/{method.containing_service.full_name}/{method.name}"
    if method.client_streaming:
        header = kind(header={"pool_id": "p"} if method.name == "ImportItems" else {})
        return channel.stream_unary(path)(iter([header.SerializeToString(), raw]))
    if "pool_id" in method.input_type.fields_by_name:
        raw = kind(pool_id="p").SerializeToString() + raw
    if method.server_streaming:
        return list(channel.unary_stream(path)(raw))
    return channel.unary_unary(path)(raw)


def _cost(server, failure_of, method, raw):
    """The refusal of a flood, and what it took of the server: memory in MB, processor time in seconds."""
    process_id = server.process.pid
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(server.target, options) as channel:
        forget_peak(process_id)
        before, began = peak_mb(process_id), processor_seconds(process_id)
        failure = failure_of(lambda: _call(channel, method, raw))
        seconds = processor_seconds(process_id) - began
    return failure, peak_mb(process_id) - before, seconds


def _refused_cheaply(server, failure_of, method, raw):
    failure, taken_mb, seconds = _cost(server, failure_of, method, raw)
    assert failure.code == grpc.StatusCode.INVALID_ARGUMENT
    megabytes = len(raw) / 1e6
    assert taken_mb < SLACK_MB + MOST_BYTES_FOR_A_BYTE * megabytes
    assert seconds < SLACK_SECONDS + MOST_SECONDS_FOR_A_MILLION_BYTES * megabytes
    return failure


def test_the_walk_finds_lists_at_every_level():
    names = {_name(method, path) for method, path in LISTS}
    assert {"ListItems-states", "AddItems-items", "AddItems-items.metadata"} <= names
    assert {"ImportItems-chunk.items.metadata", "CreatePool-config.classes"} <= names


@pytest.mark.parametrize(("method", "path"), LISTS, ids=[_name(*each) for each in LISTS])
def test_a_million_entries_are_refused_at_once(flooded_server, failure_of, method, path):
    failure = _refused_cheaply(flooded_server, failure_of, method, flooded(path, MILLION))
    field = failure.fields[0]
    assert field.endswith(path[-1].name)
    assert len(failure.fields) == 1
    assert "more than" in failure.message
    assert "at most" in failure.message


PACKED = [each for each in LISTS if each[1][-1].enum_type is not None]


@pytest.mark.parametrize(("method", "path"), PACKED, ids=[_name(*each) for each in PACKED])
def test_numbers_that_come_as_one_block_are_counted_too(flooded_server, failure_of, method, path):
    raw = flooded(path, 15 * MILLION, packed=True)
    failure = _refused_cheaply(flooded_server, failure_of, method, raw)
    assert failure.fields == (path[-1].name,)


NESTED = [each for each in LISTS if len(each[1]) > 1 and each[1][-2].is_repeated]


@pytest.mark.parametrize(("method", "path"), NESTED, ids=[_name(*each) for each in NESTED])
def test_many_entries_are_refused_where_no_single_list_has_too_many(flooded_server, failure_of, method, path):
    assert is_map(path[-1]), "give other kinds of lists a case of their own"
    failure = _refused_cheaply(flooded_server, failure_of, method, spread(path, 2000, 1000))
    assert "more than 1,000,000 fields" in failure.message


def test_one_message_after_another_in_the_same_place_is_refused(flooded_server, failure_of):
    classify = next(method for method in METHODS if method.name == "Classify")
    by_turns = (delimited(1, b"") + delimited(2, b"")) * MILLION
    failure = _refused_cheaply(flooded_server, failure_of, classify, delimited(2, by_turns))
    assert failure.fields == ("inputs[0].content",)


def test_a_list_that_is_a_little_too_long_is_reported_with_its_length(flooded_server, failure_of):
    with grpc.insecure_channel(flooded_server.target) as channel:
        skip = service.SkipItemsRequest(pool_id="p", item_ids=["a"] * 3000)
        failure = failure_of(lambda: SamplerServiceStub(channel).SkipItems(skip))
    assert failure.fields == ("item_ids",)
    assert "has 3000 entries; at most 2048 go into one request" in failure.message
