"""Copies among pictures: read, look up, verify, join."""

from collections.abc import Iterable

from vicinal.core.copies import Evidence
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_BYTES, SAME_PIXELS
from vicinal.duplicates.findings import Findings, named
from vicinal.duplicates.pictures.collecting import collect
from vicinal.duplicates.pictures.finder import ImageCopyFinder
from vicinal.duplicates.pictures.picture import summarise
from vicinal.duplicates.pictures.reading import read_picture
from vicinal.duplicates.pictures.verification import verify
from vicinal.duplicates.progress import OnProgress


def find_copies(items: Iterable[tuple[str, bytes]], on_progress: OnProgress, seed: int = 0) -> Findings:
    """Groups the pictures that are copies of one another, however they were turned, cut or treated.

    Each picture is decoded once and dropped; some 40 kilobytes of it are kept.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        on_progress: told about each step.
        seed: for the partition that candidates are looked up in.
    """
    bodies: list[bytes] = []
    finder = ImageCopyFinder(lambda positions: [bodies[each] for each in positions], seed=seed)
    read = collect(items, finder.sketch, on_progress)
    bodies += [sketch.body for sketch in read.sketches]
    finder.grow(read.sketches)
    groups = finder.groups(range(len(bodies)), (), on_progress)
    return Findings(len(bodies), named(groups, read.ids), read.left_out)


def compare_images(first: bytes, second: bytes) -> Evidence | None:
    """The evidence that the second image is a copy of the first; None where there is too little.

    Raises:
        ContentUnreadable: one of them is no image.
    """
    if content_digest(first) == content_digest(second):
        return SAME_BYTES
    left, right = read_picture(first), read_picture(second)
    if left.pixel_digest == right.pixel_digest:
        return SAME_PIXELS
    return verify(summarise(left), summarise(right))
