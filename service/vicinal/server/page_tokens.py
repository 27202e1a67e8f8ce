"""Page tokens: where a listing goes on, opaque to the caller, and checked when they come back."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import TypeAlias

from vicinal.core.errors import InvalidInput

Cursor: TypeAlias = str | int
CHECK_BYTES = 8


def page_token(listing: Sequence[str], cursor: Cursor) -> str:
    """The token for the page that begins at `cursor`.

    Args:
        listing: what is listed (the method, the pool, the filter); a token goes with one listing only.
        cursor: where the next page begins.
    """
    payload = json.dumps(cursor).encode()
    return base64.urlsafe_b64encode(_check(listing, payload) + payload).decode().rstrip("=")


def cursor_of(listing: Sequence[str], token: str) -> Cursor | None:
    """The cursor in a token; None for the empty token, which asks for the first page.

    Raises:
        InvalidInput: the token was not made here, or for another listing.

    >>> cursor_of(["items", "fruits"], page_token(["items", "fruits"], 100))
    100
    """
    if not token:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    check, payload = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
    if not payload or check != _check(listing, payload):
        raise InvalidInput.at(
            "page_token",
            "is not of this listing; take it from the page before, and leave the other fields as they were",
        )
    cursor: Cursor = json.loads(payload)
    return cursor


def _check(listing: Sequence[str], payload: bytes) -> bytes:
    """Keyed hash that ties a payload to a listing. A guard against mistakes; the token holds no secret."""
    text = json.dumps(list(listing)).encode() + payload
    return hashlib.blake2b(text, digest_size=CHECK_BYTES, key=b"vicinal page token").digest()
