"""Copies among pictures: read, look up, verify, join."""

from collections.abc import Iterable

from vicinal.core.copies import Evidence, Transform
from vicinal.duplicates.candidates import further
from vicinal.duplicates.digests import content_digest
from vicinal.duplicates.evidence import SAME_BYTES, SAME_PIXELS
from vicinal.duplicates.findings import Copy, Findings, Group
from vicinal.duplicates.joining import Joining
from vicinal.duplicates.pictures.collecting import Collected, collect
from vicinal.duplicates.pictures.original import likely_original
from vicinal.duplicates.pictures.picture import summarise
from vicinal.duplicates.pictures.reading import read_picture
from vicinal.duplicates.pictures.retrieval import candidate_pairs
from vicinal.duplicates.pictures.verification import verify
from vicinal.duplicates.progress import OnProgress, told


def find_copies(
    items: Iterable[tuple[str, bytes]],
    on_progress: OnProgress,
    seed: int = 0,
    *,
    also: Iterable[tuple[str, str]] = (),
    against: Iterable[tuple[str, bytes]] = (),
) -> Findings:
    """Groups the pictures that are copies of one another, however they were turned, cut or treated.

    Each picture is decoded once and dropped; some 40 kilobytes of it are kept.

    Args:
        items: ids and the bytes of image files, read as they are taken.
        on_progress: told about each step.
        seed: for the partition that candidates are looked up in.
        also: pairs of ids to compare too, such as those whose vectors are near.
        against: ids and image files that the items are held against. Their copies among themselves are not
            told; where an item is a copy of one of them, that one is kept.
    """
    read = collect(items, on_progress, against)
    pictures = read.pictures
    pairs = candidate_pairs(
        [picture.features for picture in pictures],
        [picture.width for picture in pictures],
        seed,
        lambda done: on_progress("looking up", done, len(pictures) - read.known),
        known=read.known,
    )
    pairs += further(pairs, also, read.positions(), read.known)
    joining = Joining(len(pictures), lambda pair: verify(pictures[pair[0]], pictures[pair[1]]) is not None)
    joining.consider(told(pairs, "verifying", on_progress))
    return Findings(read.compared, _groups(read, joining), read.left_out)


def _groups(read: Collected, joining: Joining) -> list[Group]:
    joined = joining.groups()
    alone = sorted(set(read.twins) - {item for members in joined for item in members})
    groups = [_group(read, joining, members) for members in [*joined, *([each] for each in alone)]]
    return sorted(groups, key=lambda group: group.kept_id)


def _group(read: Collected, joining: Joining, members: list[int]) -> Group:
    known = [item for item in members if item < read.known]
    kept = _kept(read, joining, known or members)
    kept_id = read.ids[kept]
    copies = [_copy(read, joining, kept, item) for item in members if item != kept and item not in known]
    for item in members:
        for twin in read.twins.get(item, ()):
            copies.append(Copy(twin.item_id, kept_id, twin.reason, twin.evidence, twin.compared_with))
    return Group(kept_id, tuple(sorted(copies, key=lambda copy: copy.item_id)), bool(known))


def _kept(read: Collected, joining: Joining, members: list[int]) -> int:
    """The likely original, as seen from the member that most others were verified with."""
    central = min(members, key=lambda item: (-len(joining.partners(item)), item))
    seen: dict[int, Transform | None] = {central: None}
    for item in members:
        evidence = None if item == central else verify(read.pictures[central], read.pictures[item])
        if evidence is not None:
            seen[item] = evidence.transform
    return likely_original({item: read.pictures[item] for item in seen}, seen)


def _copy(read: Collected, joining: Joining, kept: int, item: int) -> Copy:
    """Evidence with the kept member; where the two differ too much, with one that is like the copy."""
    for other in (kept, *joining.partners(item)):
        evidence = verify(read.pictures[other], read.pictures[item])
        if evidence is not None:
            return Copy(read.ids[item], read.ids[kept], _reason(evidence), evidence, read.ids[other])
    other = joining.partners(item)[0]
    evidence = verify(*(read.pictures[each] for each in sorted((other, item)))) or Evidence(0.0)
    return Copy(read.ids[item], read.ids[kept], _reason(evidence), evidence, read.ids[other])


def _reason(evidence: Evidence) -> str:
    words = ("mirrored", "flipped", "rotated", "moved", "cropped", "framed")
    return "augmentation" if any(kind.startswith(words) for kind in evidence.kinds) else "duplicate"


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
