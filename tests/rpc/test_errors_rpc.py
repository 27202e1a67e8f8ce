"""Every error becomes its status, in unary and in streaming calls, on a real socket."""

import asyncio
import logging

import grpc
import pytest

from vicinal.core import errors
from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.records.errors import Violation
from vicinal.server.runtime.errors import CODES
from vicinal.server.runtime.interceptors import CallInterceptor, CallTracker
from vicinal.server.telemetry.telemetry import Telemetry
from vicinal.v1.sampler_service_pb2 import GetPoolRequest, GetPoolResponse

SERVICE = "test.Failing"
KINDS = ["UnaryUnary", "StreamUnary", "UnaryStream", "StreamStream"]


class Failing:
    """Answers one message, then raises what it was told to; streams in are read to their end first."""

    def __init__(self):
        self.error = None
        self.cancelled = asyncio.Event()

    async def unary_unary(self, request, context):
        return await self._answer()

    async def stream_unary(self, requests, context):
        async for request in requests:
            assert isinstance(request, GetPoolRequest)
        return await self._answer()

    async def unary_stream(self, request, context):
        yield GetPoolResponse()
        yield await self._answer()

    async def stream_stream(self, requests, context):
        async for request in requests:
            assert isinstance(request, GetPoolRequest)
            yield GetPoolResponse()
        yield await self._answer()

    async def _answer(self):
        if self.error is asyncio.CancelledError:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if self.error is not None:
            raise self.error
        return GetPoolResponse()

    def server(self):
        codec = {
            "request_deserializer": GetPoolRequest.FromString,
            "response_serializer": GetPoolResponse.SerializeToString,
        }
        handlers = {
            "UnaryUnary": grpc.unary_unary_rpc_method_handler(self.unary_unary, **codec),
            "StreamUnary": grpc.stream_unary_rpc_method_handler(self.stream_unary, **codec),
            "UnaryStream": grpc.unary_stream_rpc_method_handler(self.unary_stream, **codec),
            "StreamStream": grpc.stream_stream_rpc_method_handler(self.stream_stream, **codec),
        }
        made = grpc.aio.server(interceptors=[CallInterceptor(SERVICE, CallTracker(Telemetry()))])
        made.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        return made


@pytest.fixture
def failing(serve_inside):
    service = Failing()
    service.target = serve_inside(service.server).target
    return service


@pytest.fixture
def call(failing):
    """Calls a method of some kind with two requests; gives the answers."""
    codec = (GetPoolRequest.SerializeToString, GetPoolResponse.FromString)
    requests = [GetPoolRequest(pool_id="a"), GetPoolRequest(pool_id="b")]
    with grpc.insecure_channel(failing.target) as channel:

        def make(kind, timeout=60):
            path = f"/{SERVICE}/{kind}"
            if kind == "UnaryUnary":
                return [channel.unary_unary(path, *codec)(requests[0], timeout=timeout)]
            if kind == "StreamUnary":
                return [channel.stream_unary(path, *codec)(iter(requests), timeout=timeout)]
            if kind == "UnaryStream":
                return list(channel.unary_stream(path, *codec)(requests[0], timeout=timeout))
            return list(channel.stream_stream(path, *codec)(iter(requests), timeout=timeout))

        yield make


def _all_errors():
    kinds = [VicinalError]
    for kind in kinds:
        kinds += [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return kinds


def test_every_error_has_a_line_in_the_table():
    assert set(_all_errors()) == set(CODES)


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_error_the_answers_come_through(call, kind):
    assert len(call(kind)) == {"UnaryUnary": 1, "StreamUnary": 1, "UnaryStream": 2, "StreamStream": 3}[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", _all_errors(), ids=lambda error: error.__name__)
def test_each_error_becomes_its_status(failing, call, failure_of, kind, error):
    failing.error = error(
        "what went wrong", violations=[Violation("size", "is odd")], details={"key": "value"}
    )
    failure = failure_of(lambda: call(kind))
    assert failure.code == CODES[error]
    assert (failure.reason, failure.message) == (error.reason, "what went wrong")
    assert (failure.fields, failure.facts) == (("size",), {"key": "value"})


@pytest.mark.parametrize("kind", KINDS)
def test_an_unforeseen_error_is_in_the_log_only(failing, call, failure_of, caplog, kind):
    failing.error = KeyError("a secret of the server")
    with caplog.at_level(logging.ERROR):
        failure = failure_of(lambda: call(kind))
    assert (failure.code, failure.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert failure.request_id in failure.message
    assert "secret" not in failure.message
    (record,) = [each for each in caplog.records if each.name == "vicinal.server.faults"]
    assert failure.request_id in record.getMessage()
    assert "a secret of the server" in caplog.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_out_of_time_is_cancelled_inside(failing, call, kind):
    failing.error = asyncio.CancelledError
    with pytest.raises(grpc.RpcError) as caught:
        call(kind, timeout=0.2)
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_message_outside_ascii_fits_into_the_trailer(failing, call, failure_of, kind):
    failing.error = InvalidInput.of([Violation("ö" * 400, "ä" * 5000)] * 500)
    failure = failure_of(lambda: call(kind))
    assert failure.code == grpc.StatusCode.INVALID_ARGUMENT
    assert failure.fields[-1] == "..."
