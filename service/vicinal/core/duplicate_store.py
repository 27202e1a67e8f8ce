"""What a pool's store keeps of duplicates; a part of `ports.PoolStore`."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from vicinal.core.duplicates import DuplicateRecord, Sketch


class DuplicateStore(Protocol):
    """Reads back what `PoolStore.append_items` and `PoolStore.commit` wrote of duplicates."""

    def duplicates(self) -> Sequence[DuplicateRecord]:
        """Duplicates put and not dropped, by item id."""
        ...

    def sketches(self) -> Iterator[Sketch]:
        """Of every item, in the order of `items()`; one without digest and body where none was given."""
        ...

    def bodies(self, positions: Sequence[int]) -> Sequence[bytes]:
        """Of the sketches of items, by their places in `items()`; empty where there is none."""
        ...
