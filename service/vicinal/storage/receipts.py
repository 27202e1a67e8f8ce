"""Answers to requests, kept for 24 hours in the database."""

from sqlalchemy import Connection, bindparam, delete, insert, select

from vicinal.core.ports import Receipt
from vicinal.storage.checks import RECEIPT_SECONDS, request_id_reused
from vicinal.storage.schema import receipts

# Made once: to make a statement costs several times as much as to carry it out.
_INSERT = insert(receipts)
_DROP_OLD = delete(receipts).where(receipts.c.at <= bindparam("too_old"))
_FIND = select(receipts).where(
    receipts.c.request_id == bindparam("asked_for"), receipts.c.at > bindparam("too_old")
)


def keep_receipt(connection: Connection, receipt: Receipt | None, now: float) -> None:
    """Adds a receipt, where there is one, and drops those that are too old.

    Raises:
        RequestIdReused: there is one under that id.
    """
    if receipt is None:
        return
    if find_receipt(connection, receipt.request_id, now) is not None:
        raise request_id_reused(receipt.request_id)
    connection.execute(_DROP_OLD, {"too_old": now - RECEIPT_SECONDS})
    row = {
        "request_id": receipt.request_id,
        "digest": receipt.digest,
        "answer": receipt.answer,
        "at": receipt.at,
    }
    connection.execute(_INSERT, row)


def find_receipt(connection: Connection, request_id: str, now: float) -> Receipt | None:
    """The receipt kept under that id in the last 24 hours."""
    asked = {"asked_for": request_id, "too_old": now - RECEIPT_SECONDS}
    found = connection.execute(_FIND, asked).one_or_none()
    return None if found is None else Receipt(found.request_id, found.digest, found.answer, found.at)
