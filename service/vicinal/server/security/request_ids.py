"""Request ids are kept apart by key: one key's retry never gets another's response."""

import hashlib
from typing import Any

from vicinal.server.checks import MAX_REQUEST_ID_CHARACTERS, REQUEST_ID


def keep_apart(request: Any, key_id: str) -> None:
    """Makes the id of a request, or that in the header of a stream, the key's own.

    What can be no id is left to the checks, which say what is wrong with it.
    """
    for holder in [request, request.header] if hasattr(request, "header") else [request]:
        given = getattr(holder, "request_id", "")
        if REQUEST_ID.fullmatch(given):
            holder.request_id = request_id_of(key_id, given)


def request_id_of(key_id: str, request_id: str) -> str:
    """The id under which a key's request is remembered: the key's, then its own, or a digest of a long one.

    >>> request_id_of("0a1b2c3d4e5f", "retry-7")
    '0a1b2c3d4e5f:retry-7'
    """
    own = f"{key_id}:{request_id}"
    if len(own) <= MAX_REQUEST_ID_CHARACTERS:
        return own
    return f"{key_id}:sha256:{hashlib.sha256(request_id.encode()).hexdigest()}"
