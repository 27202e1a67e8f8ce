"""Copies among texts: normalise, look up, verify, join."""

from collections.abc import Iterable

from vicinal.core.copies import Sketch
from vicinal.duplicates.findings import Findings, named
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.texts.finder import TextCopyFinder

_TOGETHER = 256


def find_copies(items: Iterable[tuple[str, str]], on_progress: OnProgress, seed: int = 0) -> Findings:
    """Groups the texts that are copies of one another but for small edits.

    Args:
        items: ids and texts.
        on_progress: told about each step.
        seed: of the hash functions that candidates are looked up by.
    """
    ids: list[str] = []
    sketches: list[Sketch] = []
    finder = TextCopyFinder(lambda positions: [sketches[each].body for each in positions], seed=seed)
    for item_id, text in items:
        ids.append(item_id)
        sketches.append(finder.sketch(text))
        on_progress("reading", len(ids), 0)
    for start in range(0, len(ids), _TOGETHER):
        finder.grow(sketches[start : start + _TOGETHER])
        on_progress("looking up", len(finder), len(ids))
    return Findings(len(ids), named(finder.groups(range(len(ids)), (), on_progress), ids), [])
