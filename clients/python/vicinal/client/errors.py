"""What can go wrong, as exceptions: one class per kind of failure, one root."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar, cast

import grpc
from google.protobuf.message import DecodeError, Message

from vicinal.records.errors import Violation
from vicinal.v1 import status_pb2

D = TypeVar("D", bound=Message)

STATUS_DETAILS_KEY = "grpc-status-details-bin"


class VicinalClientError(Exception):
    """Root of all errors of the client.

    Attributes:
        code: the gRPC status code.
        reason: the server's stable UPPER_SNAKE name of the failure ("POOL_NOT_FOUND"); the name of the
            code where the failure did not come from the service itself.
        violations: the wrong fields, if the request was at fault.
        details: further facts, such as the id of the pool.
        retry_after_seconds: how long the server asks to wait before another try; None if it does not.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        violations: Sequence[Violation] = (),
        details: Mapping[str, str] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason or code.name
        self.violations = tuple(violations)
        self.details = dict(details or {})
        self.retry_after_seconds = retry_after_seconds


class InvalidArgumentError(VicinalClientError):
    """The request is wrong in itself; `violations` names the fields."""


class NotFoundError(VicinalClientError):
    """No such pool, item, lease or featurizer."""


class AlreadyExistsError(VicinalClientError):
    """The id is taken by something else."""


class FailedPreconditionError(VicinalClientError):
    """The state of the pool or item does not allow it now."""


class AbortedError(VicinalClientError):
    """Another request came in between."""


class ResourceExhaustedError(VicinalClientError):
    """More than the server takes, or a message larger than allowed."""


class UnavailableError(VicinalClientError):
    """No server answered, or it cannot serve now; retries did not help."""

    @classmethod
    def unreached(cls, target: str, timeout_seconds: float) -> "UnavailableError":
        """The error for a server that could not be reached in time."""
        return cls(
            f"no server at {target} within {timeout_seconds:g} seconds: is it running?",
            code=grpc.StatusCode.UNAVAILABLE,
        )


class DeadlineExceededError(VicinalClientError):
    """No answer within the client's time limit."""


class RequestCancelledError(VicinalClientError):
    """The request was cancelled, for example because the client was closed."""


class UnauthenticatedError(VicinalClientError):
    """The server wants to know who is calling."""


class PermissionDeniedError(VicinalClientError):
    """The server knows who is calling and does not allow it."""


class UnimplementedError(VicinalClientError):
    """The server does not offer this: it is older, or no Vicinal service."""


class DataLossError(VicinalClientError):
    """The server's stored data is damaged."""


class InternalError(VicinalClientError):
    """The server failed; its log says more under the request id of the message."""


_CLASS_OF_CODE: Mapping[grpc.StatusCode, type[VicinalClientError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.ABORTED: AbortedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.CANCELLED: RequestCancelledError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
    grpc.StatusCode.DATA_LOSS: DataLossError,
    grpc.StatusCode.INTERNAL: InternalError,
}


def wrong_argument(field: str, description: str) -> InvalidArgumentError:
    """The error for a field that is wrong before anything is sent."""
    return InvalidArgumentError(
        f"{field}: {description}",
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason="INVALID_INPUT",
        violations=[Violation(field, description)],
    )


@contextmanager
def refusing_values(field: str) -> Iterator[None]:
    """Turns what goes wrong while a message is built (a negative size, say) into the client's own.

    Raises:
        InvalidArgumentError: at `field`.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise wrong_argument(field, str(error)) from error


def from_rpc(error: grpc.RpcError) -> VicinalClientError:
    """The exception for a failed call, caused by it, with the details its trailing metadata carries.

    Args:
        error: of a sync or an asyncio call.
    """
    failed = cast("grpc.Call", error)
    code = failed.code()
    details = _details_of(failed)
    info = _detail(details, status_pb2.ErrorInfo) or status_pb2.ErrorInfo()
    bad_request = _detail(details, status_pb2.BadRequest) or status_pb2.BadRequest()
    retry = _detail(details, status_pb2.RetryInfo)
    translated = _CLASS_OF_CODE.get(code, VicinalClientError)(
        failed.details() or code.name,
        code=code,
        reason=info.reason,
        violations=[Violation(wrong.field, wrong.description) for wrong in bad_request.field_violations],
        details=info.metadata,
        retry_after_seconds=None if retry is None else retry.retry_delay.ToTimedelta().total_seconds(),
    )
    translated.__cause__ = error
    return translated


def _details_of(failed: grpc.Call) -> Mapping[str, bytes]:
    """The details of a call's status by the name of their type; none where they cannot be read."""
    for key, value in failed.trailing_metadata() or ():
        if key == STATUS_DETAILS_KEY and isinstance(value, bytes):
            with suppress(DecodeError):
                status = status_pb2.Status.FromString(value)
                return {detail.type_url.rpartition(".")[2]: detail.value for detail in status.details}
    return {}


def _detail(details: Mapping[str, bytes], kind: type[D]) -> D | None:
    """The detail of that kind; None if there is none that can be read."""
    with suppress(DecodeError):
        if (value := details.get(kind.DESCRIPTOR.name)) is not None:
            return kind.FromString(value)
    return None
