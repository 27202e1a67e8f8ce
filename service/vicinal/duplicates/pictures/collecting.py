"""Image files in, what is kept of each out; several are decoded at a time, and only those few are held."""

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2

from vicinal.core.copies import Evidence
from vicinal.core.errors import ContentUnreadable
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_BYTES, SAME_PIXELS
from vicinal.duplicates.findings import Copy, LeftOut
from vicinal.duplicates.pictures.picture import Picture, summarise
from vicinal.duplicates.pictures.reading import read_picture
from vicinal.duplicates.progress import OnProgress

AHEAD = 2
"""Images that are held for each thread, the one that it decodes among them."""


@dataclass(eq=False)
class Collected:
    """Pictures that differ in their pixels, and the exact copies of each.

    Attributes:
        ids: of each picture.
        pictures: what is kept of it.
        twins: by the position of a picture, its exact copies.
        left_out: what could not be read.
        compared: pictures and twins together.
        known: of the pictures, so many at the beginning are those that the others are held against; their
            exact copies among themselves, and how many they are, is not told.
    """

    ids: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    twins: dict[int, list[Copy]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    compared: int = 0
    known: int = 0
    _position_of: dict[str, int] = field(default_factory=dict, repr=False)

    def add(self, item_id: str, summary: "_Summary") -> None:
        """Takes the next one in, as a picture of its own or as the exact copy of one before."""
        for digest, evidence in ((summary.byte_digest, SAME_BYTES), (summary.pixel_digest, SAME_PIXELS)):
            if digest in self._position_of:
                self._add_twin(self._position_of[digest], item_id, evidence)
                return
        self._position_of[summary.byte_digest] = self._position_of[summary.pixel_digest] = len(self.ids)
        self.ids.append(item_id)
        self.pictures.append(summary.picture)
        self.compared += 1

    def _add_twin(self, position: int, item_id: str, evidence: Evidence) -> None:
        first = self.ids[position]
        self.twins.setdefault(position, []).append(Copy(item_id, first, "duplicate", evidence, first))
        self.compared += 1

    def are_known(self) -> None:
        """Makes those taken in so far the ones that all others are held against."""
        self.known = len(self.ids)
        self.compared = 0
        self.twins.clear()

    def positions(self) -> dict[str, int]:
        """The picture of each id, that of which it is an exact copy included."""
        found = {twin.item_id: position for position, twins in self.twins.items() for twin in twins}
        return found | {item_id: position for position, item_id in enumerate(self.ids)}


@dataclass(frozen=True, eq=False)
class _Summary:
    byte_digest: str
    pixel_digest: str
    picture: Picture


def collect(
    items: Iterable[tuple[str, bytes]], on_progress: OnProgress, against: Iterable[tuple[str, bytes]] = ()
) -> Collected:
    """Takes all images in, in their order, each decoded once and dropped.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        on_progress: told after each one.
        against: likewise those that the items are held against; they come first.
    """
    collected = Collected()
    _take_in(collected, against, "reading what is there", on_progress)
    collected.are_known()
    _take_in(collected, items, "reading", on_progress)
    return collected


def _take_in(
    collected: Collected, items: Iterable[tuple[str, bytes]], step: str, on_progress: OnProgress
) -> None:
    # OpenCV's own threads would fight with these.
    cv2.setNumThreads(1)
    for done, (item_id, summary) in enumerate(_summaries(items), start=1):
        try:
            collected.add(item_id, summary.result())
        except ContentUnreadable as error:
            collected.left_out.append(LeftOut(item_id, error.message))
        on_progress(step, done, 0)


def _summaries(items: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Future[_Summary]]]:
    threads = os.cpu_count() or 1
    waiting: deque[tuple[str, Future[_Summary]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item_id, content in items:
            waiting.append((item_id, pool.submit(_summary, content)))
            if len(waiting) >= AHEAD * threads:
                yield waiting.popleft()
        yield from waiting


def _summary(content: bytes) -> _Summary:
    read = read_picture(content)
    return _Summary(content_digest(content), read.pixel_digest, summarise(read))
