"""Duplicates among pictures: read, look up, verify, join."""

from collections.abc import Iterable, Mapping
from math import inf

from vicinal.core.duplicates import Evidence
from vicinal.duplicates.candidates import positions_of
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_BYTES, SAME_PIXELS
from vicinal.duplicates.findings import Findings, named
from vicinal.duplicates.keeping import Keep
from vicinal.duplicates.pictures.collecting import collect
from vicinal.duplicates.pictures.finder import ImageDuplicateFinder
from vicinal.duplicates.pictures.picture import summarise
from vicinal.duplicates.pictures.reading import read_picture
from vicinal.duplicates.pictures.verification import verify
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.spilled import SpilledSketches


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
        on_progress: told about each step.
        seed: for the partition that candidates are looked up in.
        also: pairs of ids to compare too, such as those whose vectors are near.
        against: ids and image files that the items are compared with, under other ids than theirs. Their
            duplicates among themselves are not told; where an item is a duplicate of one of them, that one is kept.
        keep: which one of several duplicates is kept.
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
        pairs = positions_of(also, ids)
        groups = finder.groups(range(len(ids)), range(known), on_progress, also=pairs, known=known)
        return Findings(len(read.ids), named(groups, ids, known), there.left_out + read.left_out)


def compare_images(first: bytes, second: bytes) -> Evidence | None:
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
