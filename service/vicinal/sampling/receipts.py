"""Answers kept with what they changed, so that a request sent again gets the same one."""

from collections.abc import Callable
from typing import TypeVar

from vicinal.core.errors import RequestIdReused
from vicinal.core.ports import Receipt
from vicinal.sampling.results import Retry

T = TypeVar("T")
# Looks a kept answer up by request id.
FindReceipt = Callable[[str], Receipt | None]


def receipt_for(retry: Retry[T] | None, outcome: T, now: float) -> Receipt | None:
    """The receipt to keep for an outcome; None where the caller wants none."""
    if retry is None:
        return None
    return Receipt(retry.request_id, retry.digest, retry.encode(outcome), now)


class KeptAnswers:
    """Gives a request that was carried out before its first answer.

    Args:
        find: looks a kept answer up by request id.
    """

    def __init__(self, find: FindReceipt) -> None:
        self._find = find

    def __call__(self, request_id: str, digest: str) -> bytes | None:
        """The kept answer, or None.

        Raises:
            RequestIdReused: the id belongs to another request.
        """
        return _replayed(self._find(request_id), digest)


def _replayed(receipt: Receipt | None, digest: str) -> bytes | None:
    if receipt is None:
        return None
    if receipt.digest != digest:
        raise RequestIdReused(
            f"request_id {receipt.request_id!r} was used for another request; make a new one for each request"
        )
    return receipt.answer
