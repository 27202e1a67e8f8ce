"""What a finder of duplicates may ask of the pool whose items it searches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vicinal.core.arrays import Vectors
from vicinal.core.duplicate_finder import DuplicateFinder
from vicinal.core.records import Neighbours, PoolConfig


@dataclass(frozen=True)
class FinderSource:
    """A pool as its finder sees it. Calls may come from any thread.

    Attributes:
        bodies: of the sketches of items, by position; of a pool of plain vectors the rows as
            little-endian float32.
        neighbours: each item's nearest others, of the pool's first items; None until they are known.
        nearest: the pool items most similar to (n, d) prepared vectors, and how many of them are wanted.
    """

    bodies: Callable[[Sequence[int]], Sequence[bytes]]
    neighbours: Callable[[], Neighbours | None]
    nearest: Callable[[Vectors, int], Neighbours]


MakeFinder = Callable[[PoolConfig, FinderSource], DuplicateFinder]
"""Makes an empty finder for a pool that does not keep its duplicates."""
