"""The one error tree. Every message says what was wrong, where, and what to do about it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from vicinal.records.errors import Violation


class VicinalError(Exception):
    """Root of all errors that a caller may see.

    Attributes:
        reason: stable UPPER_SNAKE name for programs.
        violations: the wrong fields, if the input was at fault.
        details: further facts for programs, such as the id of the pool.
        retry_after_seconds: when the same request is worth another try; None where that is not known.
    """

    reason: ClassVar[str] = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        violations: Sequence[Violation] = (),
        details: Mapping[str, str] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.violations = tuple(violations)
        self.details = dict(details or {})
        self.retry_after_seconds = retry_after_seconds

    @property
    def public_message(self) -> str:
        """What callers read: as `message`, but of a file of this server its name, and not where it is."""
        path = self.details.get("path", "") if isinstance(self, StorageFailed) else ""
        return self.message.replace(path, path.rpartition("/")[2]) if path else self.message


class InvalidInput(VicinalError):
    """The request itself is wrong, whatever the state of the pool."""

    reason = "INVALID_INPUT"

    @classmethod
    def at(cls, field: str, description: str) -> "InvalidInput":
        """The error for a single wrong field."""
        return cls.of([Violation(field, description)])

    @classmethod
    def of(cls, violations: Sequence[Violation], unnamed: int = 0) -> "InvalidInput":
        """The error for one or more wrong fields, and for `unnamed` more of which nothing is kept."""
        first, more = violations[0], len(violations) - 1 + unnamed
        rest = f" (and {more} more)" if more else ""
        return cls(f"{first.field}: {first.description}{rest}", violations=violations)


class PoolNotFound(VicinalError):
    """No pool has this id, or none that the caller may know of."""

    reason = "POOL_NOT_FOUND"

    @classmethod
    def of(cls, pool_id: str) -> "PoolNotFound":
        """The error for that id: the same words whether there is no such pool or it must not be seen."""
        return cls(f"no pool {pool_id!r}; list the pools to see their ids", details={"pool_id": pool_id})


class PoolExists(VicinalError):
    """A pool with this id is there already, with other settings."""

    reason = "POOL_EXISTS"


class ItemNotFound(VicinalError):
    """The pool has no item with this id."""

    reason = "ITEM_NOT_FOUND"


class LeaseNotFound(VicinalError):
    """No open lease has this id: it never was, has expired, or all its items are done."""

    reason = "LEASE_NOT_FOUND"


class ItemExists(VicinalError):
    """The item's id is taken by other content."""

    reason = "ITEM_EXISTS"


class ExampleExists(VicinalError):
    """The example's id is taken by other content, or by another label."""

    reason = "EXAMPLE_EXISTS"


class ExampleNotFound(VicinalError):
    """The pool has no example with this id."""

    reason = "EXAMPLE_NOT_FOUND"


class ItemLeased(VicinalError):
    """The item is in another annotator's hands."""

    reason = "ITEM_LEASED"


class WrongItemState(VicinalError):
    """What was asked does not go with the item's state."""

    reason = "WRONG_ITEM_STATE"


class SearchUnderWay(VicinalError):
    """A search for duplicates of this pool has not ended; there is one at a time."""

    reason = "SEARCH_UNDER_WAY"


class NoLabelsYet(VicinalError):
    """The pool has no label to predict from."""

    reason = "NO_LABELS_YET"


class FingerprintMismatch(VicinalError):
    """Vectors of one featurizer were brought to a pool of another."""

    reason = "FINGERPRINT_MISMATCH"


class FeaturizerNotFound(VicinalError):
    """No featurizer has this name."""

    reason = "FEATURIZER_NOT_FOUND"


class FeaturizerUnavailable(VicinalError):
    """The featurizer is known, but its model or its packages are not available here."""

    reason = "FEATURIZER_UNAVAILABLE"


class ConsensusUnavailable(VicinalError):
    """The packages that make this consensus are not installed."""

    reason = "CONSENSUS_UNAVAILABLE"


class ModelLoading(VicinalError):
    """The featurizer's model is still being loaded; later calls find it ready."""

    reason = "MODEL_LOADING"


class ContentUnreadable(VicinalError):
    """One item's image or text cannot be turned into a vector."""

    reason = "CONTENT_UNREADABLE"


class RequestIdReused(VicinalError):
    """This request id belongs to another request."""

    reason = "REQUEST_ID_REUSED"


class LimitExceeded(VicinalError):
    """More than this server is set to take."""

    reason = "LIMIT_EXCEEDED"


class PoolsLoading(VicinalError):
    """The server has begun, but has not loaded all pools yet."""

    reason = "POOLS_LOADING"


class ShuttingDown(VicinalError):
    """The server ends, and takes no new calls."""

    reason = "SHUTTING_DOWN"


class Overloaded(VicinalError):
    """More work waits than this server keeps waiting; nothing was begun."""

    reason = "OVERLOADED"


class CallEnded(VicinalError):
    """The caller no longer waits: the deadline passed, or the call was cancelled. Nothing was changed."""

    reason = "CALL_ENDED"


class CallerTooSlow(VicinalError):
    """The caller began a call, and did not bring its request or take its answer in time."""

    reason = "CALLER_TOO_SLOW"


class TooManyCalls(VicinalError):
    """More calls at a time, or in a second, than one caller may make; later is fine."""

    reason = "TOO_MANY_CALLS"


class Unauthenticated(VicinalError):
    """The caller brought no key, or none that is known and still good."""

    reason = "UNAUTHENTICATED"


class PermissionDenied(VicinalError):
    """The caller is known, and may not do this."""

    reason = "PERMISSION_DENIED"


class StorageFailed(VicinalError):
    """The data directory could not be read or written; nothing was acknowledged."""

    reason = "STORAGE_FAILED"


class StorageFull(StorageFailed):
    """The disk has no room left, or the quota is used up; nothing was acknowledged."""

    reason = "STORAGE_FULL"


class StorageCorrupt(StorageFailed):
    """What is on disk is not what was written."""

    reason = "STORAGE_CORRUPT"


class SchemaTooNew(StorageFailed):
    """The data directory was written by a newer Vicinal."""

    reason = "SCHEMA_TOO_NEW"


class DataDirectoryMoved(StorageFailed):
    """The data directory is not where it was when it was opened; nothing was written."""

    reason = "DATA_DIRECTORY_MOVED"


class DataDirectoryInUse(StorageFailed):
    """Another process has this data directory open."""

    reason = "DATA_DIRECTORY_IN_USE"


class JobUnfinished(VicinalError):
    """A job on data at rest could not do all its parts; what it did is kept, and it can be run again."""

    reason = "JOB_UNFINISHED"


class SnapshotDamaged(VicinalError):
    """A snapshot is not what was written, or no snapshot at all; nothing was restored."""

    reason = "SNAPSHOT_DAMAGED"


class SnapshotTooNew(VicinalError):
    """A snapshot was written by a newer Vicinal."""

    reason = "SNAPSHOT_TOO_NEW"
