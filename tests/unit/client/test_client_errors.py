import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from vicinal.client import InvalidArgumentError, UnavailableError, VicinalClientError, errors

TRAILER = "grpc-status-details-bin"


class Failed(grpc.RpcError):
    def __init__(self, code, message="", trailers=()):
        self._code, self._message, self._trailers = code, message, trailers

    def code(self):
        return self._code

    def details(self):
        return self._message

    def trailing_metadata(self):
        return self._trailers


def trailer(*details) -> bytes:
    status = status_pb2.Status(code=8, message="m")
    for detail in details:
        packed = Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status.SerializeToString()


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_every_code_has_its_exception(code):
    error = errors.from_rpc(Failed(code, "what happened"))
    assert isinstance(error, VicinalClientError)
    assert (error.code, error.reason, str(error)) == (code, code.name, "what happened")
    is_own_class = type(error) is not VicinalClientError
    assert is_own_class == (code is not grpc.StatusCode.UNKNOWN)


def test_details_are_read_past_unknown_ones():
    raw = trailer(
        error_details_pb2.DebugInfo(detail="skip me"),
        error_details_pb2.ErrorInfo(reason="LIMIT_EXCEEDED", metadata={"limit": "5"}),
        error_details_pb2.RetryInfo(retry_delay=Duration(seconds=1, nanos=500_000_000)),
    )
    error = errors.from_rpc(Failed(grpc.StatusCode.RESOURCE_EXHAUSTED, "m", [("other", "x"), (TRAILER, raw)]))
    assert (error.reason, error.details, error.retry_after_seconds) == ("LIMIT_EXCEEDED", {"limit": "5"}, 1.5)


@pytest.mark.parametrize("trailers", [None, (), [(TRAILER, b"\xff\xffnot a status")], [("other", "x")]])
def test_missing_or_broken_details_leave_the_plain_error(trailers):
    error = errors.from_rpc(Failed(grpc.StatusCode.UNAVAILABLE, "", trailers))
    assert isinstance(error, UnavailableError)
    assert (str(error), error.reason, error.retry_after_seconds) == ("UNAVAILABLE", "UNAVAILABLE", None)


def test_a_broken_detail_leaves_the_plain_error():
    status = status_pb2.Status(details=[Any(type_url="x/google.rpc.ErrorInfo", value=b"\xff\xff")])
    error = errors.from_rpc(Failed(grpc.StatusCode.INTERNAL, "m", [(TRAILER, status.SerializeToString())]))
    assert error.reason == "INTERNAL"


def test_values_that_cannot_be_sent_become_the_clients_own_error():
    with pytest.raises(InvalidArgumentError, match="size: too small"), errors.refusing_values("size"):
        raise ValueError("too small")
