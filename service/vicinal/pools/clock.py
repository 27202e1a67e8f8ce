"""Time as the pools see it: the clock, and whether a caller still waits."""

import time
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from vicinal.core.errors import CallEnded


def moment_of(seconds: float) -> datetime | None:
    """Seconds since the epoch as a time in UTC; None for 0, which stands for never.

    >>> moment_of(1.5).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()


@dataclass
class Deadline:
    """How long the caller of some work waits for it.

    Attributes:
        ends_at: by `time.monotonic`; None is as long as it takes.
        is_cancelled: whether the caller has gone away before.
    """

    ends_at: float | None = None
    is_cancelled: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the caller still waits."""
        return not self.is_cancelled and (self.ends_at is None or time.monotonic() < self.ends_at)


# That of the work at hand; None waits as long as it takes.
current_deadline: ContextVar[Deadline | None] = ContextVar("vicinal_deadline", default=None)


def check() -> None:
    """Ends work that nobody waits for; to be called where nothing has been changed yet.

    Raises:
        CallEnded: the deadline of the call passed, or it was cancelled.
    """
    deadline = current_deadline.get()
    if deadline is not None and not deadline.is_open:
        raise CallEnded("nobody waits for this call any more: its deadline passed, or it was cancelled")
