"""Answers to requests, kept for 24 hours in the database, or for as long as the pools they are about."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from vicinal.core.ports import Receipt
from vicinal.storage import values
from vicinal.storage.checks import RECEIPT_SECONDS, request_id_reused
from vicinal.storage.schema import receipt_pools, receipts

_MAX_CHARACTERS = 4096

# Made once: to make a statement costs several times as much as to carry it out.
_INSERT, _INSERT_POOLS = insert(receipts), insert(receipt_pools)
_DROP_OLD = delete(receipts).where(receipts.c.at <= bindparam("too_old"))
_DROP_OF_POOL = delete(receipts).where(
    receipts.c.request_id.in_(
        select(receipt_pools.c.request_id).where(receipt_pools.c.about_pool == bindparam("pool"))
    )
)
_FIND = select(receipts).where(
    receipts.c.request_id == bindparam("asked_for"), receipts.c.at > bindparam("too_old")
)


def keep_receipt(
    connection: Connection, receipt: Receipt | None, now: float, about: Sequence[int] = ()
) -> None:
    """Adds a receipt, where there is one, and drops those that are too old.

    Args:
        connection: of the change that it is kept with.
        receipt: the receipt.
        now: seconds since the epoch.
        about: keys of the pools that the answer is about.

    Raises:
        RequestIdReused: there is one under that id.
    """
    if receipt is None:
        return
    asked = {"asked_for": receipt.request_id, "too_old": now - RECEIPT_SECONDS}
    if connection.execute(_FIND, asked).first() is not None:
        raise request_id_reused(receipt.request_id)
    connection.execute(_DROP_OLD, {"too_old": now - RECEIPT_SECONDS})
    row = {
        "request_id": receipt.request_id,
        "digest": receipt.digest,
        "answer": receipt.answer,
        "at": receipt.at,
    }
    connection.execute(_INSERT, row)
    if about:
        rows = [{"request_id": receipt.request_id, "about_pool": key} for key in about]
        connection.execute(_INSERT_POOLS, rows)


def drop_receipts(connection: Connection, key: int) -> None:
    """Drops the answers about the pool of that key."""
    connection.execute(_DROP_OF_POOL, {"pool": key})


def find_receipt(connection: Connection, request_id: str, now: float) -> Receipt | None:
    """The receipt kept under that id in the last 24 hours.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    asked = {"asked_for": request_id, "too_old": now - RECEIPT_SECONDS}
    found = connection.execute(_FIND, asked).one_or_none()
    if found is None:
        return None
    return Receipt(
        values.text(found.request_id, "request_id", _MAX_CHARACTERS),
        values.text(found.digest, "digest", _MAX_CHARACTERS),
        values.raw(found.answer, "answer"),
        values.moment(found.at, "at"),
    )
