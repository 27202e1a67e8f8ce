"""Answers to requests, kept for 24 hours in the database."""

from sqlalchemy import Connection, delete, insert, select

from vicinal.core.ports import Receipt
from vicinal.storage.checks import RECEIPT_SECONDS, request_id_reused
from vicinal.storage.schema import receipts


def keep_receipt(connection: Connection, receipt: Receipt | None, now: float) -> None:
    """Adds a receipt, where there is one, and drops those that are too old.

    Raises:
        RequestIdReused: there is one under that id.
    """
    if receipt is None:
        return
    if find_receipt(connection, receipt.request_id, now) is not None:
        raise request_id_reused(receipt.request_id)
    connection.execute(delete(receipts).where(receipts.c.at <= now - RECEIPT_SECONDS))
    row = {
        "request_id": receipt.request_id,
        "digest": receipt.digest,
        "answer": receipt.answer,
        "at": receipt.at,
    }
    connection.execute(insert(receipts).values(row))


def find_receipt(connection: Connection, request_id: str, now: float) -> Receipt | None:
    """The receipt kept under that id in the last 24 hours."""
    found = connection.execute(
        select(receipts).where(receipts.c.request_id == request_id, receipts.c.at > now - RECEIPT_SECONDS)
    ).one_or_none()
    return None if found is None else Receipt(found.request_id, found.digest, found.answer, found.at)
