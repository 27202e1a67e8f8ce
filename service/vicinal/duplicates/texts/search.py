"""Duplicates among texts: normalise, look up, verify, join."""

from collections.abc import Iterable

from vicinal.core.duplicates import OnProgress
from vicinal.core.records import Sketch
from vicinal.duplicates.candidates import convert_ids_to_positions
from vicinal.duplicates.grouping import Findings, Keep, named
from vicinal.duplicates.texts.finder import TextDuplicateFinder

_TOGETHER = 256


def find_duplicates(
    items: Iterable[tuple[str, str]],
    on_progress: OnProgress,
    seed: int = 0,
    *,
    also: Iterable[tuple[str, str]] = (),
    against: Iterable[tuple[str, str]] = (),
    keep: Keep = Keep.BEST,
) -> Findings:
    """Groups the texts that are duplicates of one another but for small edits.

    Args:
        items: ids and texts.
        on_progress: called after each step.
        seed: of the hash functions that candidates are looked up by.
        also: pairs of ids to compare too, such as those whose vectors are near.
        against: ids and texts that the items are compared with, under other ids than theirs. Their
            duplicates among themselves are not reported; they are the representatives of their duplicates.
        keep: which one of several duplicates is the representative.
    """
    ids: list[str] = []
    sketches: list[Sketch] = []
    finder = TextDuplicateFinder(
        lambda positions: [sketches[each].body for each in positions], seed=seed, keep=keep
    )
    known = 0
    for step, some in (("reading what is there", against), ("reading", items)):
        known = len(ids)
        for done, (item_id, text) in enumerate(some, start=1):
            ids.append(item_id)
            sketches.append(finder.sketch(text))
            on_progress(step, done, 0)
    for start in range(0, len(ids), _TOGETHER):
        finder.grow(sketches[start : start + _TOGETHER])
        on_progress("looking up", len(finder), len(ids))
    pairs = convert_ids_to_positions(also, ids)
    groups = finder.groups(range(len(ids)), range(known), on_progress, also=pairs, known=known)
    return Findings(len(ids) - known, named(groups, ids, known), [])
