"""Page tokens: where the next page of a listing begins, opaque to callers and checked when used."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import TypeAlias

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import MAX_ITEM_ID_CHARACTERS

# A place in a list, an id, or two ids.
Cursor: TypeAlias = int | str | tuple[str, str]
CHECK_BYTES = 8
MAX_POSITION = 2**63 - 1
# Two ids of the greatest length, each character of four bytes, and what is around them.
MAX_TOKEN_CHARACTERS = 4096
SURROGATE = re.compile("[\ud800-\udfff]")
_REFUSED = "is not of this listing; use the one of the page before, and leave the other fields as they were"


def page_token(listing: Sequence[str], cursor: Cursor) -> str:
    """The token for the page that begins at `cursor`.

    Args:
        listing: what is listed (the method, the pool, the filter); a token is good for one listing only.
        cursor: where the next page begins.
    """
    return sealed(listing, json.dumps(cursor, ensure_ascii=False).encode())


def sealed(listing: Sequence[str], payload: bytes) -> str:
    """The token of this payload."""
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
    cursor = _decoded(_payload(listing, token))
    if cursor is None:
        raise InvalidInput.at("page_token", _REFUSED)
    return cursor


def position_of(listing: Sequence[str], token: str) -> int:
    """The position in a token, from 0 on; 0 for the empty token. Errors are those of `cursor_of`."""
    cursor = cursor_of(listing, token)
    if isinstance(cursor, int | None):
        return cursor or 0
    raise InvalidInput.at("page_token", _REFUSED)


def id_of(listing: Sequence[str], token: str) -> str:
    """The id in a token; empty for the empty token. Errors are those of `cursor_of`."""
    cursor = cursor_of(listing, token)
    if isinstance(cursor, str | None):
        return cursor or ""
    raise InvalidInput.at("page_token", _REFUSED)


def ids_of(listing: Sequence[str], token: str) -> tuple[str, str] | None:
    """The two ids in a token; None for the empty token. Errors are those of `cursor_of`."""
    cursor = cursor_of(listing, token)
    if isinstance(cursor, tuple | None):
        return cursor
    raise InvalidInput.at("page_token", _REFUSED)


def _payload(listing: Sequence[str], token: str) -> bytes:
    """The payload of a token of this listing; empty if it is none."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        return b""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
    check, payload = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
    return payload if hmac.compare_digest(check, _check(listing, payload)) else b""


def _decoded(payload: bytes) -> Cursor | None:
    """The cursor in a payload; None if there is none.

    Anybody can compute the check, so a payload may be anything.
    """
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        pair = [_text(each) for each in value]
        return (pair[0], pair[1]) if len(pair) == 2 and None not in pair else None  # type: ignore[return-value]
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value <= MAX_POSITION else None
    return _text(value)


def _text(value: object) -> str | None:
    """The value, if it is a text that could be an id."""
    if not isinstance(value, str) or len(value) > MAX_ITEM_ID_CHARACTERS:
        return None
    # Half of a surrogate pair is no character, and no store accepts it.
    return None if SURROGATE.search(value) else value


def _check(listing: Sequence[str], payload: bytes) -> bytes:
    """Keyed hash that ties a payload to a listing. A guard against mistakes; the token holds no secret."""
    text = json.dumps(list(listing)).encode() + payload
    return hashlib.blake2b(text, digest_size=CHECK_BYTES, key=b"vicinal page token").digest()
