"""Time as the pools see it."""

import time


class SystemClock:
    """The machine's wall clock."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()
