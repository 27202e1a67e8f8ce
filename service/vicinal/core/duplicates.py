"""How near two items must be to be duplicates, which labels duplicates carry, and the ports of finders."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.core.arrays import Vectors
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import DuplicateRecord, FoundGroup, Match, Neighbours, RawContent, Sketch
from vicinal.records.pool_options import Metric
from vicinal.records.pools import Medium

Bodies = Callable[[Sequence[int]], Sequence[bytes]]
"""Gives the bodies of the sketches of items, by position."""

OnProgress = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and how much there is; 0 where that is not known."""

WRONG_PAIRS = 0.05
"""Pairs that a pool without any duplicates is expected to have called duplicates, all in all."""
FEWEST_NEIGHBOURS = 10
"""Neighbours that an item must have for its surroundings to be known."""
MOST_SHARE = 0.6
"""Of the distance of the last neighbour: where there are many dimensions all distances are much the same."""
# Similarities are rounded to float32: where all are nearer than this, duplicates and neighbours look the
# same.
_LEAST_REACH = {Metric.COSINE: 1e-3, Metric.EUCLIDEAN: 1e-6}

MOST_EXACT = 16
"""Exact duplicates that are named of one content: of thousands of blank pages, a few are enough."""


def find_pool_medium(config: PoolConfig) -> Medium:
    """What a pool's items are; vectors where no featurizer makes them."""
    return Medium.VECTOR if config.fingerprint is None else config.fingerprint.medium


def inherits_label(record: DuplicateRecord, medium: Medium, *, is_same_content: bool) -> bool:
    """Whether a duplicate gets the label of its representative.

    An edited or turned picture shows the same thing. Texts and vectors must be identical: one changed word
    can reverse what a text says, and two similar vectors can have different labels.

    Args:
        record: of the duplicate.
        medium: of the pool's items.
        is_same_content: the two items came with the very same content.
    """
    is_same = record.evidence.is_identical and record.compared_with == record.representative_id
    return not record.is_restored and (medium is Medium.IMAGE or is_same_content or is_same)


def convert_to_distances(similarities: NDArray[np.float32], metric: Metric) -> NDArray[np.float64]:
    """Euclidean distances between prepared vectors, from their similarities.

    Args:
        similarities: of any shape; -inf where there is no neighbour.
        metric: cosine: the distance of the unit vectors.

    Returns:
        float64 of the same shape, infinite where there is no neighbour.

    >>> convert_to_distances(np.float32([1.0, 0.5, -np.inf]), Metric.COSINE).tolist()
    [0.0, 1.0, inf]
    """
    values = similarities.astype(np.float64)
    with np.errstate(divide="ignore"):
        if metric is Metric.COSINE:
            return np.asarray(np.sqrt(np.maximum(2.0 - 2.0 * values, 0.0)))
        return np.where(values > 0, 1.0 / np.where(values > 0, values, 1.0) - 1.0, np.inf)


def measure_distance_growth(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measures how fast distances grow around items: log of the last distance over the middle one.

    The nearer half is left out, since duplicates are in it.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first, without the item itself.

    Returns:
        (n,) from 0; NaN where there is no last neighbour, or half of them are identical to the item.
    """
    if spread.shape[1] < FEWEST_NEIGHBOURS:
        return np.full(len(spread), np.nan)
    last, half = spread[:, -1], spread[:, spread.shape[1] // 2 - 1]
    known = np.isfinite(last) & (half > 0)
    growth = np.full(len(spread), np.nan)
    growth[known] = np.log(last[known] / half[known])
    return growth


def compute_duplicate_reach(
    spread: NDArray[np.float64], growth: NDArray[np.float64], items: int, metric: Metric
) -> NDArray[np.float64]:
    """Computes the reach of each item: the distance within which another item can be its duplicate.

    Two items are duplicates if each is within the reach of the other. The reach depends on the intrinsic
    dimension of the data around the item, which is estimated from the growth of distances (E. Levina and
    P. Bickel, "Maximum likelihood estimation of intrinsic dimension", 2004). The estimate is the median over
    the item's neighbours, since one list of distances is too noisy.

    Args:
        spread: (n, K) distances to the K nearest neighbours, nearest first, without the item itself.
        growth: (n, K) the `measure_distance_growth` of each of these neighbours; NaN where it is not known.
        items: of the pool.
        metric: of the pool; how finely similarities resolve distances depends on it.

    Returns:
        (n,) float64; 0 where only identical items are duplicates: there are fewer than `FEWEST_NEIGHBOURS`
        neighbours, nothing is known of what lies around them, or distances are too small to be distinguished.
    """
    reach = np.zeros(len(spread))
    count = spread.shape[1]
    if count < FEWEST_NEIGHBOURS:
        return reach
    known = np.isfinite(growth).any(axis=1) & np.isfinite(spread[:, -1])
    outward = np.nanmedian(growth[known], axis=1)
    # 1 over the dimension, of which there is at least one.
    power = np.minimum(outward / np.log(count / (count // 2)), 1.0)
    share = (2 * WRONG_PAIRS / (max(items, 1) * (count - 1))) ** power
    reach[known] = spread[known, -1] * np.minimum(share, MOST_SHARE)
    reach[reach < _LEAST_REACH[metric]] = 0.0
    return reach


class DuplicateFinder(Protocol):
    """Duplicates among the items of one pool, by the sketch of each. Calls may come from any thread."""

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """What to keep of a content; for a pool of plain vectors, of a prepared (d,) vector.

        Raises:
            ContentUnreadable: it cannot be read.
        """
        ...

    def __len__(self) -> int:
        """How many items the finder has."""
        ...

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Adds the sketches of the pool's next items, in their order.

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
        """The match of the first item with the content of the second; None where they are no duplicates."""
        ...

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: OnProgress,
    ) -> list[FoundGroup]:
        """All groups of duplicates among some of the items, by the position of the representative.

        The call can take minutes; it blocks no other call. The representative is the first member in `keep`,
        so that an earlier choice stays. Without one it is the likely original, or the most central member.

        Args:
            positions: of the items to group, ascending.
            keep: of those that are representatives rather than others.
            on_progress: called with the step, how much of it is done, and how much there is.
        """
        ...


@dataclass(frozen=True)
class FinderSource:
    """A pool as its finder sees it. Calls may come from any thread.

    Attributes:
        bodies: of the sketches of items, by position; of a pool of plain vectors the rows as
            little-endian float32.
        neighbours: each item's nearest others, of the pool's first items; None until they are known.
        nearest: the pool items most similar to (n, d) prepared vectors, and how many of them are wanted.
    """

    bodies: Bodies
    neighbours: Callable[[], Neighbours | None]
    nearest: Callable[[Vectors, int], Neighbours]


MakeFinder = Callable[[PoolConfig, FinderSource], DuplicateFinder]
"""Makes an empty finder for a pool that looks for duplicates."""


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
