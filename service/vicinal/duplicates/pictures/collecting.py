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
    """

    ids: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    twins: dict[int, list[Copy]] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    compared: int = 0


@dataclass(frozen=True, eq=False)
class _Summary:
    byte_digest: str
    pixel_digest: str
    picture: Picture


def collect(items: Iterable[tuple[str, bytes]], on_progress: OnProgress) -> Collected:
    """Takes all images in, in their order, each decoded once and dropped.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        on_progress: told after each one.
    """
    collected = Collected()
    position_of: dict[str, int] = {}
    # OpenCV's own threads would fight with these.
    cv2.setNumThreads(1)
    for done, (item_id, summary) in enumerate(_summaries(items), start=1):
        try:
            _add(collected, item_id, summary.result(), position_of)
        except ContentUnreadable as error:
            collected.left_out.append(LeftOut(item_id, error.message))
        on_progress("reading", done, 0)
    return collected


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


def _add(collected: Collected, item_id: str, summary: _Summary, position_of: dict[str, int]) -> None:
    for digest, evidence in ((summary.byte_digest, SAME_BYTES), (summary.pixel_digest, SAME_PIXELS)):
        if digest in position_of:
            _add_twin(collected, position_of[digest], item_id, evidence)
            return
    position_of[summary.byte_digest] = position_of[summary.pixel_digest] = len(collected.ids)
    collected.ids.append(item_id)
    collected.pictures.append(summary.picture)
    collected.compared += 1


def _add_twin(collected: Collected, position: int, item_id: str, evidence: Evidence) -> None:
    first = collected.ids[position]
    collected.twins.setdefault(position, []).append(Copy(item_id, first, "duplicate", evidence, first))
    collected.compared += 1
