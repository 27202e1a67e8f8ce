"""Calls by the thousand that come to nothing: keyed calls and probes get through meanwhile."""

import threading
from contextlib import ExitStack

import grpc
import numpy as np
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.support.measured import peak_mb
from tests.support.raw_http2 import RawConnection, message
from tests.support.waiting import assert_in_time
from vicinal.client import Client
from vicinal.server.probe import serving
from vicinal.server.process import MAX_STREAMS_PER_CONNECTION
from vicinal.server.runtime.health import LIVE
from vicinal.server.runtime.interceptors import MAX_CALLS, MAX_OPEN_CALLS
from vicinal.v1.sampler_service_pb2 import EmbedRequest, GetPoolRequest, ListPoolsRequest, ScorePoolRequest

SECONDS = 60
SERVICE = "/vicinal.v1.SamplerService"
CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
REFLECT = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
LARGE = 30_000_000
# Channels of one process to the same server share a connection else.
OWN_CONNECTION = [("grpc.use_local_subchannel_pool", 1)]


@pytest.fixture
def keyed(make_server_process, keys_file, new_key):
    """A server that asks for keys, and one of its keys."""
    key = new_key()
    server = make_server_process(VICINAL_KEYS_FILE=str(keys_file), VICINAL_LOG_LEVEL="warning")
    return server, key


@pytest.fixture
def connections():
    """Makes connections to a server, each of its own."""
    with ExitStack() as ends:

        def connect(target, count=1, **how):
            return [ends.enter_context(RawConnection(target, **how)) for _ in range(count)]

        yield connect


def assert_in_use(server, key):
    """Keyed calls and both probes are answered."""
    with Client(server.target, key=key, retries=0, timeout_seconds=SECONDS) as client:
        list(client.list_pools())
    assert serving(server.target, LIVE, SECONDS)
    assert serving(server.target, timeout_seconds=SECONDS)


@pytest.fixture
def is_refused(stub_with):
    """Whether a key is told that it has too many calls under way."""

    def ask(server, key):
        try:
            stub_with(server.target, key).ListPools(ListPoolsRequest())
        except grpc.RpcError as error:
            return "TOO_MANY_CALLS" in str(error.trailing_metadata())
        return False

    return ask


def test_watchers_on_one_connection_keep_nobody_out(keyed):
    server, key = keyed
    with grpc.insecure_channel(server.target, OWN_CONNECTION) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        streams = [stub.Watch(health_pb2.HealthCheckRequest(service=LIVE)) for _ in range(2100)]
        next(streams[0])
        assert_in_use(server, key)
        for stream in streams:
            stream.cancel()
    assert_in_use(server, key)


@pytest.mark.parametrize("path", [CHECK, WATCH, REFLECT, f"{SERVICE}/Embed", "/no.Such/Call"])
def test_bodies_that_never_come_keep_nobody_out(keyed, connections, path):
    server, key = keyed
    opened = connections(server.target, 10)
    for connection in opened:
        for _ in range(MAX_STREAMS_PER_CONNECTION):
            connection.begin(path)
    assert_in_use(server, key)
    assert opened[0].frames(0.2), "the connection is alive"
    assert_in_use(server, key)


def test_watchers_on_many_connections_keep_nobody_out(keyed, connections):
    server, key = keyed
    body = message(health_pb2.HealthCheckRequest(service=LIVE).SerializeToString())
    for connection in connections(server.target, 10):
        for _ in range(MAX_STREAMS_PER_CONNECTION):
            connection.data(connection.begin(WATCH), body, end=True)
    assert_in_use(server, key)


def test_a_connection_has_so_many_calls_and_others_are_refused(keyed, connections):
    server, _ = keyed
    (connection,) = connections(server.target)
    for _ in range(MAX_STREAMS_PER_CONNECTION + 50):
        connection.begin(REFLECT)
    assert len(connection.ended(2.0)) == 50


def test_who_opens_most_watchers_loses_them_first(keyed, connections):
    server, _ = keyed
    with grpc.insecure_channel(server.target, OWN_CONNECTION) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        streams = [stub.Watch(health_pb2.HealthCheckRequest(service=LIVE)) for _ in range(20)]
        for stream in streams:
            next(stream)
        body = message(health_pb2.HealthCheckRequest(service=LIVE).SerializeToString())
        (other,) = connections(server.target)
        for _ in range(MAX_OPEN_CALLS):
            other.data(other.begin(WATCH), body, end=True)
        # Who floods is in their own way first.
        assert_in_time(lambda: serving(server.target, LIVE, SECONDS))
        assert all(stream.is_active() for stream in streams)
        assert len(other.ended(1.0)) >= 20


def test_reflection_and_health_answer_at_the_same_time(keyed, connections):
    server, _ = keyed
    (connection,) = connections(server.target)
    for _ in range(MAX_STREAMS_PER_CONNECTION):
        connection.begin(CHECK)
    with grpc.insecure_channel(server.target) as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        assert next(stub.ServerReflectionInfo(iter([asked]))).list_services_response.service


def test_an_unkeyed_call_is_refused_before_its_body_comes(keyed):
    server, _ = keyed
    never = threading.Event()

    def bodies():
        never.wait(SECONDS)
        yield b""

    with grpc.insecure_channel(server.target) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            channel.stream_unary(f"{SERVICE}/Embed")(bodies(), timeout=SECONDS)
        never.set()
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_unfinished_bodies_count_as_their_keys_calls_and_end(
    make_server_process, keys_file, new_key, connections, is_refused
):
    greedy, other = new_key(), new_key()
    server = make_server_process(
        VICINAL_KEYS_FILE=str(keys_file),
        VICINAL_MAX_REQUEST_SECONDS="15",
        VICINAL_MAX_CALLS_IN_FLIGHT_PER_KEY="5",
    )
    (connection,) = connections(server.target)
    # More than may be under way: the first of the calls that ask comes in between.
    for _ in range(10):
        connection.begin(f"{SERVICE}/ImportItems", ("authorization", f"Bearer {greedy}"))
    assert_in_time(lambda: is_refused(server, greedy))
    assert not is_refused(server, other)
    assert_in_time(lambda: not is_refused(server, greedy))
    assert len(connection.ended(1.0)) == 10, server.log
    assert_in_time(lambda: server.log.count("CALLER_TOO_SLOW") in (4, 5))


def test_without_keys_a_call_without_a_body_gives_way(own_server, connections):
    for connection in connections(own_server.target, MAX_CALLS // MAX_STREAMS_PER_CONNECTION + 2):
        for _ in range(MAX_STREAMS_PER_CONNECTION):
            connection.begin(f"{SERVICE}/Embed")
    assert_in_use(own_server, "")


def test_a_length_beyond_the_limit_is_refused_before_any_of_it_comes(own_server, connections):
    (connection,) = connections(own_server.target)
    stream = connection.begin(f"{SERVICE}/Embed")
    connection.data(stream, b"\0\xff\xff\xff\xff")
    assert connection.ended(2.0) == {stream}


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_packed_requests_are_not_unpacked(keyed, compression, shown):
    server, key = keyed
    before = peak_mb(server.process.pid)
    bomb = EmbedRequest(contents=[{"text": "a" * LARGE}]).SerializeToString()
    metadata = [("authorization", f"Bearer {key}")] if shown else []
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(server.target, options) as channel:
        calls = [
            channel.unary_unary(f"{SERVICE}/Embed").future(bomb, metadata=metadata, compression=compression)
            for _ in range(8)
        ]
        codes = {call.code() for call in calls}
    # Which of the two comes first: both end the call before there is a message.
    assert codes <= {grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNAUTHENTICATED}
    assert peak_mb(server.process.pid) < before + LARGE / 1e6


def test_answers_that_nobody_takes_end(make_server_process, keys_file, new_key, connections, is_refused):
    key = new_key()
    server = make_server_process(
        VICINAL_KEYS_FILE=str(keys_file),
        VICINAL_MAX_PAUSE_SECONDS="1",
        VICINAL_MAX_CALLS_IN_FLIGHT_PER_KEY="2",
    )
    with Client(server.target, key=key) as client:
        client.create_pool("p", dimension=2)
        client.add_vectors(
            "p", [f"{row}" for row in range(2000)], np.random.default_rng(0).normal(size=(2000, 2))
        )
    (connection,) = connections(server.target, window=0)
    for name, request in (
        ("GetPool", GetPoolRequest(pool_id="p")),
        ("ScorePool", ScorePoolRequest(pool_id="p")),
    ):
        stream = connection.begin(f"{SERVICE}/{name}", ("authorization", f"Bearer {key}"))
        connection.data(stream, message(request.SerializeToString()), end=True)
    assert_in_time(lambda: is_refused(server, key))
    assert_in_time(lambda: not is_refused(server, key))
    assert_in_time(lambda: server.log.count("CALLER_TOO_SLOW") == 2)
