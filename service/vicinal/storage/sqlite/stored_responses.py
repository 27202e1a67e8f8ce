"""Responses to requests, stored for 24 hours, or for as long as the pools they are about."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from vicinal.core.records import StoredResponse
from vicinal.storage import values
from vicinal.storage.checks import STORED_RESPONSE_SECONDS, request_id_reused
from vicinal.storage.sqlite.schema import stored_response_pools, stored_responses

_MAX_CHARACTERS = 4096

# Made once: to make a statement costs several times as much as to carry it out.
_INSERT, _INSERT_POOLS = insert(stored_responses), insert(stored_response_pools)
_DROP_OLD = delete(stored_responses).where(stored_responses.c.at <= bindparam("too_old"))
_OF_POOL = select(stored_response_pools.c.request_id).where(
    stored_response_pools.c.about_pool == bindparam("pool")
)
_DROP_OF_POOL = delete(stored_responses).where(stored_responses.c.request_id.in_(_OF_POOL))
_FIND = select(stored_responses).where(
    stored_responses.c.request_id == bindparam("asked_for"), stored_responses.c.at > bindparam("too_old")
)


def store_response(
    connection: Connection, response: StoredResponse | None, now: float, about: Sequence[int] = ()
) -> None:
    """Stores a response, where there is one, and drops those that are too old.

    Args:
        connection: of the change that it is stored with.
        response: the response.
        now: seconds since the epoch.
        about: keys of the pools that the response is about.

    Raises:
        RequestIdReused: there is one under that id.
    """
    if response is None:
        return
    asked = {"asked_for": response.request_id, "too_old": now - STORED_RESPONSE_SECONDS}
    if connection.execute(_FIND, asked).first() is not None:
        raise request_id_reused(response.request_id)
    connection.execute(_DROP_OLD, {"too_old": now - STORED_RESPONSE_SECONDS})
    row = {
        "request_id": response.request_id,
        "digest": response.digest,
        "message": response.message,
        "at": response.at,
    }
    connection.execute(_INSERT, row)
    if about:
        rows = [{"request_id": response.request_id, "about_pool": key} for key in about]
        connection.execute(_INSERT_POOLS, rows)


def drop_responses(connection: Connection, key: int) -> None:
    """Drops the responses about the pool of that key."""
    connection.execute(_DROP_OF_POOL, {"pool": key})


def find_response(connection: Connection, request_id: str, now: float) -> StoredResponse | None:
    """The response stored under that id in the last 24 hours.

    Raises:
        ValueError: a column holds what it cannot hold.
    """
    asked = {"asked_for": request_id, "too_old": now - STORED_RESPONSE_SECONDS}
    found = connection.execute(_FIND, asked).one_or_none()
    if found is None:
        return None
    return StoredResponse(
        values.text(found.request_id, "request_id", _MAX_CHARACTERS),
        values.text(found.digest, "digest", _MAX_CHARACTERS),
        values.raw(found.message, "message"),
        values.moment(found.at, "at"),
    )
