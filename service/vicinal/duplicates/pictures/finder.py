"""Copies among a pool's pictures, as it grows."""

import threading
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from vicinal.core.copies import CopyKind, FoundGroup, Match, Sketch, Transform
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import RawContent, Vectors
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_BYTES, SAME_PIXELS
from vicinal.duplicates.exact import ExactCopies
from vicinal.duplicates.grouping import Grouping
from vicinal.duplicates.joining import Pair
from vicinal.duplicates.pictures.body import from_bytes, to_bytes
from vicinal.duplicates.pictures.growing_index import GrowingIndex
from vicinal.duplicates.pictures.held import Bodies, HeldPictures
from vicinal.duplicates.pictures.kinds import kind_of
from vicinal.duplicates.pictures.original import likely_original
from vicinal.duplicates.pictures.picture import Picture, summarise
from vicinal.duplicates.pictures.reading import read_picture
from vicinal.duplicates.pictures.retrieval import MOST_CANDIDATES, Descriptors, candidate_pairs, candidates
from vicinal.duplicates.pictures.verification import verify
from vicinal.duplicates.progress import OnProgress

_EXACT = (SAME_BYTES, SAME_PIXELS)
_READ_TOGETHER = 64


class ImageCopyFinder:
    """The `CopyFinder` of pools of images.

    Args:
        bodies: of items that were taken in, by position; nothing of them is kept here but a few.
        near: whether copies that were edited, turned or cut are looked for; else sketches are digests alone.
        seed: for the words that pictures are looked up by.
    """

    def __init__(self, bodies: Bodies, *, near: bool = True, seed: int = 0) -> None:
        self._near = near
        self._held = HeldPictures(bodies)
        self._exact = ExactCopies()
        self._index = GrowingIndex(seed)
        self._growing = threading.Lock()
        self._lock = threading.Lock()

    def sketch(self, content: RawContent | Vectors) -> Sketch:
        """Digests of bytes and of pixels, and what the picture is compared by.

        Raises:
            ContentUnreadable: it is no image file, broken, or too large.
        """
        if not isinstance(content, bytes):
            raise ContentUnreadable("the content is no image; give the bytes of an image file")
        read = read_picture(content)
        digests = (f"bytes:{content_digest(content)}", f"pixels:{read.pixel_digest}")
        return Sketch(digests, to_bytes(summarise(read)) if self._near else b"")

    def __len__(self) -> int:
        return len(self._exact)

    def grow(self, sketches: Sequence[Sketch]) -> None:
        """Takes in the pool's next pictures.

        Raises:
            StorageCorrupt: a body is damaged; nothing was taken in.
        """
        new = [_descriptors(from_bytes(sketch.body) if sketch.body else None) for sketch in sketches]
        with self._growing:
            index = self._index.grown(new, self._earlier)
            with self._lock:
                self._index = index
                for sketch in sketches:
                    self._exact.add(sketch.digests)

    def matches(self, sketch: Sketch, nearest: Sequence[int] = ()) -> list[Match]:
        """The items that a picture is a copy of: the same bytes, the same pixels, then the most alike."""
        with self._lock:
            holders, index = self._exact.holders(sketch.digests), self._index
        exact = [Match(each, CopyKind.DUPLICATE, _EXACT[level]) for each, level in holders.items()]
        if not sketch.body:
            return exact
        picture = from_bytes(sketch.body)
        eligible = np.ones(len(index), dtype=bool)
        eligible[[each for each in holders if each < len(index)]] = False
        scores = candidates(index, picture.features, picture.width, eligible)
        likeliest = sorted(scores, key=lambda each: (-scores[each], each))[:MOST_CANDIDATES]
        tried = dict.fromkeys([*likeliest, *(each for each in nearest if 0 <= each < len(index))])
        found = [self._match(each, self._held.get(each), picture) for each in tried if each not in holders]
        near = [match for match in found if match is not None]
        return exact + sorted(near, key=lambda match: (-match.evidence.similarity, match.position))

    def compare(self, first: int, second: int) -> Match | None:
        """The match of the first item with the content of the second; None where they are no copies."""
        with self._lock:
            level = self._exact.level(first, second)
        if level is not None:
            return Match(first, CopyKind.DUPLICATE, _EXACT[level])
        return self._match(first, self._held.get(first), self._held.get(second))

    def groups(
        self, positions: Sequence[int], keep: Collection[int], on_progress: OnProgress
    ) -> list[FoundGroup]:
        """All groups of copies among some of the items, the likely original kept where `keep` has no say."""
        with self._lock:
            twins, index = self._exact.twins(positions), self._index
        firsts = sorted(twins)
        eligible = np.zeros(len(index), dtype=bool)
        eligible[firsts] = True
        pairs = candidate_pairs(
            index, self._read(firsts), eligible, lambda done: on_progress("looking up", done, len(firsts))
        )
        return Grouping(twins, keep, self).found(pairs, on_progress)

    def agrees(self, pair: Pair) -> bool:
        """Whether two items are near copies."""
        return self._match(pair[0], self._held.get(pair[0]), self._held.get(pair[1])) is not None

    def original(self, central: int, firsts: Sequence[int], members: Sequence[int]) -> int:
        """The likely original, as seen from the member that most others were proven with."""
        del members
        if len(firsts) == 1:
            return central
        kept = {item: self._known(item) for item in firsts}
        seen: dict[int, Transform | None] = {central: None}
        for item in firsts:
            evidence = None if item == central else verify(kept[central], kept[item])
            if evidence is not None:
                seen[item] = evidence.transform
        return likely_original({item: kept[item] for item in seen}, seen)

    def _read(self, positions: Sequence[int]) -> Iterator[tuple[int, Picture | None]]:
        for start in range(0, len(positions), _READ_TOGETHER):
            together = positions[start : start + _READ_TOGETHER]
            yield from zip(together, self._held.read(together), strict=True)

    def _earlier(self, positions: Sequence[int]) -> list[Descriptors]:
        return [_descriptors(picture) for _, picture in self._read(positions)]

    def _known(self, position: int) -> Picture:
        picture = self._held.get(position)
        if picture is None:
            raise AssertionError(f"the item at {position} was proven a copy and has no body any more")
        return picture

    def _match(self, position: int, first: Picture | None, second: Picture | None) -> Match | None:
        evidence = None if first is None or second is None else verify(first, second)
        return None if evidence is None else Match(position, kind_of(evidence), evidence)


def _descriptors(picture: Picture | None) -> Descriptors:
    return np.empty((0, 128), dtype=np.uint8) if picture is None else picture.features.descriptors
