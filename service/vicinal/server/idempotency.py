"""Mutations that may be sent again: the same request id gives the first answer and changes nothing."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from google.protobuf.message import DecodeError, Message

from vicinal.core.errors import StorageCorrupt
from vicinal.sampling.results import Retry

T = TypeVar("T")
Answer = TypeVar("Answer", bound=Message)


class Target(Protocol):
    """What is changed: a pool, or the pools of the service."""

    def exclusive(self) -> AbstractContextManager[object]:
        """Re-entrant lock of the target."""
        ...

    def replay(self, request_id: str, digest: str) -> bytes | None:
        """The answer kept for an earlier request; RequestIdReused if it was another."""
        ...


class Mutation(Protocol):
    """A request that changes something."""

    request_id: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802
        """Its bytes."""
        ...


def request_digest(request: Mutation) -> str:
    """SHA-256 of the request and its kind, hexadecimal: different kinds can have the same bytes."""
    kind = type(request).__name__.encode()
    return hashlib.sha256(kind + b"\0" + request.SerializeToString(deterministic=True)).hexdigest()


def kept_answer(target: Target, request: Mutation, kind: type[Answer]) -> Answer | None:
    """The answer to this very request if it was carried out before, else None.

    Raises:
        RequestIdReused: its id belongs to another request.
        StorageCorrupt: what was kept is no such answer.
    """
    if not request.request_id:
        return None
    kept = target.replay(request.request_id, request_digest(request))
    return None if kept is None else _read(kept, kind)


def once(
    target: Target,
    request: Mutation,
    kind: type[Answer],
    act: Callable[[Retry[T] | None], T],
    answer: Callable[[T], Answer],
) -> Answer:
    """Carries a mutation out, unless it was before.

    Args:
        target: what is changed.
        request: with or without an id; without one it is carried out each time.
        kind: of the answer.
        act: carries it out, keeping the answer with the change.
        answer: turns its outcome into the answer.

    Raises:
        RequestIdReused: the id belongs to another request.
    """
    if not request.request_id:
        return answer(act(None))
    digest = request_digest(request)
    with target.exclusive():
        kept = target.replay(request.request_id, digest)
        if kept is not None:
            return _read(kept, kind)

        def encode(outcome: T) -> bytes:
            return answer(outcome).SerializeToString()

        return answer(act(Retry(request.request_id, digest, encode)))


def _read(kept: bytes, kind: type[Answer]) -> Answer:
    try:
        return kind.FromString(kept)
    except DecodeError as error:
        raise StorageCorrupt(
            "the answer that was kept for this request_id is damaged; the request was carried out before, so "
            "look at the pool, and send what is missing under another id"
        ) from error
