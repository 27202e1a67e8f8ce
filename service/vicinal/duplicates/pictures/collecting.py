"""Image files in, what is kept of each out; several are decoded at a time, and only those few are held."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2

from vicinal.core.duplicates import Sketch
from vicinal.core.errors import ContentUnreadable
from vicinal.duplicates.findings import UncomparedItem
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.spilled import SpilledSketches

AHEAD = 2
"""Images that are held for each thread, the one that it decodes among them."""


@dataclass(eq=False)
class Collected:
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
) -> Collected:
    """Takes all images in, in their order, each decoded once and dropped.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        sketch: what to keep of an image file.
        sketches: takes it in.
        on_progress: told after each one.
        step: what that is told as.
    """
    collected = Collected()
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
