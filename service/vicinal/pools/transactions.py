"""What a request changes and the response to it, written together, so that a retry gets the same response."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from vicinal.core.errors import RequestIdReused
from vicinal.core.ports import Clock
from vicinal.core.records import StoredResponse

# Looks a stored response up by request id.
FindStoredResponse = Callable[[str], StoredResponse | None]
# Writes a change to the store, with the response where there is one, and then takes it into memory.
Write = Callable[[StoredResponse | None], None]


class Transaction:
    """One request that changes something. Its change is made by `commit`, together with the response to it.

    Until then neither store nor memory has changed; without `commit` they never do.

    Attributes:
        stored_response: the response to this very request if it was carried out before; then nothing is to
            be done, and nothing to be committed.
    """

    def __init__(self, request_id: str, digest: str, clock: Clock, stored_response: bytes | None) -> None:
        self.stored_response = stored_response
        self._request_id = request_id
        self._digest = digest
        self._clock = clock
        self._pending: Write | None = None
        self._is_writing = False

    def commit(self, response: bytes) -> None:
        """Writes the change and the response, both or neither.

        Args:
            response: to the request, serialised.

        Raises:
            RuntimeError: nothing was changed in this transaction, or it was committed before.
            StorageFailed: nothing was written, and memory is as it was.
        """
        self._write(StoredResponse(self._request_id, self._digest, response, self._clock.now()))

    def add(self, write: Write) -> None:
        """Keeps a write for `commit`; one that follows from another write is carried out at once.

        Raises:
            RuntimeError: there is one already, which this one was planned without.
        """
        if self._is_writing:
            write(None)
        elif self._pending is not None:
            raise RuntimeError("a transaction takes one change; commit it before the next one")
        else:
            self._pending = write

    def write_now(self) -> None:
        """Carries out the write that is kept, without the response, which goes with the next one."""
        self._write(None)

    def _write(self, response: StoredResponse | None) -> None:
        write, self._pending = self._pending, None
        if write is None:
            raise RuntimeError("this transaction has no change to write")
        self._is_writing = True
        try:
            write(response)
        finally:
            self._is_writing = False


class Transactions:
    """The transactions of one pool, or of all pools of a service: one at a time, each with the lock held.

    Args:
        lock: of what is changed; re-entrant.
        find: looks a stored response up by request id.
        clock: dates responses.
    """

    def __init__(self, lock: AbstractContextManager[object], find: FindStoredResponse, clock: Clock) -> None:
        self._lock = lock
        self._find = find
        self._clock = clock
        self._open: Transaction | None = None

    def stored_response(self, request_id: str, digest: str) -> bytes | None:
        """The response to a request that was carried out before; None if it was not.

        Args:
            request_id: chosen by the caller, globally unique.
            digest: of the request, to distinguish a retry from another request under the same id.

        Raises:
            RequestIdReused: the id belongs to another request.
        """
        stored = self._find(request_id)
        if stored is None:
            return None
        if stored.digest != digest:
            raise RequestIdReused(
                f"request_id {request_id!r} was used for another request; make a new one for each request"
            )
        return stored.message

    @contextmanager
    def begin(self, request_id: str, digest: str) -> Iterator[Transaction]:
        """A transaction for a request, with the lock held until the block ends.

        Raises:
            RequestIdReused: as `stored_response`.
        """
        with self._lock:
            response = self.stored_response(request_id, digest)
            self._open = Transaction(request_id, digest, self._clock, response)
            try:
                yield self._open
            finally:
                self._open = None

    def write(self, write: Write) -> None:
        """Carries a write out: at the transaction's commit, or at once where there is no transaction.

        To be called with the lock held.
        """
        if self._open is None:
            write(None)
        else:
            self._open.add(write)

    def write_now(self) -> None:
        """Carries out what the transaction keeps, for a use case that goes on from what it has changed."""
        if self._open is not None:
            self._open.write_now()
