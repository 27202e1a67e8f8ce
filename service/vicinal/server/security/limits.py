"""How many calls one key may make, and request ids that are separate for each key."""

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vicinal.core.errors import TooManyCalls
from vicinal.server.rpc.checks import MAX_REQUEST_ID_CHARACTERS, REQUEST_ID

# For callers with too many calls under way: when one of them ends is not known.
IN_FLIGHT_RETRY_SECONDS = 0.1


@dataclass
class TokenBucket:
    """Fills at `per_second` up to `capacity`; each call takes one token.

    Attributes:
        per_second: tokens that come each second.
        capacity: most it holds.
        tokens: what it holds, at the time of `at` (monotonic seconds).
    """

    per_second: float
    capacity: float
    tokens: float
    at: float

    def take(self, now: float) -> float:
        """Takes a token if there is one; else returns the seconds until there will be one.

        >>> bucket = TokenBucket(per_second=2, capacity=1, tokens=1, at=0)
        >>> bucket.take(0), bucket.take(0), bucket.take(0.5)
        (0.0, 0.5, 0.0)
        """
        self.tokens = min(self.capacity, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_second
        self.tokens -= 1
        return 0.0


class KeyLimits:
    """Counts the calls of each key. For one event loop.

    Args:
        max_in_flight: most calls of a key under way.
        max_per_second: calls that a key may begin each second in the long run; a second's worth at once.
        clock: monotonic seconds.
    """

    def __init__(
        self, max_in_flight: int, max_per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_in_flight = max_in_flight
        self._max_per_second = max_per_second
        self._clock = clock
        self._in_flight: dict[str, int] = {}
        self._buckets: dict[str, TokenBucket] = {}

    @contextmanager
    def admitted(self, key_id: str) -> Iterator[None]:
        """Counts a call of the key while it lasts.

        Raises:
            TooManyCalls: it would be one too many; says when to try again.
        """
        self._take_token(key_id)
        under_way = self._in_flight.get(key_id, 0)
        if under_way >= self._max_in_flight:
            raise TooManyCalls(
                f"this key has {under_way} calls under way, and {self._max_in_flight} are allowed "
                "(max_calls_in_flight_per_key); wait for one to end",
                retry_after_seconds=IN_FLIGHT_RETRY_SECONDS,
            )
        self._in_flight[key_id] = under_way + 1
        try:
            yield
        finally:
            self._in_flight[key_id] -= 1

    def _take_token(self, key_id: str) -> None:
        now, capacity = self._clock(), max(1.0, self._max_per_second)
        bucket = self._buckets.setdefault(key_id, TokenBucket(self._max_per_second, capacity, capacity, now))
        if missing_seconds := bucket.take(now):
            # Sent in whole milliseconds: rounded down, the caller would try again too early.
            wait_seconds = math.ceil(missing_seconds * 1000) / 1000
            raise TooManyCalls(
                f"this key begins more calls than the {self._max_per_second:g} a second that are allowed "
                f"(max_calls_per_second_per_key); try again in {wait_seconds:g} seconds",
                retry_after_seconds=wait_seconds,
            )


def keep_apart(request: Any, key_id: str) -> None:
    """Puts the key's id into the id of a request, or of a stream's header, so that keys do not share ids.

    What cannot be an id stays: later checks say what is wrong with it.
    """
    for holder in [request, request.header] if hasattr(request, "header") else [request]:
        given = getattr(holder, "request_id", "")
        if REQUEST_ID.fullmatch(given):
            holder.request_id = request_id_of(key_id, given)


def request_id_of(key_id: str, request_id: str) -> str:
    """The id under which a key's request is stored: the key's id, then its own, or a digest of a long one.

    >>> request_id_of("0a1b2c3d4e5f", "retry-7")
    '0a1b2c3d4e5f:retry-7'
    """
    own = f"{key_id}:{request_id}"
    if len(own) <= MAX_REQUEST_ID_CHARACTERS:
        return own
    return f"{key_id}:sha256:{hashlib.sha256(request_id.encode()).hexdigest()}"
