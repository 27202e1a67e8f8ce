"""Which pictures may be duplicates of one another: those with many like features."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.joining import Pair
from vicinal.duplicates.pictures.local_features import LocalFeatures
from vicinal.duplicates.pictures.picture import Picture
from vicinal.duplicates.pictures.vocabulary import VisualVocabulary
from vicinal.duplicates.postings import Postings

Descriptors = NDArray[np.uint8]

MOST_CANDIDATES = 30
FEWEST_LIKE = 4
# Of 64 bits; unrelated descriptors of one word differ in about 32.
_MOST_BITS = 20
_WORDS = 2
# What stands in more places than this tells nothing, and would cost much.
_MOST_PLACES = 2048
SAMPLE = 500_000
"""Features that words are learnt from, at most."""
_FILED_TOGETHER = 64


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
    """The likeliest pictures that may be duplicates of one, by position, with their scores; it may be among them.

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
