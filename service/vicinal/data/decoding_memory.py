"""How much memory all decoders of a process may hold at the same time."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class DecodingMemory:
    """Bytes that decoders share. Those that find too few wait, in the order in which they came.

    Calls may come from any thread. A thread that holds some must not ask for more.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._held = 0

    @property
    def held_bytes(self) -> int:
        """What the decoders at work hold together."""
        with self._changed:
            return self._held

    @contextmanager
    def take(self, needed_bytes: int, total_bytes: int) -> Iterator[None]:
        """Holds some bytes as long as the block runs; waits until they are free.

        Args:
            needed_bytes: of one image. One that needs more than all waits until nobody else holds any.
            total_bytes: what all may hold together.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: (
                        self._waiting[0] is ticket
                        and (not self._held or self._held + needed_bytes <= total_bytes)
                    )
                )
                self._held += needed_bytes
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held -= needed_bytes
                self._changed.notify_all()
