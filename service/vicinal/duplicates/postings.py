"""Which items hold which keys: sorted lists that grow at a cost that hardly depends on how much they hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class PostingHits:
    """The places of keys that were looked up.

    Attributes:
        asked: (n,) which of the keys, ascending within a block of the lists.
        owners: (n,) int64, the item.
        marks: (n, m) uint64, what was filed with it.
    """

    asked: NDArray[np.int64]
    owners: NDArray[np.int64]
    marks: NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class PostingBlock:
    """Keys in order, and the places of each.

    Attributes:
        keys: (u,) uint64, ascending, each once.
        starts: (u + 1,) int32, where each one's places begin.
        owners: (n,) int32.
        marks: (n, m) uint64.
    """

    keys: NDArray[np.uint64]
    starts: NDArray[np.int32]
    owners: NDArray[np.int32]
    marks: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def all_keys(self) -> NDArray[np.uint64]:
        """(n,) uint64, the key of each place."""
        return np.repeat(self.keys, np.diff(self.starts))

    def span(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the places of each key begin, and how many there are."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        begins = self.starts[rows].astype(np.int64)
        lengths = np.where(self.keys[rows] == keys, self.starts[rows + 1] - begins, 0)
        return begins, lengths.astype(np.int64)


@dataclass(frozen=True, eq=False)
class Postings:
    """Items by the keys that they hold; what is added makes new postings, so that old ones can be read on.

    New places come as a block of their own; a block is joined with the one before it unless that is at least
    twice as large. A place is thus moved as often as the number of places has binary digits, at most.

    Attributes:
        blocks: the largest first.
    """

    blocks: tuple[PostingBlock, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def added(
        self, keys: NDArray[np.uint64], owners: NDArray[np.int32], marks: NDArray[np.uint64]
    ) -> "Postings":
        """These and more places.

        Args:
            keys: (n,) of each place.
            owners: (n,) items.
            marks: (n, m) stored with them; m is the same for all.
        """
        if not len(keys):
            return self
        blocks = [*self.blocks, _block(keys, owners, marks)]
        while len(blocks) > 1 and len(blocks[-2]) < 2 * len(blocks[-1]):
            blocks[-2:] = [_joined(blocks[-2:])]
        return Postings(tuple(blocks))

    def counts(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """(n,) the number of places of each key."""
        counts = np.zeros(len(keys), dtype=np.int64)
        for block in self.blocks:
            counts += block.span(keys)[1]
        return counts

    def found(self, keys: NDArray[np.uint64], most: NDArray[np.int64]) -> PostingHits:
        """The places of keys.

        Args:
            keys: (n,) to look up.
            most: (n,) how many places of each key to take from each block; 0 passes it over.
        """
        parts = [_taken(block, keys, most) for block in self.blocks]
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return PostingHits(none, none, np.empty((0, 0), dtype=np.uint64))
        return PostingHits(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def whole(self) -> PostingBlock:
        """All places as one block."""
        if not self.blocks:
            return _block(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty((0, 0), np.uint64))
        return _joined(self.blocks)


def _block(keys: NDArray[np.uint64], owners: NDArray[np.int32], marks: NDArray[np.uint64]) -> PostingBlock:
    order = np.argsort(keys, kind="stable")
    unique, counts = np.unique(keys[order], return_counts=True)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return PostingBlock(unique, starts, owners[order], marks[order])


def _joined(blocks: "tuple[PostingBlock, ...] | list[PostingBlock]") -> PostingBlock:
    if len(blocks) == 1:
        return blocks[0]
    return _block(
        np.concatenate([block.all_keys for block in blocks]),
        np.concatenate([block.owners for block in blocks]),
        np.concatenate([block.marks for block in blocks]),
    )


def _taken(
    block: PostingBlock, keys: NDArray[np.uint64], most: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    begins, lengths = block.span(keys)
    lengths = np.minimum(lengths, most)
    asked = np.repeat(np.arange(len(keys), dtype=np.int64), lengths)
    places = np.arange(lengths.sum()) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
    return asked, block.owners[places].astype(np.int64), block.marks[places]
