"""Access: a call's key decides, by its role and pools, whether the call is allowed or refused."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vicinal.core.errors import PermissionDenied, PoolNotFound, Unauthenticated, VicinalError
from vicinal.core.field_rules import POOL_ID, normalise_label
from vicinal.server.security.keys import Key, find_key, find_key_name, read_keys
from vicinal.server.security.limits import KeyLimits, keep_apart
from vicinal.server.security.roles import RULES, Role, Rule
from vicinal.server.security.tls import ReloadedFiles
from vicinal.server.settings import Settings

HEADER = "authorization"
SCHEME = "bearer"
_NO_KEY = "this server needs a key: send it as metadata, authorization: Bearer vcl_..."
_WRONG_KEY = "this server does not know this key: it was mistyped, revoked, or made for another server"
_EXPIRED_KEY = "this key has expired; ask for a new one"

# Contexts are of any message type here, which the stubs of grpc cannot say.
Context = Any
Metadata = Iterable[tuple[str, str | bytes]]

log = logging.getLogger("vicinal.server.security")


@dataclass(frozen=True)
class Caller:
    """Who makes a call.

    Attributes:
        key_id: of the key; empty where no key is needed.
        role: what the caller may do.
        pools: ids of the only pools there are for the caller; None sees all.
        annotator: the only one in whose name it may label; empty is any.
    """

    key_id: str = ""
    role: Role = Role.ADMIN
    pools: frozenset[str] | None = None
    annotator: str = ""

    def sees(self, pool_id: str) -> bool:
        """Whether there is such a pool for the caller, if there is one at all."""
        return self.pools is None or pool_id in self.pools

    @property
    def sees_gold(self) -> bool:
        """Whether it may know which items are gold, and their true labels."""
        return self.role is Role.ADMIN


# Without keys, any caller that reaches the server may do everything.
ANYBODY = Caller()
_caller: ContextVar[Caller] = ContextVar("caller", default=ANYBODY)


def current_caller() -> Caller:
    """The caller of the call that the running code works for."""
    return _caller.get()


def set_current_caller(caller: Caller) -> None:
    """Notes who makes the current call."""
    _caller.set(caller)


@dataclass(frozen=True)
class AuthResult:
    """The outcome of checking a call's key.

    Attributes:
        caller: who makes the call; None if it is refused.
        error: why it is refused; None if it is not.
        key_id: of the key that the call has or claims, or "unknown"; for the log.
    """

    caller: Caller | None
    error: VicinalError | None
    key_id: str


class Authenticator:
    """Checks keys, and whether they are good enough for a call.

    Args:
        keys: returns the present keys.
        limits: of each key.
        now: the time, with a time zone.
    """

    def __init__(
        self,
        keys: Callable[[], Iterable[Key]],
        limits: KeyLimits,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._keys = keys
        self._now = now
        self.limits = limits

    def authenticate(self, method: str, metadata: Metadata) -> AuthResult:
        """Checks that the key in the metadata is valid and its role sufficient for the method."""
        keys = tuple(self._keys())
        shown = _read_key(metadata)
        if not shown:
            return AuthResult(None, Unauthenticated(_NO_KEY), "unknown")
        key = find_key(shown, keys)
        if key is None:
            return AuthResult(None, Unauthenticated(_WRONG_KEY), find_key_name(shown, keys))
        if key.is_expired(self._now()):
            return AuthResult(None, Unauthenticated(_EXPIRED_KEY), key.key_id)
        rule = RULES.get(method)
        if rule is None or not key.role.covers(rule.role):
            return AuthResult(None, _too_small(method, key, rule), key.key_id)
        return AuthResult(Caller(key.key_id, key.role, key.pools, key.annotator), None, key.key_id)


class Access:
    """Allows calls by their keys, and checks that requests ask for no more than the key allows.

    Args:
        authenticator: checks keys; None allows all calls.
    """

    def __init__(self, authenticator: Authenticator | None = None) -> None:
        self._authenticator = authenticator

    @contextmanager
    def entered(self, method: str, context: Context) -> Iterator[None]:
        """Allows a call by its key, before its request is read, and counts it while it lasts.

        Raises:
            Unauthenticated, PermissionDenied: the key does not allow it.
            TooManyCalls: its key has made too many.
        """
        if self._authenticator is None:
            yield
            return
        result = self._authenticator.authenticate(method, context.invocation_metadata())
        if result.caller is None:
            assert result.error is not None
            _log_refusal(method, result.key_id, context, result.error)
            raise result.error
        with self._authenticator.limits.admitted(result.caller.key_id):
            set_current_caller(result.caller)
            yield

    def checked(self, method: str, request: Any, context: Context) -> Any:
        """A request, or one of a stream, with the key's annotator and a request id of the key's own.

        Raises:
            PoolNotFound, PermissionDenied: it asks for more than the caller may have.
        """
        if self._authenticator is None:
            return request
        caller = current_caller()
        try:
            check_pool(RULES[method], request, caller)
            fill_annotator(request, caller)
        except VicinalError as error:
            _log_refusal(method, caller.key_id, context, error)
            raise
        keep_apart(request, caller.key_id)
        return request


def check_pool(rule: Rule, request: Any, caller: Caller) -> None:
    """Checks that a request names only pools that the caller sees.

    Ids that no pool can have pass: later checks say what is wrong with them.

    Raises:
        PoolNotFound: as if there were no such pool.
        PermissionDenied: the key could not see the pool to create, or the call is about all pools.
    """
    if not rule.pool:
        return
    *parts, name = rule.pool.split(".")
    for part in parts:
        if not request.HasField(part):
            return  # a later message of a stream, or one that the checks refuse
        request = getattr(request, part)
    pool_id = getattr(request, name)
    if rule.spans_pools and not pool_id and caller.pools is not None:
        raise PermissionDenied(
            "without a pool this call is about all pools, and this key is for some; name a pool"
        )
    if caller.sees(pool_id) or not POOL_ID.fullmatch(pool_id):
        return
    if rule.makes_pool:
        own = ", ".join(sorted(caller.pools or ()))
        raise PermissionDenied(f"this key may create only these pools: {own or 'none'}")
    raise PoolNotFound.of(pool_id)


def fill_annotator(request: Any, caller: Caller) -> None:
    """Sets the annotator that the caller's key is bound to, where a request can name one.

    Raises:
        PermissionDenied: the request names another one.
    """
    if not caller.annotator or "annotator" not in request.DESCRIPTOR.fields_by_name:
        return
    if request.annotator and normalise_label(request.annotator) != normalise_label(caller.annotator):
        raise PermissionDenied(
            f"this key is for annotator {caller.annotator!r} only; name that one, or leave the annotator out"
        )
    request.annotator = caller.annotator


def build_access(settings: Settings) -> Access:
    """Access by these settings: all calls are allowed where no key is needed.

    Raises:
        KeysUnusable: the file of keys cannot be used.
    """
    path = settings.keys_file
    if path is None:
        return Access()
    keys = ReloadedFiles([path], lambda: read_keys(path))
    if not keys.current():
        log.warning("%s has no key yet, so all calls are refused; make one with vicinal keys create", path)
    limits = KeyLimits(settings.max_calls_in_flight_per_key, settings.max_calls_per_second_per_key)
    return Access(Authenticator(keys.current, limits))


def _read_key(metadata: Metadata) -> str:
    """The key in the metadata; empty if there is none, or more than one."""
    shown = [value for name, value in metadata or () if name == HEADER]
    if len(shown) != 1 or not isinstance(shown[0], str):
        return ""
    scheme, _, key = shown[0].partition(" ")
    return key.strip() if scheme.lower() == SCHEME else ""


def _too_small(method: str, key: Key, rule: Rule | None) -> PermissionDenied:
    if rule is None:
        return PermissionDenied(f"no key of this server allows {method}")
    return PermissionDenied(f"{method} needs a key of role {rule.role}, and this key has role {key.role}")


def _log_refusal(method: str, key_id: str, context: Context, error: VicinalError) -> None:
    log.warning("refused %s with %s: key %s, peer %s", method, error.reason, key_id, context.peer())
