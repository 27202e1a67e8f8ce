"""API keys: how they are made, what is kept of them, and how one is recognised.

A key is `vcl_`, a public id, and 256 random bits. What is kept is HMAC-SHA-256 of the whole key under a salt
of its own. A slow hash (bcrypt, Argon2) protects secrets that people choose, since those can be guessed one
by one; 256 random bits cannot, at any speed of guessing. The salt keeps equal keys and prepared tables apart.
"""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from vicinal.server.security.roles import Role

PREFIX = "vcl_"
ID_BYTES = 6
SALT_BYTES = 16
SECRET_BYTES = 32


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Attributes:
        key_id: public; names the key in lists and logs.
        name: whose it is, for people.
        role: what it allows.
        salt: of the digest.
        digest: HMAC-SHA-256 of the key under the salt.
        created_at: with a time zone.
        pools: ids of the only pools it sees; None sees all.
        expires_at: with a time zone; None lasts until it is revoked.
        annotator: the only one in whose name it labels; empty is any.
    """

    key_id: str
    name: str
    role: Role
    salt: bytes
    digest: bytes
    created_at: datetime
    pools: frozenset[str] | None = None
    expires_at: datetime | None = None
    annotator: str = ""

    def is_expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and now >= self.expires_at


def make_key(
    name: str,
    role: Role,
    now: datetime,
    *,
    pools: frozenset[str] | None = None,
    expires_at: datetime | None = None,
    annotator: str = "",
) -> tuple[Key, str]:
    """A new key: what to keep of it, and the key itself, which cannot be had again."""
    key_id = secrets.token_hex(ID_BYTES)
    text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    salt = secrets.token_bytes(SALT_BYTES)
    return Key(key_id, name, role, salt, digest_of(text, salt), now, pools, expires_at, annotator), text


def digest_of(text: str, salt: bytes) -> bytes:
    """HMAC-SHA-256 of a key under a salt."""
    return hmac.digest(salt, text.encode(), "sha256")


def recognised(text: str, keys: Iterable[Key]) -> Key | None:
    """The key that this text is; None if it is none of them. All are compared, each in constant time.

    That takes some two microseconds for each key there is, at every call.
    """
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest_of(text, key.salt)):
            found = key
    return found


def named_by(text: str, keys: Iterable[Key]) -> str:
    """The id that a refused text claims, if there is such a key, else "unknown": for the log.

    Nothing else of the text may be told: what is sent in a key's place may be another secret.
    """
    claimed = text.removeprefix(PREFIX).partition("_")[0]
    return next((key.key_id for key in keys if key.key_id == claimed), "unknown")
