"""Which gRPC status each error becomes, and the google.rpc.Status that carries it.

Details travel in a trailer, and gRPC peers refuse trailers of more than 8 KiB: messages and lists of
violations are cut to fit.
"""

from collections.abc import Iterable, Mapping

from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc import StatusCode

from vicinal.core import errors
from vicinal.core.errors import VicinalError
from vicinal.records.errors import Violation

DOMAIN = "vicinal"
STATUS_TRAILER = "grpc-status-details-bin"
INTERNAL_REASON = "INTERNAL"
MAX_MESSAGE_BYTES = 768
MAX_DETAILS_BYTES = 3072

CODES: Mapping[type[VicinalError], StatusCode] = {
    VicinalError: StatusCode.INTERNAL,
    errors.InvalidInput: StatusCode.INVALID_ARGUMENT,
    errors.ContentUnreadable: StatusCode.INVALID_ARGUMENT,
    errors.SnapshotDamaged: StatusCode.INVALID_ARGUMENT,
    errors.PoolNotFound: StatusCode.NOT_FOUND,
    errors.ItemNotFound: StatusCode.NOT_FOUND,
    errors.ExampleNotFound: StatusCode.NOT_FOUND,
    errors.LeaseNotFound: StatusCode.NOT_FOUND,
    errors.FeaturizerNotFound: StatusCode.NOT_FOUND,
    errors.PoolExists: StatusCode.ALREADY_EXISTS,
    errors.ItemExists: StatusCode.ALREADY_EXISTS,
    errors.ExampleExists: StatusCode.ALREADY_EXISTS,
    errors.RequestIdReused: StatusCode.ALREADY_EXISTS,
    errors.ItemLeased: StatusCode.FAILED_PRECONDITION,
    errors.WrongItemState: StatusCode.FAILED_PRECONDITION,
    errors.SearchUnderWay: StatusCode.FAILED_PRECONDITION,
    errors.NoLabelsYet: StatusCode.FAILED_PRECONDITION,
    errors.FingerprintMismatch: StatusCode.FAILED_PRECONDITION,
    # Not UNAVAILABLE: somebody has to install or set something, so a retry is of no use.
    errors.FeaturizerUnavailable: StatusCode.FAILED_PRECONDITION,
    errors.ConsensusUnavailable: StatusCode.FAILED_PRECONDITION,
    errors.SnapshotTooNew: StatusCode.FAILED_PRECONDITION,
    errors.JobUnfinished: StatusCode.FAILED_PRECONDITION,
    errors.LimitExceeded: StatusCode.RESOURCE_EXHAUSTED,
    errors.Overloaded: StatusCode.RESOURCE_EXHAUSTED,
    errors.ModelLoading: StatusCode.UNAVAILABLE,
    errors.PoolsLoading: StatusCode.UNAVAILABLE,
    errors.ShuttingDown: StatusCode.UNAVAILABLE,
    errors.CallEnded: StatusCode.DEADLINE_EXCEEDED,
    errors.CallerTooSlow: StatusCode.DEADLINE_EXCEEDED,
    errors.TooManyCalls: StatusCode.RESOURCE_EXHAUSTED,
    errors.Unauthenticated: StatusCode.UNAUTHENTICATED,
    errors.PermissionDenied: StatusCode.PERMISSION_DENIED,
    # Not UNAVAILABLE: neither a failing disk nor a full one gets better while a client tries again for some
    # seconds; somebody has to look. Without RetryInfo, RESOURCE_EXHAUSTED is not tried again either.
    errors.StorageFailed: StatusCode.INTERNAL,
    errors.StorageFull: StatusCode.RESOURCE_EXHAUSTED,
    errors.StorageCorrupt: StatusCode.DATA_LOSS,
    errors.SchemaTooNew: StatusCode.FAILED_PRECONDITION,
    errors.DataDirectoryMoved: StatusCode.FAILED_PRECONDITION,
    errors.DataDirectoryInUse: StatusCode.FAILED_PRECONDITION,
}


# Of the details of a storage error; for the log only.
_PATH = "path"


def code_of(error: VicinalError) -> StatusCode:
    """The code of the error's class, or of the nearest class above it.

    >>> code_of(errors.PoolNotFound("no pool 'fruits'"))
    <StatusCode.NOT_FOUND: (5, 'not found')>
    """
    return next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)


def status_of(error: VicinalError) -> status_pb2.Status:
    """The status of an error, with its reason, details and violations, and when to try again."""
    status = _status(code_of(error), error.public_message)
    info = error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN)
    for key, value in error.details.items():
        if not isinstance(error, errors.StorageFailed) or key != _PATH:
            info.metadata[key] = shorten(value, 128)
    status.details.append(_packed(info))
    if error.retry_after_seconds is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromMilliseconds(round(error.retry_after_seconds * 1000))
        status.details.append(_packed(retry))
    if error.violations:
        room = MAX_DETAILS_BYTES - status.ByteSize()
        status.details.append(_packed(_bad_request(error.violations, room)))
    return status


def internal_status(request_id: str) -> status_pb2.Status:
    """The status of a fault in the server itself; the cause is in the log only."""
    status = _status(
        StatusCode.INTERNAL,
        f"the server failed at this request; its log has the cause under request id {request_id}",
    )
    info = error_details_pb2.ErrorInfo(reason=INTERNAL_REASON, domain=DOMAIN)
    info.metadata["request_id"] = request_id
    status.details.append(_packed(info))
    return status


def shorten(text: str, max_bytes: int) -> str:
    """The text, shortened to `max_bytes` of UTF-8 with an ellipsis if it is longer.

    >>> shorten("neighbour", 9), shorten("neighbours", 9)
    ('neighbour', 'neighb…')
    """
    encoded = text.encode()
    if len(encoded) <= max_bytes:
        return text
    return encoded[: max_bytes - len("…".encode())].decode(errors="ignore") + "…"


def _status(code: StatusCode, message: str) -> status_pb2.Status:
    number: int = code.value[0]
    return status_pb2.Status(code=number, message=shorten(message, MAX_MESSAGE_BYTES))


def _bad_request(violations: Iterable[Violation], room: int) -> error_details_pb2.BadRequest:
    """As many of the violations as fit into `room` bytes; a last one says that there are more."""
    listed = error_details_pb2.BadRequest()
    for violation in violations:
        listed.field_violations.add(
            field=shorten(violation.field, 256), description=shorten(violation.description, 512)
        )
        if listed.ByteSize() > room - 128:
            del listed.field_violations[-1]
            listed.field_violations.add(
                field="...", description="more fields are wrong than this list has room for"
            )
            break
    return listed


def _packed(detail: Message) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(detail)
    return packed
