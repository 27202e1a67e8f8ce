"""Files that are read again when they change, and kept as they were when the new ones are broken."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from vicinal.core.errors import VicinalError

T = TypeVar("T")
Stamp = tuple[int, int, int] | None

# Looking at a file costs microseconds; a second is soon enough for a key that was revoked.
CHECK_SECONDS = 1.0

log = logging.getLogger("vicinal.server.security")


class Reloaded(Generic[T]):
    """What files hold, as they are now. Calls may come from any thread.

    Args:
        paths: the files.
        load: reads them; raises VicinalError where they are of no use.
        clock: monotonic seconds.

    Raises:
        VicinalError: the first reading failed.
    """

    def __init__(
        self, paths: Sequence[Path], load: Callable[[], T], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._paths = tuple(paths)
        self._load = load
        self._clock = clock
        self._lock = Lock()
        self._stamps = self._stamped()
        self._value = load()
        self._checked_at = clock()

    def current(self) -> T:
        """What they hold; looked at once a second at most. Broken ones change nothing but the log."""
        with self._lock:
            now = self._clock()
            if now - self._checked_at >= CHECK_SECONDS:
                self._checked_at = now
                self._read_if_changed()
            return self._value

    def _read_if_changed(self) -> None:
        # Stamped before it is read: what changes in between is read once more.
        stamps = self._stamped()
        if stamps == self._stamps:
            return
        self._stamps = stamps
        names = ", ".join(map(str, self._paths))
        try:
            self._value = self._load()
        except VicinalError as error:
            log.error("%s changed, cannot be used, and stays in force as it was: %s", names, error.message)
        else:
            log.info("%s changed and is in force", names)

    def _stamped(self) -> tuple[Stamp, ...]:
        return tuple(_stamp(path) for path in self._paths)


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
