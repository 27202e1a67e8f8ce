"""An index of pictures' features whose words are learned again as it grows, a few pictures at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vicinal.duplicates.pictures.retrieval import SAMPLE, Descriptors, FeatureIndex
from vicinal.duplicates.pictures.vocabulary import learn_vocabulary

# Earlier pictures filed by the newest words for each new one: they are through before words are learnt again.
_MOVED = 2
_GROWTH = 2
_READ_TOGETHER = 64

Earlier = Callable[[Sequence[int]], Sequence[Descriptors]]


@dataclass(frozen=True, eq=False)
class GrowingIndex:
    """Where pictures with like features are found, however many come.

    Words are learnt from the pictures that are there, and again whenever there are twice as many features. New
    pictures are filed by the newest words at once, and with each of them a few of the earlier ones, which are
    looked up by the words before until then: a picture costs the same whatever their number. Growing makes a
    new index, and the one before can be read on.

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
        """Features of pictures drawn by chance, `SAMPLE` of them or all there are."""
        drawn = np.random.default_rng(self.seed).permutation(self.items + len(new)).tolist()
        sample: list[Descriptors] = []
        while drawn and sum(map(len, sample)) < SAMPLE:
            some, drawn = drawn[:_READ_TOGETHER], drawn[_READ_TOGETHER:]
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
