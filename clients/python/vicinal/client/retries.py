"""When a failed call is worth another try, and how long to wait before it."""

import random
import time
from dataclasses import dataclass, field
from typing import Final

from vicinal.client.errors import ResourceExhaustedError, UnavailableError, VicinalClientError

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 5.0

# Jitter exists to keep clients apart: a seed would bring them together.
_jitter = random.SystemRandom()


@dataclass
class Attempts:
    """The tries of one call, within its time limit.

    A try is repeated only when the server did not take it up (unavailable) or asks for a later one
    (resource exhausted, with a retry delay). Pauses double from `FIRST_PAUSE_SECONDS` on, each cut
    by a random part of up to a half.

    Attributes:
        timeout_seconds: for all tries and pauses together.
        retries: tries after the first.
    """

    timeout_seconds: float
    retries: int
    _failed: int = field(default=0, init=False)
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.timeout_seconds

    @property
    def remaining_seconds(self) -> float:
        """What is left of the time limit, not below 0."""
        return max(self._ends_at - time.monotonic(), 0.0)

    def pause_after(self, error: VicinalClientError) -> float:
        """Seconds to wait before the next try.

        Raises:
            VicinalClientError: the error itself, if there is to be no next try.
        """
        asked_seconds = error.retry_after_seconds
        is_passing = isinstance(error, UnavailableError) or (
            isinstance(error, ResourceExhaustedError) and asked_seconds is not None
        )
        if not is_passing or self._failed >= self.retries:
            raise error
        pause_seconds = min(FIRST_PAUSE_SECONDS * 2.0**self._failed, LONGEST_PAUSE_SECONDS)
        pause_seconds = max(pause_seconds * _jitter.uniform(0.5, 1.0), asked_seconds or 0.0)
        if pause_seconds >= self.remaining_seconds:
            raise error
        self._failed += 1
        return pause_seconds
