"""Which pictures may be duplicates of one another: those with many like features, in an index that grows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.grouping import Pair
from vicinal.duplicates.images.features import LocalFeatures, VisualVocabulary, learn_vocabulary
from vicinal.duplicates.images.picture import Picture
from vicinal.duplicates.postings import Postings

Descriptors = NDArray[np.uint8]

MOST_CANDIDATES = 30
FEWEST_LIKE = 4
# Of 64 bits; unrelated descriptors of one word differ in about 32.
_MOST_BITS = 20
_WORDS = 2
# A word in more places than this distinguishes nothing, and its list is long.
_MOST_PLACES = 2048
SAMPLE = 500_000
"""Features that words are learnt from, at most."""
_FILED_TOGETHER = 64

# Earlier pictures filed by the newest words for each new one: they are through before words are learnt again.
_MOVED = 2
_GROWTH = 2
_READ_TOGETHER = 64

Earlier = Callable[[Sequence[int]], Sequence[Descriptors]]


class FeatureLookup(Protocol):
    """Where pictures with like features are found."""

    def like(self, descriptors: Descriptors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Positions of pictures, ascending, and how much speaks for each."""
        ...


@dataclass(frozen=True, eq=False)
class FeatureIndex:
    """Pictures' features by their words.

    Attributes:
        vocabulary: the words.
        postings: which pictures have them, with the features' signatures.
    """

    vocabulary: VisualVocabulary
    postings: Postings = field(default_factory=Postings)

    def filed(self, owners: Sequence[int], descriptors: Sequence[Descriptors]) -> "FeatureIndex":
        """With more pictures' features.

        Args:
            owners: position of each picture.
            descriptors: (n, 128) of each.
        """
        postings = self.postings
        for start in range(0, len(owners), _FILED_TOGETHER):
            together = descriptors[start : start + _FILED_TOGETHER]
            words, signatures = self.vocabulary.look_up(np.concatenate(together), 1)
            places = np.array(owners[start : start + _FILED_TOGETHER], dtype=np.int32)
            each = np.repeat(places, [len(picture) for picture in together])
            postings = postings.added(words[:, 0].astype(np.uint64), each, signatures)
        return FeatureIndex(self.vocabulary, postings)

    def like(self, descriptors: Descriptors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Pictures with like features, and how much speaks for each.

        Each feature counts once for a picture, by its best place in it, and the more the fewer pictures
        it is found in.

        Args:
            descriptors: (n, 128) of one picture.

        Returns:
            Positions of the pictures, ascending, and their scores.
        """
        words, signatures = self.vocabulary.look_up(descriptors, _WORDS)
        keys = words.ravel().astype(np.uint64)
        telling = np.where(self.postings.counts(keys) <= _MOST_PLACES, _MOST_PLACES, 0)
        found = self.postings.found(keys, telling)
        if not len(found.owners):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        bits = np.bitwise_count(found.marks[:, 0] ^ signatures.ravel()[found.asked])
        near = np.flatnonzero(bits <= _MOST_BITS)
        return _count_matches(found.asked[near] // _WORDS, found.owners[near], bits[near].astype(np.float64))


def _count_matches(
    features: NDArray[np.intp], owners: NDArray[np.int64], bits: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Sums the features' votes for each owner that has `FEWEST_LIKE` of them."""
    order = np.lexsort((bits, features, owners))
    features, owners, bits = features[order], owners[order], bits[order]
    first = np.ones(len(owners), dtype=bool)
    first[1:] = (owners[1:] != owners[:-1]) | (features[1:] != features[:-1])
    features, owners, bits = features[first], owners[first], bits[first]
    spread = np.bincount(features)[features]
    votes = np.exp(-((bits / 16.0) ** 2)) / np.sqrt(spread)
    unique, inverse, counts = np.unique(owners, return_inverse=True, return_counts=True)
    enough = counts >= FEWEST_LIKE
    scores = np.bincount(inverse, weights=votes, minlength=len(unique)).astype(np.float64)
    return unique[enough], scores[enough]


def candidates(
    index: FeatureLookup, features: LocalFeatures, width: int, eligible: NDArray[np.bool_]
) -> dict[int, float]:
    """The likeliest duplicates of a picture, by position, with their scores; it may be among them.

    It is looked up as it is and mirrored; the cost does not grow with the number of pictures.

    Args:
        index: to look in.
        features: of the picture.
        width: of the picture at `SIDE`, in pixels.
        eligible: (items,) which pictures to name; others are as if they were not there.
    """
    scores: dict[int, float] = {}
    for seen in (features, features.mirrored(width)):
        others, votes = index.like(seen.descriptors)
        others, votes = others[eligible[others]], votes[eligible[others]]
        best = np.argsort(-votes, kind="stable")[: MOST_CANDIDATES + 1]
        for other, vote in zip(others[best].tolist(), votes[best].tolist(), strict=True):
            scores[other] = max(vote, scores.get(other, 0.0))
    return scores


def candidate_pairs(
    index: FeatureLookup,
    pictures: Iterable[tuple[int, Picture | None]],
    eligible: NDArray[np.bool_],
    on_progress: Callable[[int], None],
) -> list[Pair]:
    """Pairs of positions (smaller first) that are worth verifying, the likeliest first.

    Args:
        index: that the pictures are in.
        pictures: with their positions; None where nothing is known of one.
        eligible: (items,) which pictures to pair them with.
        on_progress: called with the number looked up so far.
    """
    scores: dict[Pair, float] = {}
    for done, (position, picture) in enumerate(pictures, start=1):
        if picture is not None:
            for other, score in candidates(index, picture.features, picture.width, eligible).items():
                if other != position:
                    pair = (min(position, other), max(position, other))
                    scores[pair] = max(score, scores.get(pair, 0.0))
        on_progress(done)
    return sorted(scores, key=lambda pair: (-scores[pair], pair))


@dataclass(frozen=True, eq=False)
class GrowingIndex:
    """Where pictures with like features are found, however many come.

    Words are learnt from the pictures that are there, and again whenever there are twice as many features.
    New pictures are filed by the newest words at once, and with each of them a few of the earlier ones, which
    are looked up by the words before until then: a picture costs the same whatever their number. Growing
    makes a new index, and the one before can be read on.

    Attributes:
        items: pictures that are there.
        features: of all of them.
        newest: pictures below `moved` and from `until` on; None before the first feature.
        before: pictures below `until`; None where all were moved.
        learnt_on: how many features there were when the newest words were learnt.
        seed: the same pictures in the same steps give the same index.
    """

    seed: int
    items: int = 0
    features: int = 0
    newest: FeatureIndex | None = None
    before: FeatureIndex | None = None
    moved: int = 0
    until: int = 0
    learnt_on: int = 0

    def __len__(self) -> int:
        return self.items

    def like(self, descriptors: Descriptors) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """As `FeatureIndex.like`."""
        if self.newest is None or not len(descriptors):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64)
        owners, votes = self.newest.like(descriptors)
        if self.before is None:
            return owners, votes
        early, early_votes = self.before.like(descriptors)
        unmoved = early >= self.moved
        owners, votes = np.append(early[unmoved], owners), np.append(early_votes[unmoved], votes)
        order = np.argsort(owners, kind="stable")
        return owners[order], votes[order]

    def grown(self, new: Sequence[Descriptors], earlier: Earlier) -> "GrowingIndex":
        """With the next pictures.

        Args:
            new: (n, 128) of each.
            earlier: descriptors of pictures that are there, by their positions.
        """
        features = self.features + sum(map(len, new))
        is_due = features >= _GROWTH * max(self.learnt_on, 1)
        index = self._with_new_words(new, features, earlier) if is_due else self
        if index.newest is not None:
            filed = index.newest.filed(range(self.items, self.items + len(new)), new)
            index = replace(index, newest=filed)
        grown = replace(index, items=self.items + len(new), features=features)
        return grown._with_moved(_MOVED * len(new), earlier)

    def _with_new_words(self, new: Sequence[Descriptors], features: int, earlier: Earlier) -> "GrowingIndex":
        """With words of all pictures, by which none is filed yet."""
        through = self._with_moved(self.until, earlier)
        vocabulary = learn_vocabulary(self._sample(new, earlier), features, self.seed)
        return replace(
            self,
            newest=FeatureIndex(vocabulary),
            before=through.newest,
            moved=0 if through.newest else self.items,
            until=self.items,
            learnt_on=features,
        )

    def _sample(self, new: Sequence[Descriptors], earlier: Earlier) -> Descriptors:
        """Features of pictures sampled at random, `SAMPLE` of them or all there are."""
        sampled = np.random.default_rng(self.seed).permutation(self.items + len(new)).tolist()
        sample: list[Descriptors] = []
        while sampled and sum(map(len, sample)) < SAMPLE:
            some, sampled = sampled[:_READ_TOGETHER], sampled[_READ_TOGETHER:]
            sample += earlier([each for each in some if each < self.items])
            sample += [new[each - self.items] for each in some if each >= self.items]
        return np.concatenate(sample)

    def _with_moved(self, most: int, earlier: Earlier) -> "GrowingIndex":
        """With as many more earlier pictures filed by the newest words."""
        if self.before is None or self.newest is None:
            return self
        end = min(self.until, self.moved + most)
        positions = range(self.moved, end)
        newest = self.newest.filed(positions, earlier(positions))
        before = None if end == self.until else self.before
        return replace(self, newest=newest, before=before, moved=end)
