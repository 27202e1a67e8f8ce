"""Duplicates among a pool's pictures, as it grows."""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from vicinal.core.arrays import Vectors
from vicinal.core.duplicates import MOST_EXACT, Bodies, OnProgress
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import FoundGroup, Match, RawContent, Sketch
from vicinal.data.images.decoding import DEFAULT_LIMITS, ImageLimits
from vicinal.data.images.digests import PIXELS
from vicinal.duplicates.candidates import find_further_pairs, rename_pairs
from vicinal.duplicates.exact import SAME_BYTES, SAME_PIXELS, ExactDuplicates, content_digest
from vicinal.duplicates.grouping import AgeOf, Grouping, Keep, Pair, order_by_position
from vicinal.duplicates.images.original import choose_representative
from vicinal.duplicates.images.picture import Picture, PictureCache, from_bytes, summarise, to_bytes
from vicinal.duplicates.images.reading import read_digest, read_picture
from vicinal.duplicates.images.retrieval import (
    MOST_CANDIDATES,
    Descriptors,
    GrowingIndex,
    candidate_pairs,
    candidates,
)
from vicinal.duplicates.images.verification import kind_of, verify
from vicinal.records.duplicates import DuplicateKind, DuplicateTransform

_EXACT = (SAME_BYTES, SAME_PIXELS)
_DIGESTS = ("bytes:", f"{PIXELS}:")
_READ_TOGETHER = 64
_NONE: Descriptors = np.empty((0, 128), dtype=np.uint8)


class ImageDuplicateFinder:
    """The `DuplicateFinder` of pools of images.

    Args:
        bodies: of items that were taken in, by position; few of them stay in memory.
        near: whether duplicates that were edited, turned or cut are looked for; else sketches are digests
            alone.
        seed: for the words that pictures are looked up by.
        limits: of the images that are decoded.
        keep: which one of several duplicates `groups` keeps.
        age_of: tells which of them was there first.
    """

    def __init__(
        self,
        bodies: Bodies,
        *,
        near: bool = True,
        seed: int = 0,
        limits: ImageLimits = DEFAULT_LIMITS,
        keep: Keep = Keep.BEST,
        age_of: AgeOf = order_by_position,
    ) -> None:
        self._near = near
        self._keep = keep
        self._age_of = age_of
        self._limits = limits
        self._pictures = PictureCache(bodies)
        self._exact = ExactDuplicates()
        self._index = GrowingIndex(seed)
        self._growing = threading.Lock()
        self._lock = threading.Lock()

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """Digests of bytes and of pixels, and what the picture is compared by: nothing of an animation.

        Raises:
            ContentUnreadable: it is no image file, broken, or too large.
        """
        if not isinstance(content, bytes):
            raise ContentUnreadable("the content is no image; give the bytes of an image file")
        if not self._near:
            return Sketch(_digests(content, read_digest(content, self._limits)))
        read = read_picture(content, self._limits)
        digests = _digests(content, read.pixel_digest)
        return Sketch(digests, to_bytes(summarise(read)) if read.is_still else b"")

    def __len__(self) -> int:
        return len(self._exact)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the pool's next pictures. Of exact duplicates only the first is looked up by its features.

        Raises:
            StorageCorrupt: a body is damaged; nothing was taken in.
        """
        with self._growing:
            digests = [_valid(sketch.digests) for sketch in sketches]
            are_new = self._exact.are_new(digests)
            index = self._index.grown(_DescriptorsOf(sketches, are_new), self._earlier)
            with self._lock:
                self._index = index
                for each in digests:
                    self._exact.add(each)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a picture is a duplicate of: same bytes, same pixels, then the most similar."""
        with self._lock:
            holders, index = self._exact.holders(sketch.digests, MOST_EXACT), self._index
            own = self._exact.find_first_match(sketch.digests)
        exact = [Match(each, DuplicateKind.DUPLICATE, _EXACT[level]) for each, level in holders.items()]
        if not sketch.body:
            return exact
        picture = from_bytes(sketch.body)
        likeliest = self._likeliest(index, picture, own)
        tried = dict.fromkeys([*likeliest, *(each for each in nearest if 0 <= each < len(index))])
        similar = self._similar(picture, [each for each in tried if not self.is_exact(sketch, each)])
        near = {same.position: same for match in reversed(similar) for same in self._with_same(match)}
        return exact + sorted(near.values(), key=lambda match: (-match.evidence.similarity, match.position))

    def compared(self, sketch: Sketch, positions: Sequence[int]) -> list[Match]:
        """Those of some items that a picture is a duplicate of."""
        picture = from_bytes(sketch.body) if sketch.body else None
        found = []
        for position in positions:
            level = self._exact_level(sketch, position)
            if level is not None:
                found.append(Match(position, DuplicateKind.DUPLICATE, _EXACT[level]))
            elif picture is not None:
                found += self._similar(picture, [position])
        return found

    def is_exact(self, sketch: Sketch, position: int) -> bool:
        """Whether a picture has the bytes or the pixels of an item."""
        return self._exact_level(sketch, position) is not None

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the content of the second; None where they are no duplicates."""
        with self._lock:
            level = self._exact.level(first, second)
        if level is not None:
            return Match(first, DuplicateKind.DUPLICATE, _EXACT[level])
        return self._match(first, self._pictures.get(first), self._pictures.get(second))

    def groups(
        self,
        positions: Sequence[int],
        keep: Collection[int],
        on_progress: OnProgress,
        *,
        also: Iterable[Pair] = (),
        known: int = 0,
    ) -> list[FoundGroup]:
        """All groups of duplicates among some of the items, one kept by the rule where `keep` has no say.

        Args:
            positions: as `DuplicateFinder` has it.
            keep: likewise.
            on_progress: likewise.
            also: pairs to compare besides.
            known: so many items at the beginning are found by the others, but not looked up themselves.
        """
        with self._lock:
            exact_duplicates, index = self._exact.exact_duplicates(positions), self._index
            filed = {self._exact.first_of(first): first for first in exact_duplicates}
        firsts = sorted(exact_duplicates)
        eligible = np.zeros(len(index), dtype=bool)
        eligible[list(filed)] = True
        asked = [first for first in firsts if first >= known]
        pairs = candidate_pairs(
            index, self._read(asked), eligible, lambda done: on_progress("looking up", done, len(asked))
        )
        pairs = rename_pairs(pairs, filed)
        pairs += find_further_pairs(pairs, also, exact_duplicates)
        return Grouping(exact_duplicates, keep, self).found(pairs, on_progress)

    def agrees(self, pair: Pair) -> bool:
        """Whether two items are near duplicates."""
        return self._match(pair[0], self._pictures.get(pair[0]), self._pictures.get(pair[1])) is not None

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The representative, as seen from the one that most others were proven with."""
        by_age = sorted(members, key=lambda item: (self._age_of(item), item))
        if self._keep is Keep.OLDEST:
            return by_age[0]
        chosen = central if len(firsts) == 1 else self._chosen(central, firsts, by_age)
        with self._lock:
            return next(
                item for item in by_age if item == chosen or self._exact.level(item, chosen) is not None
            )

    def _chosen(self, central: int, firsts: Sequence[int], by_age: Sequence[int]) -> int:
        group_by_key = set(firsts)
        ranked = [item for item in by_age if item in group_by_key]
        pictures = {rank: self._known(item) for rank, item in enumerate(ranked)}
        start = ranked.index(central)
        seen: dict[int, DuplicateTransform | None] = {start: None}
        for rank, picture in pictures.items():
            evidence = None if rank == start else verify(pictures[start], picture)
            if evidence is not None:
                seen[rank] = evidence.transform
        return ranked[choose_representative(pictures, seen, self._keep)]

    def _read(self, positions: Sequence[int]) -> Iterator[tuple[int, Picture | None]]:
        for start in range(0, len(positions), _READ_TOGETHER):
            together = positions[start : start + _READ_TOGETHER]
            yield from zip(together, self._pictures.read(together), strict=True)

    def _earlier(self, positions: Sequence[int]) -> list[Descriptors]:
        with self._lock:
            filed = [each for each in positions if self._exact.first_of(each) == each]
        held = {position: _descriptors(picture) for position, picture in self._read(filed)}
        return [held.get(position, _NONE) for position in positions]

    def _likeliest(self, index: GrowingIndex, picture: Picture, own: int | None) -> list[int]:
        """The first of their exact duplicates that may be near duplicates, without the picture's own."""
        eligible = np.ones(len(index), dtype=bool)
        if own is not None and own < len(index):
            eligible[own] = False
        scores = candidates(index, picture.features, picture.width, eligible)
        return sorted(scores, key=lambda each: (-scores[each], each))[:MOST_CANDIDATES]

    def _similar(self, picture: Picture, positions: Iterable[int]) -> list[Match]:
        """Those of some items that a picture looks like."""
        found = (self._match(each, self._pictures.get(each), picture) for each in positions)
        return [match for match in found if match is not None]

    def _with_same(self, match: Match) -> list[Match]:
        """A match with an item, and those with its first exact duplicates, which look the same."""
        with self._lock:
            same = self._exact.list_exact_duplicates(self._exact.first_of(match.position), MOST_EXACT)
        return [replace(match, position=each) for each in dict.fromkeys([*same, match.position])]

    def _exact_level(self, sketch: Sketch, position: int) -> int | None:
        with self._lock:
            return self._exact.level_of(sketch.digests, position)

    def _known(self, position: int) -> Picture:
        picture = self._pictures.get(position)
        if picture is None:
            raise AssertionError(f"the item at {position} was proven a duplicate and has no body any more")
        return picture

    def _match(self, position: int, first: Picture | None, second: Picture | None) -> Match | None:
        evidence = None if first is None or second is None else verify(first, second)
        return None if evidence is None else Match(position, kind_of(evidence), evidence)


def _digests(content: bytes, pixels: str) -> tuple[str, ...]:
    of_bytes = f"bytes:{content_digest(content)}"
    return (of_bytes, f"{PIXELS}:{pixels}") if pixels else (of_bytes,)


def _valid(digests: Sequence[str]) -> list[str]:
    """Without digests of pixels as they were once: those took other pictures for the same."""
    return [digest for digest in digests if digest.startswith(_DIGESTS)]


def _descriptors(picture: Picture | None) -> Descriptors:
    return _NONE if picture is None else picture.features.descriptors


class _DescriptorsOf(Sequence[Descriptors]):
    """Descriptors of sketches, read as they are taken: all at once would be most of what is in the bodies.

    Args:
        sketches: of pictures.
        are_new: which of them are exact duplicates of none before; the others have no features here.
    """

    def __init__(self, sketches: Sequence[Sketch], are_new: Sequence[bool]) -> None:
        self._sketches = sketches
        self._are_new = are_new

    def __len__(self) -> int:
        return len(self._sketches)

    @overload
    def __getitem__(self, place: int) -> Descriptors: ...
    @overload
    def __getitem__(self, place: slice) -> list[Descriptors]: ...
    def __getitem__(self, place: int | slice) -> Descriptors | list[Descriptors]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        body = self._sketches[place].body if self._are_new[place] else b""
        return _descriptors(from_bytes(body) if body else None)
