"""Pictures read from the store when they are needed, the last few kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from vicinal.duplicates.pictures.body import from_bytes
from vicinal.duplicates.pictures.picture import Picture

Bodies = Callable[[Sequence[int]], Sequence[bytes]]
"""Bodies of items, by their positions; empty where there is none."""

# Some 40 KB each: what the candidates of a few items need.
_KEPT = 256


class HeldPictures:
    """Pictures of items, by position. Calls may come from any thread."""

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._kept: OrderedDict[int, Picture | None] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, position: int) -> Picture | None:
        """The picture of an item; None where no body is kept.

        Raises:
            StorageCorrupt: its body is damaged.
        """
        with self._lock:
            if position in self._kept:
                self._kept.move_to_end(position)
                return self._kept[position]
        picture = self.read([position])[0]
        with self._lock:
            self._kept[position] = picture
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return picture

    def read(self, positions: Sequence[int]) -> list[Picture | None]:
        """The pictures of many items, none of which is kept."""
        return [from_bytes(body) if body else None for body in self._bodies(positions)]
