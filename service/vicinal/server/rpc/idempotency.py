"""Mutations that may be sent again: the same request id gets the stored response and changes nothing."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from google.protobuf.message import DecodeError, Message

from vicinal.core.errors import StorageCorrupt
from vicinal.pools.transactions import Transaction

Outcome = TypeVar("Outcome")
Response = TypeVar("Response", bound=Message)


class TransactionTarget(Protocol):
    """What a transaction changes: a pool, or the pools of the service."""

    def stored_response(self, request_id: str, digest: str) -> bytes | None:
        """The response to an earlier request; RequestIdReused if it was another."""
        ...

    def transact(self, request_id: str, digest: str) -> AbstractContextManager[Transaction]:
        """A transaction for one change, with no other change in between."""
        ...


class MutatingRequest(Protocol):
    """A request that changes something."""

    request_id: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:
        """Its bytes."""
        ...


def request_digest(request: MutatingRequest) -> str:
    """SHA-256 of the request and its kind, hexadecimal: different kinds can have the same bytes."""
    kind = type(request).__name__.encode()
    return hashlib.sha256(kind + b"\0" + request.SerializeToString(deterministic=True)).hexdigest()


def stored_response(
    target: TransactionTarget, request: MutatingRequest, kind: type[Response]
) -> Response | None:
    """The stored response to this request if it was carried out before, else None.

    Raises:
        RequestIdReused: its id belongs to another request.
        StorageCorrupt: the stored response cannot be read.
    """
    if not request.request_id:
        return None
    stored = target.stored_response(request.request_id, request_digest(request))
    return None if stored is None else _read(stored, kind)


def run_once(
    target: TransactionTarget,
    request: MutatingRequest,
    kind: type[Response],
    act: Callable[[], Outcome],
    respond: Callable[[Outcome], Response],
) -> Response:
    """Carries a request out, unless that was done before; then the response is the stored one.

    Args:
        target: what is changed.
        request: with or without an id; without an id it is carried out each time.
        kind: of the response.
        act: carries it out; what it changes is written together with the response.
        respond: turns its outcome into the response.

    Raises:
        RequestIdReused: the id belongs to another request.
        StorageCorrupt: the stored response cannot be read.
    """
    if not request.request_id:
        return respond(act())
    with target.transact(request.request_id, request_digest(request)) as transaction:
        if transaction.stored_response is not None:
            return _read(transaction.stored_response, kind)
        response = respond(act())
        transaction.commit(response.SerializeToString())
        return response


def _read(stored: bytes, kind: type[Response]) -> Response:
    try:
        return kind.FromString(stored)
    except DecodeError as error:
        raise StorageCorrupt(
            "the response that is stored for this request_id is damaged; the request was carried out before, "
            "so look at the pool, and send what is missing under another id"
        ) from error
