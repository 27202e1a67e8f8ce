"""What a pool needs to find duplicates among its items; `vicinal.duplicates` has one for each medium."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import FoundGroup, Match, Sketch
from vicinal.core.records import RawContent

MOST_EXACT = 16
"""Exact duplicates that are named of one content: thousands of blank pages tell no more than a few of them."""


class DuplicateFinder(Protocol):
    """Duplicates among the items of one pool, by what is kept of each. Calls may come from any thread."""

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """What to keep of a content; for a pool of plain vectors, of a prepared (d,) vector.

        Raises:
            ContentUnreadable: it cannot be read.
        """
        ...

    def __len__(self) -> int:
        """How many items were taken in."""
        ...

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the sketches of the pool's next items, in their order.

        Items whose sketch is not known, since they came as vectors, have one without digest and body.
        """
        ...

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a content is a duplicate of, the likeliest first; exact duplicates before others.

        Of items that are exact duplicates of one another only the first `MOST_EXACT` are named.

        Args:
            sketch: of the content.
            nearest: positions of items to try too, whatever the finder thinks of them.
        """
        ...

    def compared(self, sketch: Sketch, positions: Sequence[int]) -> list[Match]:
        """Those of some items that a content is a duplicate of, in the order of `positions`."""
        ...

    def is_exact(self, sketch: Sketch, position: int) -> bool:
        """Whether a content is an exact duplicate of an item."""
        ...

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the content of the second; None where they are no copies."""
        ...

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: Callable[[str, int, int], None],
    ) -> list[FoundGroup]:
        """All groups of duplicates among some of the items, by the position of the representative.

        May take minutes; other calls go on meanwhile. Of the members of a group in `keep` the first by
        position is kept, so that what was chosen before stays; else the likely original, or the most central.

        Args:
            positions: of the items to group, ascending.
            keep: of those to keep rather than others.
            on_progress: called with the step, how much of it is done, and how much there is.
        """
        ...
