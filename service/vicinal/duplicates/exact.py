"""Exact duplicates: items that share a digest of their bytes, pixels or normalised texts, as a pool grows."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import sha256
from heapq import merge
from itertools import groupby, islice

from vicinal.records.duplicates import DuplicateEvidence

SAME_BYTES = DuplicateEvidence(1.0, kinds=("identical file",))
SAME_PIXELS = DuplicateEvidence(1.0, kinds=("identical pixels",))
IDENTICAL_TEXT = DuplicateEvidence(1.0, kinds=("identical text",), is_identical=True)
SAME_TEXT = DuplicateEvidence(1.0, kinds=("identical but for white space",), is_identical=True)
SAME_MESSAGE = DuplicateEvidence(1.0, kinds=("same message",))
SAME_VECTOR = DuplicateEvidence(1.0, kinds=("identical vector",))

NOWHERE = -1
_SHA256_DIGITS = 64


def content_digest(content: bytes | str) -> str:
    """SHA-256 of the bytes, or of a text's UTF-8, as 64 hexadecimal digits.

    >>> content_digest(b"a") == content_digest("a")
    True
    """
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def group_by_key(keys: Sequence[Hashable]) -> dict[int, list[int]]:
    """Positions with the same key, under the first of them; keys that stand alone, too.

    >>> group_by_key(["a", "b", "a"])
    {0: [0, 2], 1: [1]}
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        places[key].append(position)
    return {positions[0]: positions for positions in places.values()}


class ExactDuplicates:
    """Which items share digests. Digests of one kind stand at the same place in every sketch, its level.

    An item keeps, for each level, the first item with the same digest: a few bytes. Items that share a digest
    of one level share those of all later levels.
    """

    def __init__(self) -> None:
        self._items = 0
        self._first: dict[bytes, int] = {}
        self._firsts: list[array[int]] = []
        self._others: defaultdict[tuple[int, int], list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return self._items

    def add(self, digests: Sequence[str]) -> None:
        """Takes the next item in; one without digests is like no other."""
        position = self._items
        while len(self._firsts) < len(digests):
            self._firsts.append(array("i", [NOWHERE]) * position)
        for level, firsts in enumerate(self._firsts):
            firsts.append(self._filed(digests[level], level, position) if level < len(digests) else NOWHERE)
        self._items += 1

    def _filed(self, digest: str, level: int, position: int) -> int:
        first = self._first.setdefault(_key(level, digest), position)
        if first != position:
            self._others[level, first].append(position)
        return first

    def holders(self, digests: Sequence[str], most: int) -> dict[int, int]:
        """Items that share a digest, with its level; those of the first level first, then by position.

        Args:
            digests: of a content.
            most: so many are named; what they cost does not depend on how many there are.
        """
        found: dict[int, int] = {}
        for level, digest in enumerate(digests):
            first = self._first.get(_key(level, digest))
            others = () if first is None else (first, *self._others.get((level, first), ())[: most - 1])
            for position in others:
                if len(found) == most:
                    return found
                found.setdefault(position, level)
        return found

    def level_of(self, digests: Sequence[str], position: int) -> int | None:
        """The first level at which an item shares one of the digests; None where it shares none."""
        for level, (digest, firsts) in enumerate(zip(digests, self._firsts, strict=False)):
            if 0 <= position < self._items and firsts[position] == self._first.get(_key(level, digest)):
                return level
        return None

    def find_first_match(self, digests: Sequence[str]) -> int | None:
        """The first item that is an exact duplicate of a content; None where there is none."""
        found = (self._first.get(_key(level, digest)) for level, digest in enumerate(digests))
        return min((each for each in found if each is not None), default=None)

    def first_of(self, position: int) -> int:
        """The first item that is an exact duplicate of this one; mostly itself."""
        same = (firsts[position] for firsts in self._firsts)
        return min((each for each in same if each != NOWHERE), default=position)

    def list_exact_duplicates(self, first: int, most: int) -> list[int]:
        """The first of some exact duplicates, and the next ones, `most` items in all."""
        levels = (self._others.get((level, first), ()) for level in range(len(self._firsts)))
        return [first, *islice((each for each, _ in groupby(merge(*levels))), most - 1)]

    def are_new(self, sketches: Sequence[Sequence[str]]) -> list[bool]:
        """Which of the next items, by their digests, are like none that is there or comes before them."""
        seen: set[bytes] = set()
        new = []
        for digests in sketches:
            keys = {_key(level, digest) for level, digest in enumerate(digests)}
            new.append(seen.isdisjoint(keys) and self._first.keys().isdisjoint(keys))
            seen |= keys
        return new

    def knows(self, position: int) -> bool:
        """Whether an item has a digest."""
        return any(firsts[position] != NOWHERE for firsts in self._firsts)

    def level(self, first: int, second: int) -> int | None:
        """The first level at which two items share a digest; None where they share none."""
        for level, firsts in enumerate(self._firsts):
            if firsts[first] == firsts[second] != NOWHERE:
                return level
        return None

    def exact_duplicates(self, positions: Iterable[int]) -> dict[int, list[int]]:
        """The items by the first of them that each is an exact duplicate of; those that stand alone, too."""
        found: dict[int, list[int]] = {}
        first_with: dict[tuple[int, int], int] = {}
        for position in positions:
            keys = [
                (level, firsts[position])
                for level, firsts in enumerate(self._firsts)
                if firsts[position] != NOWHERE
            ]
            first = min((first_with[key] for key in keys if key in first_with), default=position)
            for key in keys:
                first_with.setdefault(key, first)
            found.setdefault(first, []).append(position)
        return found


def _key(level: int, digest: str) -> bytes:
    """The level and the digest, in fewer bytes: no two digests have the same."""
    if len(digest) == _SHA256_DIGITS:
        try:
            return bytes((level,)) + bytes.fromhex(digest)
        except ValueError:
            pass
    return bytes((level,)) + sha256(digest.encode()).digest()
