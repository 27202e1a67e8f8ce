"""Copies among texts: normalise, look up, verify, join."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vicinal.core.copies import Evidence
from vicinal.duplicates.candidates import further
from vicinal.duplicates.digests import first_of_each
from vicinal.duplicates.findings import Copy, Findings, Group
from vicinal.duplicates.joining import Joining
from vicinal.duplicates.progress import OnProgress, told
from vicinal.duplicates.texts.candidates import candidate_pairs
from vicinal.duplicates.texts.normalisation import is_retweet, normalised
from vicinal.duplicates.texts.verification import similarity, verify


@dataclass(eq=False)
class _Texts:
    """All texts; those at the beginning are `known`, and the others are held against them."""

    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    known: int = 0

    def take_in(self, items: Iterable[tuple[str, str]], step: str, on_progress: OnProgress) -> None:
        for done, (item_id, text) in enumerate(items, start=1):
            self.ids.append(item_id)
            self.texts.append(text)
            on_progress(step, done, 0)


def find_copies(
    items: Iterable[tuple[str, str]],
    on_progress: OnProgress,
    seed: int = 0,
    *,
    also: Iterable[tuple[str, str]] = (),
    against: Iterable[tuple[str, str]] = (),
) -> Findings:
    """Groups the texts that are copies of one another but for small edits.

    Args:
        items: ids and texts.
        on_progress: told about each step.
        seed: of the hash functions that candidates are looked up by.
        also: pairs of ids to compare too, such as those whose vectors are near.
        against: ids and texts that the items are held against. Their copies among themselves are not told;
            where an item is a copy of one of them, that one is kept.
    """
    read = _Texts()
    read.take_in(against, "reading what is there", on_progress)
    read.known = len(read.ids)
    read.take_in(items, "reading", on_progress)
    same = first_of_each([normalised(text) for text in read.texts])
    joined = _joined(read, same, on_progress, seed, also)
    groups = [_group(read, members) for members in joined if len(members) > 1 and members[-1] >= read.known]
    return Findings(len(read.ids) - read.known, sorted(groups, key=lambda group: group.kept_id), [])


def _joined(
    read: _Texts,
    same: dict[int, list[int]],
    on_progress: OnProgress,
    seed: int,
    also: Iterable[tuple[str, str]],
) -> list[list[int]]:
    """Positions that are copies of one another, ascending; those that stand alone, too."""
    firsts = list(same)
    different = [normalised(read.texts[first]) for first in firsts]
    place_of = {read.ids[item]: place for place, first in enumerate(firsts) for item in same[first]}
    pairs = candidate_pairs(different, seed, lambda done: on_progress("looking up", done, len(different)))
    pairs += further(pairs, also, place_of, 0)
    asked = [pair for pair in pairs if any(same[firsts[place]][-1] >= read.known for place in pair)]
    joining = Joining(len(firsts), lambda pair: similarity(*(different[each] for each in pair)) is not None)
    joining.consider(told(asked, "verifying", on_progress))
    joined = joining.groups()
    alone = set(range(len(firsts))) - {place for places in joined for place in places}
    together = [*joined, *([place] for place in sorted(alone))]
    return [sorted(item for place in places for item in same[firsts[place]]) for places in together]


def _group(read: _Texts, members: list[int]) -> Group:
    """Keeps the first that is no retweet; of those that the others are held against, if there are any."""
    known = [item for item in members if item < read.known]
    kept = min(known or members, key=lambda item: (is_retweet(read.texts[item]), item))
    copies = [
        _copy(read.ids, read.texts, kept, item, members)
        for item in members
        if item != kept and item >= read.known
    ]
    return Group(read.ids[kept], tuple(sorted(copies, key=lambda copy: copy.item_id)), bool(known))


def _copy(ids: Sequence[str], texts: Sequence[str], kept: int, item: int, members: list[int]) -> Copy:
    """Evidence with the kept text; where the two differ too much, with the member that is most alike."""
    evidence = verify(texts[kept], texts[item])
    if evidence is not None:
        return Copy(ids[item], ids[kept], "duplicate", evidence, ids[kept])
    others = [(verify(texts[other], texts[item]), other) for other in members if other != item]
    found: list[tuple[Evidence, int]] = [(each, other) for each, other in others if each is not None]
    best, other = max(found, key=lambda each: (each[0].similarity, -each[1]))
    return Copy(ids[item], ids[kept], "duplicate", best, ids[other])
