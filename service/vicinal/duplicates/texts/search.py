"""Copies among texts: normalise, look up, verify, join."""

from collections.abc import Iterable, Sequence

from vicinal.core.copies import Evidence
from vicinal.duplicates.digests import first_of_each
from vicinal.duplicates.findings import Copy, Findings, Group
from vicinal.duplicates.joining import Joining
from vicinal.duplicates.progress import OnProgress, told
from vicinal.duplicates.texts.candidates import candidate_pairs
from vicinal.duplicates.texts.normalisation import is_retweet, normalised
from vicinal.duplicates.texts.verification import similarity, verify


def find_copies(items: Iterable[tuple[str, str]], on_progress: OnProgress, seed: int = 0) -> Findings:
    """Groups the texts that are copies of one another but for small edits.

    Args:
        items: ids and texts.
        on_progress: told about each step.
        seed: of the hash functions that candidates are looked up by.
    """
    ids, texts = [], []
    for item_id, text in items:
        ids.append(item_id)
        texts.append(text)
        on_progress("reading", len(ids), 0)
    same = first_of_each([normalised(text) for text in texts])
    firsts = list(same)
    different = [normalised(texts[first]) for first in firsts]
    pairs = candidate_pairs(different, seed, lambda done: on_progress("looking up", done, len(different)))
    joining = Joining(len(firsts), lambda pair: similarity(*(different[each] for each in pair)) is not None)
    joining.consider(told(pairs, "verifying", on_progress))
    joined = joining.groups()
    alone = set(range(len(firsts))) - {each for members in joined for each in members}
    groups = [
        _group(ids, texts, sorted(each for member in members for each in same[firsts[member]]))
        for members in [*joined, *([each] for each in alone if len(same[firsts[each]]) > 1)]
    ]
    return Findings(len(ids), sorted(groups, key=lambda group: group.kept_id), [])


def _group(ids: Sequence[str], texts: Sequence[str], members: list[int]) -> Group:
    """Keeps the first that is no retweet."""
    kept = min(members, key=lambda item: (is_retweet(texts[item]), item))
    copies = [_copy(ids, texts, kept, item, members) for item in members if item != kept]
    return Group(ids[kept], tuple(sorted(copies, key=lambda copy: copy.item_id)))


def _copy(ids: Sequence[str], texts: Sequence[str], kept: int, item: int, members: list[int]) -> Copy:
    """Evidence with the kept text; where the two differ too much, with the member that is most alike."""
    evidence = verify(texts[kept], texts[item])
    if evidence is not None:
        return Copy(ids[item], ids[kept], "duplicate", evidence, ids[kept])
    others = [(verify(texts[other], texts[item]), other) for other in members if other != item]
    found: list[tuple[Evidence, int]] = [(each, other) for each, other in others if each is not None]
    best, other = max(found, key=lambda each: (each[0].similarity, -each[1]))
    return Copy(ids[item], ids[kept], "duplicate", best, ids[other])
