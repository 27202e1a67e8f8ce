"""Whether two vectors are near enough to each other to be duplicates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import DuplicateKind, Evidence, Match
from vicinal.core.near_duplicates import distances
from vicinal.core.similarity import Metric, pair_similarity
from vicinal.duplicates.evidence import SAME_VECTOR
from vicinal.duplicates.joining import Pair

_KINDS = ("nearly identical vector",)


@dataclass(frozen=True)
class NearPair:
    """How near two vectors are.

    Attributes:
        similarity: under the pool's metric.
        distance: Euclidean, between the prepared vectors.
    """

    similarity: float
    distance: float

    def match(self, position: int) -> Match:
        """With the item at this position."""
        similarity = round(min(max(self.similarity, 0.0), 1.0), 6)
        return Match(position, DuplicateKind.DUPLICATE, Evidence(similarity, kinds=_KINDS))


def near_pair(first: Vectors, second: Vectors, metric: Metric) -> NearPair:
    """How near two prepared (d,) vectors are."""
    similarity = pair_similarity(first[None], second[None], metric)
    return NearPair(float(similarity[0]), float(distances(similarity, metric)[0]))


@dataclass(frozen=True, eq=False)
class VectorJudge:
    """Of the pairs of one search for groups.

    Attributes:
        near: how near two items are, by position.
        is_exact: whether two items are identical.
        reach: how near a duplicate of each item has to be, by the position of the first that is identical.
        first_of: that first one, by position.
    """

    near: Callable[[int, int], NearPair]
    is_exact: Callable[[int, int], bool]
    reach: Mapping[int, float]
    first_of: Mapping[int, int]

    def agrees(self, pair: Pair) -> bool:
        """Whether each is within the other's reach."""
        return self._agreeing(*pair) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the second, identical ones among them."""
        if self.is_exact(first, second):
            return Match(first, DuplicateKind.DUPLICATE, SAME_VECTOR)
        found = self._agreeing(first, second)
        return None if found is None else found.match(first)

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The most central one, since nothing else tells."""
        del firsts, members
        return central

    def _agreeing(self, first: int, second: int) -> NearPair | None:
        reach = min(self.reach.get(self.first_of[each], 0.0) for each in (first, second))
        if not reach:
            return None
        found = self.near(first, second)
        return found if found.distance <= reach else None
