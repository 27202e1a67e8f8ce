"""Duplicates among pictures: read, look up, verify, join."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf

import cv2

from vicinal.core.duplicates import OnProgress
from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import Sketch
from vicinal.duplicates.candidates import SpilledSketches, convert_ids_to_positions
from vicinal.duplicates.exact import SAME_BYTES, SAME_PIXELS, content_digest
from vicinal.duplicates.grouping import Findings, Keep, UncomparedItem, named
from vicinal.duplicates.images.finder import ImageDuplicateFinder
from vicinal.duplicates.images.picture import summarise
from vicinal.duplicates.images.reading import read_picture
from vicinal.duplicates.images.verification import verify
from vicinal.records.duplicates import DuplicateEvidence

AHEAD = 2
"""Images that are held for each thread, the one that it decodes among them."""


@dataclass(eq=False)
class ReadContents:
    """What was read.

    Attributes:
        ids: of each picture.
        left_out: what could not be read.
    """

    ids: list[str] = field(default_factory=list)
    left_out: list[UncomparedItem] = field(default_factory=list)


def collect(
    items: Iterable[tuple[str, bytes]],
    sketch: Callable[[bytes], Sketch],
    sketches: SpilledSketches,
    on_progress: OnProgress,
    step: str = "reading",
) -> ReadContents:
    """Takes all images in, in their order, each decoded once and dropped.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        sketch: what to keep of an image file.
        sketches: takes it in.
        on_progress: called after each one.
        step: the name of the step in these calls.
    """
    collected = ReadContents()
    # OpenCV's own threads would fight with these.
    cv2.setNumThreads(1)
    for done, (item_id, sketched) in enumerate(_sketches(items, sketch), start=1):
        try:
            sketches.append(sketched.result())
            collected.ids.append(item_id)
        except ContentUnreadable as error:
            collected.left_out.append(UncomparedItem(item_id, error.message))
        on_progress(step, done, 0)
    return collected


def _sketches(
    items: Iterable[tuple[str, bytes]], sketch: Callable[[bytes], Sketch]
) -> Iterator[tuple[str, Future[Sketch]]]:
    threads = os.cpu_count() or 1
    waiting: deque[tuple[str, Future[Sketch]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for item_id, content in items:
            waiting.append((item_id, pool.submit(sketch, content)))
            if len(waiting) >= AHEAD * threads:
                yield waiting.popleft()
        yield from waiting


def find_duplicates(
    items: Iterable[tuple[str, bytes]],
    on_progress: OnProgress,
    seed: int = 0,
    *,
    also: Iterable[tuple[str, str]] = (),
    against: Iterable[tuple[str, bytes]] = (),
    keep: Keep = Keep.BEST,
    times: Mapping[str, float] | None = None,
) -> Findings:
    """Groups the pictures that are duplicates of one another, however they were turned, cut or treated.

    Each picture is decoded once and dropped; some 40 kilobytes of it are kept in a temporary file, and what
    it is looked up by in memory.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        on_progress: called after each step.
        seed: for the partition that candidates are looked up in.
        also: pairs of ids to compare too, such as those whose vectors are near.
        against: ids and image files that the items are compared with, under other ids than theirs. Their
            duplicates among themselves are not reported; they are the representatives of their duplicates.
        keep: which one of several duplicates is the representative.
        times: of ids, such as those of their files: what is older was there first; without, in their order.
    """
    ids: list[str] = []

    def age_of(position: int) -> float:
        return times.get(ids[position], inf) if times else float(position)

    with SpilledSketches() as sketches:
        finder = ImageDuplicateFinder(sketches.bodies, seed=seed, keep=keep, age_of=age_of)
        there = collect(against, finder.sketch, sketches, on_progress, "reading what is there")
        known = len(sketches)
        read = collect(items, finder.sketch, sketches, on_progress)
        finder.grow(sketches)
        ids += there.ids + read.ids
        pairs = convert_ids_to_positions(also, ids)
        groups = finder.groups(range(len(ids)), range(known), on_progress, also=pairs, known=known)
        return Findings(len(read.ids), named(groups, ids, known), there.left_out + read.left_out)


def compare_images(first: bytes, second: bytes) -> DuplicateEvidence | None:
    """The evidence that the second image is a duplicate of the first; None where there is too little.

    Raises:
        ContentUnreadable: one of them is no image.
    """
    if content_digest(first) == content_digest(second):
        return SAME_BYTES
    left, right = read_picture(first), read_picture(second)
    if left.pixel_digest and left.pixel_digest == right.pixel_digest:
        return SAME_PIXELS
    if not (left.is_still and right.is_still):
        return None
    return verify(summarise(left), summarise(right))
