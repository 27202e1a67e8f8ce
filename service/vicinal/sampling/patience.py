"""Whether somebody still waits for the work of this thread; long work asks between its steps."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from vicinal.core.errors import CallEnded


@dataclass
class Patience:
    """How long the caller of some work waits for it.

    Attributes:
        ends_at: by `time.monotonic`; None is as long as it takes.
        given_up: whether the caller has gone away before.
    """

    ends_at: float | None = None
    given_up: bool = False

    @property
    def lasts(self) -> bool:
        """Whether the caller still waits."""
        return not self.given_up and (self.ends_at is None or time.monotonic() < self.ends_at)


# That of the work at hand; None waits as long as it takes.
current_patience: ContextVar[Patience | None] = ContextVar("vicinal_patience", default=None)


def check() -> None:
    """Ends work that nobody waits for; to be called where nothing has been changed yet.

    Raises:
        CallEnded: the deadline of the call passed, or it was cancelled.
    """
    patience = current_patience.get()
    if patience is not None and not patience.lasts:
        raise CallEnded("nobody waits for this call any more: its deadline passed, or it was cancelled")
