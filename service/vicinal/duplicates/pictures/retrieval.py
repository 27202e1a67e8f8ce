"""Which pictures may be copies of one another: those with many like features."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.pictures.local_features import LocalFeatures
from vicinal.duplicates.pictures.vocabulary import Vocabulary, learn_vocabulary

MOST_CANDIDATES = 30
FEWEST_LIKE = 4
# Of 64 bits; unrelated descriptors of one word differ in about 32.
_MOST_BITS = 20
_WORDS = 2
# What stands in more places than this tells nothing, and would cost much.
_MOST_PLACES = 2048
_SAMPLE = 500_000
_FILED_TOGETHER = 64


@dataclass(frozen=True, eq=False)
class FeatureIndex:
    """All pictures' features by their words.

    Attributes:
        vocabulary: the words.
        starts: (words + 1,) where each word's places begin.
        owners: (places,) int32, position of the picture.
        signatures: (places,) uint64.
    """

    vocabulary: Vocabulary
    starts: NDArray[np.int64]
    owners: NDArray[np.int32]
    signatures: NDArray[np.uint64]

    def like(self, descriptors: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Pictures with like features, and how much speaks for each.

        Each feature counts once for a picture, by its best place in it, and the more the fewer pictures
        it is found in.

        Args:
            descriptors: (n, 128) of one picture.

        Returns:
            Positions of the pictures, ascending, and their scores.
        """
        words, signatures = self.vocabulary.look_up(descriptors, _WORDS)
        begins, ends = self.starts[words.ravel()], self.starts[words.ravel() + 1]
        lengths = np.where(ends - begins <= _MOST_PLACES, ends - begins, 0)
        asked = np.repeat(np.arange(words.size), lengths)
        places = np.arange(lengths.sum()) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
        bits = np.bitwise_count(self.signatures[places] ^ signatures.ravel()[asked])
        near = np.flatnonzero(bits <= _MOST_BITS)
        features, owners = asked[near] // _WORDS, self.owners[places[near]].astype(np.int64)
        return _tally(features, owners, bits[near].astype(np.float64))


def _tally(
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


def index_features(pictures: Sequence[LocalFeatures], seed: int) -> FeatureIndex:
    """Learns words from the pictures themselves and files all their features."""
    counts = np.array([len(each) for each in pictures], dtype=np.int64)
    vocabulary = learn_vocabulary(_sample(pictures, counts, seed), int(counts.sum()), seed)
    words, signatures = (np.concatenate(parts) for parts in zip(*_filed(pictures, vocabulary), strict=True))
    order = np.argsort(words, kind="stable")
    starts = np.searchsorted(words[order], np.arange(vocabulary.size + 1))
    owners = np.repeat(np.arange(len(pictures), dtype=np.int32), counts)
    return FeatureIndex(vocabulary, starts, owners[order], signatures[order])


def _filed(
    pictures: Sequence[LocalFeatures], vocabulary: Vocabulary
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
    for start in range(0, len(pictures), _FILED_TOGETHER):
        together = [each.descriptors for each in pictures[start : start + _FILED_TOGETHER]]
        words, signatures = vocabulary.look_up(np.concatenate(together), 1)
        yield words[:, 0], signatures[:, 0]


def _sample(pictures: Sequence[LocalFeatures], counts: NDArray[np.int64], seed: int) -> NDArray[np.uint8]:
    """Features of pictures drawn by chance, at most `_SAMPLE`."""
    drawn = np.random.default_rng(seed).permutation(len(pictures))
    enough = int(np.searchsorted(np.cumsum(counts[drawn]), _SAMPLE)) + 1
    return np.concatenate([pictures[each].descriptors for each in drawn[:enough]])


def candidate_pairs(
    pictures: Sequence[LocalFeatures],
    widths: Sequence[int],
    seed: int,
    on_progress: Callable[[int], None],
    *,
    known: int = 0,
) -> list[tuple[int, int]]:
    """Pairs of positions (smaller first) that are worth verifying, the likeliest first.

    Each picture is looked up as it is and mirrored; the cost of one does not grow with their number.

    Args:
        pictures: features of each.
        widths: of each picture, in pixels, for mirroring.
        seed: for the words.
        on_progress: called with the number looked up so far.
        known: so many pictures at the beginning are not looked up, only found.
    """
    if not sum(map(len, pictures)):
        return []
    index = index_features(pictures, seed)
    scores: dict[tuple[int, int], float] = {}
    for position in range(known, len(pictures)):
        for seen in (pictures[position], pictures[position].mirrored(widths[position])):
            others, votes = index.like(seen.descriptors)
            best = np.argsort(-votes, kind="stable")[: MOST_CANDIDATES + 1]
            for other, vote in zip(others[best].tolist(), votes[best].tolist(), strict=True):
                if other != position:
                    pair = (min(position, other), max(position, other))
                    scores[pair] = max(vote, scores.get(pair, 0.0))
        on_progress(position - known + 1)
    return sorted(scores, key=lambda pair: (-scores[pair], pair))
