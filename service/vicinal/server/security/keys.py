"""API keys: how they are made, stored in a file, and recognised."""

import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vicinal.core.errors import InvalidInput, VicinalError
from vicinal.core.field_rules import MAX_NAME_CHARACTERS
from vicinal.server.rpc.checks import Checks
from vicinal.server.security.roles import Role

PREFIX = "vcl_"
ID_BYTES = 6
SALT_BYTES = 16
SECRET_BYTES = 32


@dataclass(frozen=True)
class Key:
    """What is stored of a key.

    Attributes:
        key_id: public; names the key in lists and logs.
        name: whose it is, for people to read.
        role: what it allows.
        salt: of the digest.
        digest: HMAC-SHA-256 of the key under the salt.
        created_at: with a time zone.
        pools: ids of the only pools it sees; None sees all.
        expires_at: with a time zone; None is never.
        annotator: the only one under whose name it labels; empty is any.
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
    """A new key: what to store of it, and the key itself, which is not stored anywhere."""
    key_id = secrets.token_hex(ID_BYTES)
    text = f"{PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    salt = secrets.token_bytes(SALT_BYTES)
    return Key(key_id, name, role, salt, digest_of(text, salt), now, pools, expires_at, annotator), text


def digest_of(text: str, salt: bytes) -> bytes:
    """HMAC-SHA-256 of a key under a salt."""
    return hmac.digest(salt, text.encode(), "sha256")


def find_key(text: str, keys: Iterable[Key]) -> Key | None:
    """The key that this text is; None if it is none of them. All are compared, each in constant time.

    That takes about two microseconds for each key, at every call.
    """
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest_of(text, key.salt)):
            found = key
    return found


def find_key_name(text: str, keys: Iterable[Key]) -> str:
    """The id that a refused text claims, if there is such a key, else "unknown": for the log.

    Nothing else of the text may be logged: what is sent in place of a key may be another secret.
    """
    claimed = text.removeprefix(PREFIX).partition("_")[0]
    return next((key.key_id for key in keys if key.key_id == claimed), "unknown")


class KeysUnusable(VicinalError):
    """The file of keys cannot be read, written or parsed."""

    reason = "KEYS_UNUSABLE"


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys in a file, in its order.

    Raises:
        KeysUnusable: names the file and the line, and nothing of the line's text.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise KeysUnusable(
            f"cannot read the keys in {str(path)!r} ({what}); make them with vicinal keys create"
        ) from error
    keys = tuple(_key(line, path, number) for number, line in enumerate(lines, 1) if line.strip())
    if len({key.key_id for key in keys}) < len(keys):
        raise KeysUnusable(f"{str(path)!r} has two keys with the same id; remove one")
    return keys


def create_key(
    path: Path,
    name: str,
    role: Role,
    now: datetime,
    *,
    pools: frozenset[str] | None = None,
    expires_at: datetime | None = None,
    annotator: str = "",
) -> tuple[Key, str]:
    """Adds a new key to a file, which is created if absent.

    Returns:
        What is stored of the key, and the key itself, which is not stored anywhere.

    Raises:
        KeysUnusable: a name or a pool's id is wrong, or the file cannot be read or written.
    """
    _check_names(name, annotator, pools or ())
    key, text = make_key(name, role, now, pools=pools, expires_at=expires_at, annotator=annotator)
    _change(path, lambda keys: [*keys, key])
    return key, text


def revoke_key(path: Path, key_id: str) -> None:
    """Removes a key from a file.

    Raises:
        KeysUnusable: no key has this id, or the file cannot be read or written.
    """

    def without(keys: Sequence[Key]) -> list[Key]:
        rest = [key for key in keys if key.key_id != key_id]
        if len(rest) == len(keys):
            raise KeysUnusable(f"{str(path)!r} holds no key {key_id!r}; vicinal keys list shows their ids")
        return rest

    _change(path, without)


def _check_names(name: str, annotator: str, pools: Iterable[str]) -> None:
    checks = Checks()
    checks.text(name, "name", MAX_NAME_CHARACTERS)
    checks.annotator(annotator)
    for pool_id in pools:
        checks.pool_id(pool_id, "pool")
    try:
        checks.raise_if_any()
    except InvalidInput as error:
        raise KeysUnusable(error.message) from error


def _change(path: Path, change: Callable[[Sequence[Key]], Sequence[Key]]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(path.parent):
            keys = read_keys(path) if path.exists() else ()
            _write(path, "".join(_line(key) + "\n" for key in change(keys)))
    except OSError as error:
        raise KeysUnusable(f"cannot write {str(path)!r}: {error.strerror}") from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """A lock on the folder: without it, one of two commands at a time would undo what the other wrote."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
        os.fsync(opened)
    finally:
        os.close(opened)


def _write(path: Path, text: str) -> None:
    """Replaces the file in one step; the new one has the same owner."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "w") as file:
        if path.exists() and (old := path.stat()).st_uid != os.geteuid():
            os.fchown(opened, old.st_uid, old.st_gid)
        file.write(text)
        file.flush()
        os.fsync(opened)
    fresh.replace(path)


def _line(key: Key) -> str:
    stored: dict[str, Any] = {
        "id": key.key_id,
        "name": key.name,
        "role": key.role.value,
        "pools": None if key.pools is None else sorted(key.pools),
        "annotator": key.annotator or None,
        "created": key.created_at.isoformat(),
        "expires": key.expires_at.isoformat() if key.expires_at else None,
        "salt": key.salt.hex(),
        "hmac_sha256": key.digest.hex(),
    }
    return json.dumps(stored)


def _key(line: str, path: Path, number: int) -> Key:
    try:
        stored = json.loads(line)
        expires, pools, annotator = stored.get("expires"), stored.get("pools"), stored.get("annotator")
        return Key(
            key_id=_text(stored["id"]),
            name=_text(stored["name"]),
            role=Role(stored["role"]),
            salt=bytes.fromhex(stored["salt"]),
            digest=_digest(stored["hmac_sha256"]),
            created_at=_time(stored["created"]),
            pools=None if pools is None else frozenset(_text(each) for each in pools),
            expires_at=None if expires is None else _time(expires),
            annotator="" if annotator is None else _text(annotator),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # The cause may quote the line, and a line may hold a key that was pasted there.
        raise KeysUnusable(
            f"line {number} of {str(path)!r} is no key as vicinal keys create writes it; remove it"
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text")
    return value


def _digest(value: str) -> bytes:
    digest = bytes.fromhex(value)
    if len(digest) != 32:
        raise ValueError("no SHA-256")
    return digest


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("no time zone")
    return time
